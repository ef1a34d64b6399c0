/** Numbers in log lines as Python prints them, which is how these lines have always looked. */

/** Python's repr of a float: `11.0`, `1e-05`, `nan`. Both languages print the shortest digits. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent = "0"] = value.toExponential().split("e");
    const power = exponent.replace(/^([+-])(\d)$/, "$10$2");
    return `${digits}e${power}`;
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}
