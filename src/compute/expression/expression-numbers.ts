/**
 * Arithmetic and mathematical functions of expressions, as text of the loop. Floats follow IEEE 754
 * as numpy does; whole numbers are exact, in the quick loop as in the exact one.
 */
import type { Code, LoopWriter } from "./expression-loop.ts";
import type { ValueType } from "./expression-rules.ts";
import {
  dayOf,
  hourOf,
  minuteOf,
  monthOf,
  secondOf,
  TIME_MAX,
  yearOf,
} from "./expression-times.ts";

/** Writes one operation; its inputs have the types that its rule wants, `type` is its result's. */
export type Write = (writer: LoopWriter, inputs: readonly Code[], type: ValueType) => Code;

const none: Code = { type: "null", text: "0", valid: "0", bound: 0 };
export const first = ([code = none]: readonly Code[]): Code => code;
export const second = ([, code = none]: readonly Code[]): Code => code;

const float = (writer: LoopWriter, inputs: readonly Code[], text: string): Code => ({
  type: "float",
  text: writer.declare(text),
  valid: writer.allOf(inputs),
  bound: 0,
});

/** A float's text as it stands; a whole number's in each of the two loops. */
const arithmetic =
  (
    floats: (a: string, b: string) => string,
    wholes: (a: string, b: string) => string,
    bound: (a: number, b: number) => number,
    bigints = floats,
  ): Write =>
  (writer, inputs, type) => {
    const [a, b] = [first(inputs), second(inputs)];
    if (type === "float") return float(writer, inputs, floats(a.text, b.text));
    const [left, right] = [writer.whole(a), writer.whole(b)];
    const text = (writer.exact ? bigints : wholes)(left.text, right.text);
    return writer.wholeResult(text, writer.allOf(inputs), bound(left.bound, right.bound));
  };

const negate: Write = (writer, inputs, type) => {
  const input = first(inputs);
  if (type === "float") return float(writer, inputs, `-${input.text}`);
  const { text, valid, bound } = writer.whole(input);
  // As floats, whole numbers must never become -0: 1 / -0 is another infinity.
  return { type, text: writer.declare(writer.exact ? `-${text}` : `0 - ${text}`), valid, bound };
};

/** The remainder has the sign of the divisor. A whole number has none for the divisor 0. */
const remainder: Write = (writer, inputs, type) => {
  const all = writer.allOf(inputs);
  if (type === "float") {
    const [left, right] = [first(inputs).text, second(inputs).text];
    const rest = writer.declare(`${left} % ${right}`);
    const turned = `${rest} !== 0 && ${rest} < 0 !== ${right} < 0`;
    return float(writer, inputs, `${turned} ? ${rest} + ${right} : ${rest}`);
  }
  const [left, right] = [writer.whole(first(inputs)), writer.whole(second(inputs))];
  const text = writer.declare(
    writer.exact
      ? exactRemainder(writer, left.text, right.text)
      : quickRemainder(writer, left, right),
  );
  const { bound } = right;
  if (isNonZero(right.text)) return { type, text, valid: all, bound };
  const valid = writer.declare(`(${right.text} != 0) & ${writer.validText(all)}`);
  return { type, text, valid, bound };
};

const isNonZero = (text: string): boolean => /^\(-?[1-9]/.test(text);

function exactRemainder(writer: LoopWriter, left: string, right: string): string {
  const rest = writer.declare(`${right} === 0n ? 0n : ${left} % ${right}`);
  return `${rest} !== 0n && ${rest} < 0n !== ${right} < 0n ? ${rest} + ${right} : ${rest}`;
}

/** Below 2^52 the rounded quotient is never on the other side of a whole number. */
function quickRemainder(writer: LoopWriter, left: Code, right: Code): string {
  for (const { text, bound } of [left, right]) {
    if (bound >= 2 ** 52) writer.line(`if (Math.abs(${text}) >= ${2 ** 52}) inexact = 1;`);
  }
  return `${left.text} - Math.floor(${left.text} / ${right.text}) * ${right.text}`;
}

const power: Write = (writer, inputs) => {
  const [base, exponent] = [first(inputs).text, second(inputs).text];
  if (exponent === "(2)") return float(writer, inputs, `${base} * ${base}`);
  return float(writer, inputs, `${writer.input("power", powerOf)}(${base}, ${exponent})`);
};

/** As C and numpy have it: 1 to any power is 1, even to NaN, and so is -1 to an infinite one. */
export function powerOf(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && (exponent === Infinity || exponent === -Infinity)) return 1;
  return base ** exponent;
}

const mathematical =
  (name: string & keyof typeof Math): Write =>
  (writer, inputs) =>
    float(writer, inputs, `Math.${name}(${inputs.map(({ text }) => text).join(", ")})`);

/** What leaves a whole number as it is. */
const rounding =
  (write: Write): Write =>
  (writer, inputs, type) =>
    type === "int" ? first(inputs) : write(writer, inputs, type);

const round: Write = (writer, inputs) => {
  const digits = inputs[1];
  const value = first(inputs).text;
  const name = writer.input("round", roundHalfEven);
  if (digits === undefined) return float(writer, inputs, `${name}(${value})`);
  const places = writer.exact ? `Number(${digits.text})` : digits.text;
  const scaled = writer.input("roundTo", roundTo);
  return float(writer, inputs, `${scaled}(${value}, ${places})`);
};

/** To the nearest whole number, halves to the even one, as numpy rounds. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** To so many decimal places; as it is where the scaled number would be infinite. */
export function roundTo(value: number, places: number): number {
  const scale = 10 ** Math.abs(places);
  const scaled = places < 0 ? value / scale : value * scale;
  if (!Number.isFinite(scaled) || !Number.isFinite(scale)) return value;
  return places < 0 ? roundHalfEven(scaled) * scale : roundHalfEven(scaled) / scale;
}

const abs: Write = (writer, inputs, type) => {
  if (type === "float") return float(writer, inputs, `Math.abs(${first(inputs).text})`);
  const { text, valid, bound } = writer.whole(first(inputs));
  const positive = writer.exact ? `${text} < 0n ? -${text} : ${text}` : `Math.abs(${text})`;
  return { type, text: writer.declare(positive), valid, bound };
};

const sign: Write = (writer, inputs, type) => {
  if (type === "float") return float(writer, inputs, `Math.sign(${first(inputs).text})`);
  const { text, valid } = first(inputs);
  const [zero, one] = writer.exact ? ["0n", "1n"] : ["0", "1"];
  const of = `${text} > ${zero} ? ${one} : ${text} < ${zero} ? -${one} : ${zero}`;
  return { type, text: writer.declare(of), valid, bound: 1 };
};

/** NaN among floats makes NaN. */
const extreme =
  (name: "min" | "max", sign: "<" | ">"): Write =>
  (writer, inputs, type) => {
    if (type === "float") return mathematical(name)(writer, inputs, type);
    const [start = none, ...others] = inputs.map((code) => writer.whole(code));
    const text = others.reduce(
      (sofar, { text: other }) => writer.declare(`${sofar} ${sign} ${other} ? ${sofar} : ${other}`),
      start.text,
    );
    const bound = Math.max(start.bound, ...others.map((code) => code.bound));
    return { type, text, valid: writer.allOf(inputs), bound };
  };

/** A part of a time in milliseconds since 1970 began, UTC; there is none of NaN and beyond the years. */
const timePart =
  (name: string, part: (time: number) => number): Write =>
  (writer, inputs, type) => {
    const { text: time, valid } = first(inputs);
    const isTime = writer.declare(`(${time} >= -${TIME_MAX}) & (${time} <= ${TIME_MAX})`);
    const number = `${writer.input(name, part)}(${isTime} === 1 ? Math.floor(${time}) : 0)`;
    const text = writer.declare(writer.exact ? `BigInt(${number})` : number);
    const known = writer.validText(valid);
    const both = known === "1" ? isTime : writer.declare(`${isTime} & ${known}`);
    return { type, text, valid: both, bound: 1e6 };
  };

export const numberOperations = {
  "+": arithmetic(
    (a, b) => `${a} + ${b}`,
    (a, b) => `${a} + ${b}`,
    (a, b) => a + b,
  ),
  "-": arithmetic(
    (a, b) => `${a} - ${b}`,
    (a, b) => `${a} - ${b}`,
    (a, b) => a + b,
  ),
  "*": arithmetic(
    (a, b) => `${a} * ${b}`,
    (a, b) => `${a} * ${b} + 0`,
    (a, b) => a * b,
  ),
  "/": (writer, inputs) => float(writer, inputs, `${first(inputs).text} / ${second(inputs).text}`),
  "%": remainder,
  "**": power,
  pow: power,
  negate,
  plus: (_writer, inputs) => first(inputs),
  abs,
  sign,
  floor: rounding(mathematical("floor")),
  ceil: rounding(mathematical("ceil")),
  trunc: rounding(mathematical("trunc")),
  round: rounding(round),
  min: extreme("min", "<"),
  max: extreme("max", ">"),
  sqrt: mathematical("sqrt"),
  exp: mathematical("exp"),
  log: mathematical("log"),
  log10: mathematical("log10"),
  log2: mathematical("log2"),
  sin: mathematical("sin"),
  cos: mathematical("cos"),
  tan: mathematical("tan"),
  asin: mathematical("asin"),
  acos: mathematical("acos"),
  atan: mathematical("atan"),
  sinh: mathematical("sinh"),
  cosh: mathematical("cosh"),
  tanh: mathematical("tanh"),
  atan2: mathematical("atan2"),
  hypot: mathematical("hypot"),
  pi: () => ({ ...none, type: "float", text: String(Math.PI), valid: new Set<number>() }),
  year: timePart("year", yearOf),
  month: timePart("month", monthOf),
  day: timePart("day", dayOf),
  hour: timePart("hour", hourOf),
  minute: timePart("minute", minuteOf),
  second: timePart("second", secondOf),
} satisfies Readonly<Record<string, Write>>;
