/**
 * Spans of time as people write them: 500ms, 30s, 5m, 1h, 2d. A bare number is refused, because
 * whether it means seconds or milliseconds is a guess.
 */
const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** How documents write them. */
export const durationPattern = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/;

/** Whole milliseconds of a text such as `1.5s`, rounded up; undefined when it is no duration. */
export function durationMs(text: string): number | undefined {
  const [, amount, unit] = durationPattern.exec(text.trim().replace(/\s+(?=[a-z]+$)/, "")) ?? [];
  const scale = unit === undefined ? undefined : unitMs[unit];
  if (amount === undefined || scale === undefined) return undefined;
  const ms = Math.ceil(Number(amount) * scale);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
