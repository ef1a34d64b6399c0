/**
 * Rows that meet conditions on single columns. A mask of one block of rows stays in the core's cache
 * while all conditions narrow it; nothing branches on what a value is, so that no guess goes wrong.
 */
import {
  type Column,
  isNull,
  type NumericArray,
  type NumericColumn,
  type TextColumn,
  textColumn,
} from "../../table/column.ts";
import { BLOCK_ROWS, forBlocks, kernel, loopText } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** What a row's value must be like: `column comparison value`; or what is so of all rows. */
export type Condition =
  | {
      readonly column: Column;
      readonly comparison: Comparison;
      /** A text for a text column, a number for numbers. */
      readonly value: number | string;
    }
  | { readonly always: boolean };

/** Narrows the mask of rows [start, end) and returns how many are left. */
type Narrow = (mask: Uint8Array, start: number, end: number) => number;

/**
 * The rows that meet all conditions, in order, and how many met the first, the first two, and so on.
 * A row without a value meets "!=" only, and NaN too.
 */
export function findRows(
  conditions: readonly Condition[],
  rows: number,
): { readonly found: Uint32Array; readonly left: readonly number[] } {
  const steps = conditions.map(narrowing);
  const left = conditions.map(() => 0);
  const mask = new Uint8Array(Math.min(BLOCK_ROWS, rows));
  const found = columnMemory("<u4", rows);
  let count = 0;
  forBlocks(rows, (start, end) => {
    mask.fill(1);
    for (const [index, narrow] of steps.entries()) {
      const kept = narrow(mask, start, end);
      if (kept === 0) return;
      left[index] = (left[index] ?? 0) + kept;
    }
    count = noteRows(mask, found, count, start, end);
  });
  return { found: found.subarray(0, count), left };
}

const noteRows = kernel<
  (mask: Uint8Array, found: Uint32Array, count: number, start: number, end: number) => number
>(
  "note rows",
  ["mask", "found", "count", "start", "end"],
  `${loopText((i) => `found[count] = ${i}; count += mask[${i} - start];`)}
  return count;`,
);

function narrowing(condition: Condition): Narrow {
  if ("always" in condition) return condition.always ? countMask : () => 0;
  const { column, comparison, value } = condition;
  return column.kind === "text"
    ? compareTexts(column, comparison, String(value))
    : compareNumbers(column, comparison, Number(value));
}

const countMask: Narrow = (mask, start, end) => {
  let kept = 0;
  for (let i = 0; i < end - start; i++) kept += mask[i] as number;
  return kept;
};

type CompareKernel = (
  values: NumericArray,
  halves: Int32Array | undefined,
  value: number | bigint,
  bits: Uint8Array | undefined,
  mask: Uint8Array,
  start: number,
  end: number,
) => number;

function compareNumbers(column: NumericColumn, comparison: Comparison, value: number): Narrow {
  const { values, dtype, length, validity } = column;
  const long = dtype === "<i8" || dtype === "<u8";
  // A whole number beyond 2^53 may differ from a value it is rounded to: those compare as bigints.
  const exact = long && Number.isInteger(value) && !Number.isSafeInteger(value);
  const element = (i: string): string => {
    if (!long || exact) return `values[${i}]`;
    const high = `halves[2 * (${i}) + 1]${dtype === "<u8" ? " >>> 0" : ""}`;
    return `((${high}) * 4294967296 + (halves[2 * (${i})] >>> 0))`;
  };
  // "?" would branch on what the values are; "&" takes a comparison as the bit that it is.
  const holds = (i: string): string => {
    const compared = `(${element(i)} ${comparison} value)`;
    if (validity === undefined) return compared;
    const valid = `((bits[(${i}) >> 3] >> ((${i}) & 7)) & 1)`;
    return comparison === "!=" ? `(${compared} | (1 ^ ${valid}))` : `(${compared} & ${valid})`;
  };
  const run = kernel<CompareKernel>(
    `compare ${dtype}`,
    ["values", "halves", "value", "bits", "mask", "start", "end"],
    `let kept = 0;
    ${loopText(
      (i) => `{ const bit = mask[${i} - start] & ${holds(i)};
        mask[${i} - start] = bit;
        kept += bit; }`,
    )}
    return kept;`,
  );
  const halves = long ? new Int32Array(values.buffer, values.byteOffset, length * 2) : undefined;
  const wanted = exact ? BigInt(value) : value;
  return (mask, start, end) => run(values, halves, wanted, validity, mask, start, end);
}

function compareTexts(column: TextColumn, comparison: Comparison, text: string): Narrow {
  // As bytes in the column's own encoding: their order is the order of code points.
  const { bytes } = textColumn("", [text], column.dtype);
  return (mask, start, end) => {
    let kept = 0;
    for (let row = start; row < end; row++) {
      if (mask[row - start] === 0) continue;
      const meets = isNull(column, row)
        ? comparison === "!="
        : holds(orderOf(column, row, bytes), comparison);
      mask[row - start] = meets ? 1 : 0;
      kept += meets ? 1 : 0;
    }
    return kept;
  };
}

/** Below, at or above 0 as the row's text comes before, equals or comes after the wanted bytes. */
function orderOf({ offsets, bytes }: TextColumn, row: number, wanted: Uint8Array): number {
  const start = offsets[row] as number;
  const length = (offsets[row + 1] as number) - start;
  const shared = Math.min(length, wanted.length);
  for (let i = 0; i < shared; i++) {
    const order = (bytes[start + i] as number) - (wanted[i] as number);
    if (order !== 0) return order;
  }
  return length - wanted.length;
}

function holds(order: number, comparison: Comparison): boolean {
  if (comparison === "==") return order === 0;
  if (comparison === "!=") return order !== 0;
  if (comparison === "<") return order < 0;
  if (comparison === "<=") return order <= 0;
  return comparison === ">" ? order > 0 : order >= 0;
}
