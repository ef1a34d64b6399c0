/**
 * What combines two columns, or a column and a constant, row by row: the operators behind add, divide
 * and their like. Operands are float64 blocks; whole numbers beyond 2^53 are seen to by
 * whole-numbers.ts. Rows without a value give junk: who calls keeps their bitmap.
 */
import type { NumericColumn } from "../table/column.ts";
import { type FloatReader, floatReader } from "../table/floats.ts";
import { forBlocks, kernel } from "../table/kernels.ts";
import { columnMemory } from "../table/memory.ts";
import { power } from "./elementary.ts";
import {
  addWhole,
  mendPowers,
  multiplyWhole,
  subtractWhole,
  type WholeOperation,
  type WholeReader,
  wholeConstant,
  wholeReader,
} from "./whole-numbers.ts";

export interface Operator {
  /** Writes a ∘ b of equally long blocks into `to`. */
  floats(a: Float64Array, b: Float64Array | number, to: Float64Array): void;
  /**
   * What to do about a block of whole numbers of which some are beyond 2^53, after `floats`; absent
   * where float64 operands are the definition.
   */
  readonly whole?: WholeOperation;
}

/** One side of an operator: a number for each row, or one for all. */
export interface Operand {
  readonly floats: FloatReader | number;
  /** Absent where the numbers are floats. */
  readonly whole: WholeReader | undefined;
}

export const columnOperand = (column: NumericColumn): Operand => ({
  floats: floatReader(column),
  whole: wholeReader(column),
});
export const constantOperand = (value: number): Operand => ({
  floats: value,
  whole: wholeConstant(value),
});

/** a ∘ b for each of so many rows, in memory for a column. */
export function combine(
  { floats, whole }: Operator,
  a: Operand,
  b: Operand,
  rows: number,
): Float64Array {
  const results = columnMemory("<f8", rows);
  forBlocks(rows, (start, end) => {
    const to = results.subarray(start, end);
    floats(readBlock(a, start, end), numbersOf(b, start, end), to);
    if (whole === undefined || a.whole === undefined || b.whole === undefined) return;
    if (isExact(a) && isExact(b)) return;
    whole(a.whole(start, end), b.whole(start, end), to);
  });
  return results;
}

const numbersOf = ({ floats }: Operand, start: number, end: number): Float64Array | number =>
  typeof floats === "number" ? floats : floats.read(start, end);
function readBlock(operand: Operand, start: number, end: number): Float64Array {
  const numbers = numbersOf(operand, start, end);
  return typeof numbers === "number" ? new Float64Array(end - start).fill(numbers) : numbers;
}
const isExact = ({ floats }: Operand): boolean => typeof floats === "number" || floats.exact();

/** Rows that one turn of a loop does: together they need one check of bounds instead of four. */
const AT_ONCE = [0, 1, 2, 3];

/**
 * A loop over blocks, for an expression in one row's `a[i]` and `b[i]`. There is a copy for a constant
 * `b`, which is then a number instead of an array.
 */
export function elementwise(
  expression: (a: string, b: string) => string,
): (a: Float64Array, b: Float64Array | number, to: Float64Array) => void {
  const loop = (kind: string, b: (index: string) => string) => {
    const row = (index: string) => `to[${index}] = ${expression(`a[${index}]`, b(index))};`;
    return kernel<(a: Float64Array, b: Float64Array | number, to: Float64Array) => void>(
      kind,
      ["a", "b", "to"],
      `const rows = to.length; let i = 0;
      for (; i + 3 < rows; i += 4) { ${AT_ONCE.map((at) => row(`i + ${at}`)).join(" ")} }
      for (; i < rows; i++) ${row("i")}`,
    );
  };
  const withColumn = loop("elementwise", (index) => `b[${index}]`);
  const withConstant = loop("elementwise constant", () => "b");
  return (a, b, to) => (typeof b === "number" ? withConstant(a, b, to) : withColumn(a, b, to));
}

export const addition: Operator = {
  floats: elementwise((a, b) => `${a} + ${b}`),
  whole: addWhole,
};
export const subtraction: Operator = {
  floats: elementwise((a, b) => `${a} - ${b}`),
  whole: subtractWhole,
};
export const multiplication: Operator = {
  floats: elementwise((a, b) => `${a} * ${b}`),
  whole: multiplyWhole,
};
export const division: Operator = { floats: elementwise((a, b) => `${a} / ${b}`) };
export const exponentiation: Operator = { floats: power, whole: mendPowers };
