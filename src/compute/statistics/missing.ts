/**
 * Values that are missing: which rows lack one, and what fills them. Whether NaN counts as missing is
 * the caller's choice. Nothing here knows where its rows lie in a larger table.
 */
import {
  bitAt,
  bothValid,
  type Column,
  countNulls,
  type NumericArray,
  type NumericColumn,
  numericColumn,
  type TextColumn,
  type Value,
} from "../../table/column.ts";
import { floatReader } from "../../table/floats.ts";
import { columnFromJson, jsonValue } from "../../table/json.ts";
import { forBlocks, kernel } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import { concatenate, makeTable } from "../../table/table.ts";
import { takeColumn } from "../../table/take.ts";
import { addSums, addTo, type Sum, sumOfBlock, zeroSum } from "../arithmetic/sums.ts";
import { TextBuilder } from "../expression/text-bytes.ts";

/** Bits that are 1 where a row has a value; undefined when every row has one. */
export function presentBits(column: Column, nan: boolean): Uint8Array | undefined {
  const { validity, length } = column;
  const valid = countNulls(validity, length) === 0 ? undefined : validity;
  if (!nan || column.kind === "text" || !column.dtype.startsWith("<f")) return valid;
  const bits = new Uint8Array((length + 7) >> 3);
  const mark = kernel<(values: NumericArray, bits: Uint8Array, start: number, end: number) => void>(
    `numbers ${column.dtype}`,
    ["values", "bits", "start", "end"],
    `for (let i = start; i < end; i++) {
      const x = values[i];
      bits[i >> 3] |= (x === x) << (i & 7);
    }`,
  );
  forBlocks(length, (start, end) => mark(column.values, bits, start, end));
  return countNulls(bits, length) === 0 ? valid : bothValid(bits, valid);
}

/** The numbers of the rows whose bit is 1, rising. */
export function rowsOfBits(bits: Uint8Array, rows: number): Uint32Array {
  const found = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    found[count] = row;
    count += ((bits[row >> 3] as number) >> (row & 7)) & 1;
  }
  return found.subarray(0, count);
}

/** The column with one value in every row that lacks one; RTL_TABLE_INVALID if it does not fit. */
export function filledWith(column: Column, nan: boolean, value: Value): Column {
  const one = oneRow(column, value);
  const bits = presentBits(column, nan);
  if (bits === undefined) return { ...column, validity: undefined };
  return column.kind === "text"
    ? filledTexts(column, one as TextColumn, bits)
    : filledNumbers(column, one as NumericColumn, bits);
}

/** A column of the same name and dtype with this value in its one row. */
const oneRow = ({ name, dtype }: Column, value: Value): Column =>
  columnFromJson(name, { dtype, values: [jsonValue(value)] });

function filledNumbers(column: NumericColumn, one: NumericColumn, bits: Uint8Array): Column {
  const { dtype, values, length } = column;
  const out = columnMemory(dtype, length);
  type Fill = (
    values: NumericArray,
    bits: Uint8Array,
    one: NumericArray,
    out: NumericArray,
    start: number,
    end: number,
  ) => void;
  const fill = kernel<Fill>(
    `fill ${dtype}`,
    ["values", "bits", "one", "out", "start", "end"],
    `const value = one[0];
    for (let i = start; i < end; i++) {
      out[i] = ((bits[i >> 3] >> (i & 7)) & 1) === 1 ? values[i] : value;
    }`,
  );
  forBlocks(length, (start, end) => fill(values, bits, one.values, out, start, end));
  return numericColumn(column.name, out, { dtype });
}

function filledTexts(column: TextColumn, one: TextColumn, bits: Uint8Array): Column {
  const builder = new TextBuilder(column.name, column.length);
  const end = one.offsets[1] ?? 0;
  for (let row = 0; row < column.length; row++) {
    const has = bitAt(bits, row);
    if (!has) builder.put(row, one.bytes, 0, end);
    else {
      const [from = 0, to = 0] = [column.offsets[row], column.offsets[row + 1]];
      builder.put(row, column.bytes, from, to);
    }
  }
  return builder.finish(column.dtype);
}

/**
 * The column with the value of the nearest row before (or behind, if `backward`) that has one. `edge`
 * is what rows outside of the column supply; a row that nothing supplies stays as it is.
 */
export function filledFrom(
  column: Column,
  nan: boolean,
  backward: boolean,
  edge: Value | undefined,
): Column {
  const bits = presentBits(column, nan);
  const { length } = column;
  if (bits === undefined) return column;
  // Row 0 is the edge's value; the column's rows follow it.
  const before = edge === undefined ? oneRow(column, null) : oneRow(column, edge);
  const [joined] = concatenate([makeTable([before]), makeTable([column])]).columns;
  const rows = new Uint32Array(length);
  let source = edge === undefined ? -1 : 0;
  for (let step = 0; step < length; step++) {
    const row = backward ? length - 1 - step : step;
    const has = bitAt(bits, row);
    if (has) source = row + 1;
    rows[row] = source < 0 ? row + 1 : source;
  }
  return joined === undefined ? column : takeColumn(joined, rows);
}

/** The first or last row that has a value; undefined when none has. */
export function edgeRow(column: Column, nan: boolean, last: boolean): number | undefined {
  const bits = presentBits(column, nan);
  const { length } = column;
  for (let step = 0; step < length; step++) {
    const row = last ? length - 1 - step : step;
    if (bits === undefined || bitAt(bits, row)) return row;
  }
  return undefined;
}

/** What a mean is made of. */
export interface CountedSum extends Sum {
  readonly count: number;
}

/** Sum and number of the values that are there. */
export function countedSum(column: NumericColumn, nan: boolean): CountedSum {
  const bits = presentBits(column, nan);
  const reader = floatReader(column);
  let sum = zeroSum;
  let count = 0;
  forBlocks(column.length, (start, end) => {
    const block = reader.read(start, end);
    if (bits === undefined) {
      sum = addTo(sum, sumOfBlock(block));
      count += block.length;
      return;
    }
    for (let row = start; row < end; row++) {
      if (!bitAt(bits, row)) continue;
      sum = addTo(sum, block[row - start] as number);
      count++;
    }
  });
  return { ...sum, count };
}

export const addCounted = (a: CountedSum, b: CountedSum): CountedSum => ({
  ...addSums(a, b),
  count: a.count + b.count,
});
