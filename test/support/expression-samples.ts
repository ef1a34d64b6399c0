/**
 * Parts of expressions with the value that each has in a row, worked out one value at a time by the
 * plainest means: what the compiled loops are held against.
 */
import type { Value } from "../../src/table/column.ts";

export type Row = ReadonlyMap<string, Value>;
export interface Sample {
  readonly text: string;
  readonly value: (row: Row) => Value;
}

/** Columns of the tables that the expressions are about, by type. */
export const columnDtypes = {
  i: "<i8",
  j: "<i8",
  k: "<i4",
  h: "|u1",
  u: "<u8",
  x: "<f8",
  y: "<f8",
  f: "<f4",
  b: "|b1",
  c: "|b1",
  s: "O",
  t: "<U4",
  w: "|S4",
} as const;

export const column = (name: keyof typeof columnDtypes): Sample => ({
  text: name,
  value: (row) => {
    const value = row.get(name) ?? null;
    return typeof value === "number" && columnDtypes[name].match(/i|u/) ? BigInt(value) : value;
  },
});
export const constant = (text: string, value: Value): Sample => ({ text, value: () => value });
/** Applies to rows where all inputs have a value; the others have none. */
export const strict =
  (compute: (...values: never[]) => Value, inputs: readonly Sample[]) =>
  (row: Row): Value => {
    const values = inputs.map(({ value }) => value(row));
    return values.includes(null) ? null : compute(...(values as never[]));
  };

export type Numeric = number | bigint;
export const infix =
  (sign: string, compute: (a: never, b: never) => Value) => (a: Sample, b: Sample) => ({
    text: `(${a.text} ${sign} ${b.text})`,
    value: strict(compute, [a, b]),
  });
export const call =
  (name: string, compute: (...values: never[]) => Value) =>
  (...inputs: Sample[]): Sample => ({
    text: `${name}(${inputs.map(({ text }) => text).join(", ")})`,
    value: strict(compute, inputs),
  });

export const negated = (compute: (value: never) => Value) => (input: Sample) => ({
  text: `(-${input.text})`,
  value: strict(compute, [input]),
});
export const floored = (a: number, b: number): number => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};
export const flooredWhole = (a: bigint, b: bigint): bigint | null =>
  b === 0n ? null : ((a % b) + b) % b;
export const halfEven = (x: number): number => {
  if (!Number.isFinite(x) || Number.isInteger(x)) return x;
  const [low, high] = [Math.floor(x), Math.ceil(x)];
  const nearest = x - low < high - x ? low : x - low > high - x ? high : low % 2 === 0 ? low : high;
  return nearest === 0 && x < 0 ? -0 : nearest;
};
export const power = (a: number, b: number): number => {
  if (a === 1 || b === 0) return 1;
  return Math.abs(a) === 1 && Math.abs(b) === Infinity ? 1 : a ** b;
};
export const inFloats = (compute: (...values: number[]) => number) =>
  ((...values: Numeric[]) => compute(...values.map(Number))) as (...values: never[]) => Value;

export const order = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
export const holds = (sign: string, order: number): boolean =>
  ({ "==": order === 0, "!=": order !== 0, "<": order < 0, "<=": order <= 0, ">": order > 0 })[
    sign
  ] ?? order >= 0;
export const compareNumbers = (sign: string) => (a: Numeric, b: Numeric) => {
  if (Number.isNaN(a) || Number.isNaN(b)) return sign === "!=";
  // The language orders bigints and numbers exactly.
  return holds(sign, a < b ? -1 : a > b ? 1 : 0);
};

export const choose = (condition: Sample, a: Sample, b: Sample): Sample => ({
  text: `if(${condition.text}, ${a.text}, ${b.text})`,
  value: (row) => (condition.value(row) === true ? a.value(row) : b.value(row)),
});
export const coalesced = (...inputs: Sample[]): Sample => ({
  text: `coalesce(${inputs.map(({ text }) => text).join(", ")})`,
  value: (row) => {
    for (const { value } of inputs) if (value(row) !== null) return value(row);
    return null;
  },
});
export const connected = (word: "and" | "or") => (a: Sample, b: Sample) => ({
  text: `(${a.text} ${word} ${b.text})`,
  value: (row: Row) => {
    const sides = [a.value(row), b.value(row)];
    if (sides.includes(word === "or")) return word === "or";
    return sides.includes(null) ? null : word === "and";
  },
});

export const slice = (text: string, start: bigint, length?: bigint): string => {
  const points = [...text];
  const from = start < 0n ? Math.max(0, points.length + Number(start)) : Number(start);
  const end = length === undefined ? points.length : from + Math.max(0, Number(length));
  return points.slice(from, end).join("");
};
const partsOfTime = {
  year: (date: Date) => date.getUTCFullYear(),
  month: (date: Date) => date.getUTCMonth() + 1,
  day: (date: Date) => date.getUTCDate(),
  hour: (date: Date) => date.getUTCHours(),
  minute: (date: Date) => date.getUTCMinutes(),
  second: (date: Date) => date.getUTCSeconds(),
};
export const timePart = (name: keyof typeof partsOfTime) =>
  call(name, (time: Numeric) => {
    const date = new Date(Math.floor(Number(time)));
    return Number.isNaN(date.getTime()) || Math.abs(Number(time)) > 8.64e15
      ? null
      : BigInt(partsOfTime[name](date));
  });
