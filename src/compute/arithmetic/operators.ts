/**
 * What combines two columns, or a column and a constant, row by row: the operators behind add, divide
 * and their like. Operands are float64 blocks; whole numbers beyond 2^53 are seen to by
 * whole-numbers.ts. Rows without a value give junk: who calls keeps their bitmap.
 */
import type { NumericColumn } from "../../table/column.ts";
import { type FloatReader, floatReader } from "../../table/floats.ts";
import { forBlocks, kernel, loopText } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import { power } from "./elementary.ts";
import {
  addWhole,
  multiplyWhole,
  powerWhole,
  subtractWhole,
  type WholeOperation,
  type WholeReader,
  wholeConstant,
  wholeReader,
} from "./whole-numbers.ts";

export interface Operator {
  /** Writes a ∘ b of equally long blocks into `to`. */
  readonly floats: FloatOperation;
  /** The same where both sides are whole numbers; absent where they are taken as float64. */
  readonly whole?: {
    /** All of them are exactly float64. */
    readonly fits: FloatOperation;
    /** Some may be beyond 2^53. */
    readonly beyond: WholeOperation;
  };
}
/** On blocks of equal length, or a block and a number; `to` may be one of them. */
export type FloatOperation = (a: Float64Array, b: Float64Array | number, to: Float64Array) => void;

/** One side of an operator: a number for each row, or one for all. */
export interface Operand {
  readonly floats: FloatReader | number;
  /** Absent where the numbers are floats. */
  readonly whole: WholeReader | undefined;
}

export const columnOperand = (
  column: NumericColumn,
): Operand & { readonly floats: FloatReader } => ({
  floats: floatReader(column),
  whole: wholeReader(column),
});
export const constantOperand = (value: number): Operand => ({
  floats: value,
  whole: wholeConstant(value),
});

/** a ∘ b for each of so many rows, in memory for a column. */
export function combine(
  operator: Operator,
  a: Operand & { readonly floats: FloatReader },
  b: Operand,
  rows: number,
): Float64Array {
  const results = columnMemory("<f8", rows);
  const whole = a.whole && b.whole && operator.whole;
  forBlocks(rows, (start, end) => {
    const to = results.subarray(start, end);
    const left = a.floats.read(start, end);
    const right = typeof b.floats === "number" ? b.floats : b.floats.read(start, end);
    if (whole === undefined) operator.floats(left, right, to);
    else if (a.floats.exact() && (typeof b.floats === "number" || b.floats.exact())) {
      whole.fits(left, right, to);
    } else if (a.whole && b.whole) whole.beyond(a.whole(start, end), b.whole(start, end), to);
  });
  return results;
}

/**
 * A loop over blocks, for an expression in one row's `a[i]` and `b[i]`. There is a copy for a constant
 * `b`, which is then a number instead of an array.
 */
export function elementwise(expression: (a: string, b: string) => string): FloatOperation {
  const loop = (kind: string, b: (index: string) => string) => {
    const row = (index: string) => `to[${index}] = ${expression(`a[${index}]`, b(index))};`;
    return kernel<FloatOperation>(
      kind,
      ["a", "b", "to"],
      `const start = 0, end = to.length; ${loopText(row)}`,
    );
  };
  const withColumn = loop("elementwise", (index) => `b[${index}]`);
  const withConstant = loop("elementwise constant", () => "b");
  return (a, b, to) => (typeof b === "number" ? withConstant(a, b, to) : withColumn(a, b, to));
}

const sums = elementwise((a, b) => `${a} + ${b}`);
const differences = elementwise((a, b) => `${a} - ${b}`);

export const addition: Operator = { floats: sums, whole: { fits: sums, beyond: addWhole } };
export const subtraction: Operator = {
  floats: differences,
  whole: { fits: differences, beyond: subtractWhole },
};
export const multiplication: Operator = {
  floats: elementwise((a, b) => `${a} * ${b}`),
  // Whole numbers have no -0, which 0 * -1 would be.
  whole: { fits: elementwise((a, b) => `${a} * ${b} + 0`), beyond: multiplyWhole },
};
export const division: Operator = { floats: elementwise((a, b) => `${a} / ${b}`) };
export const exponentiation: Operator = {
  floats: power,
  whole: { fits: power, beyond: powerWhole },
};
