/** The least and the greatest value of a column; of whole numbers exactly, whatever their size. */
import type { NumericColumn } from "../../table/column.ts";
import { BLOCK_ROWS, forBlocks, kernel } from "../../table/kernels.ts";
import { forPresent } from "./present.ts";

/** Plain data: it travels as a state. int64 and uint64 extremes are bigints. */
export interface Extremes {
  /** Rows that have a value, NaN among them. */
  readonly count: number;
  /** Infinity and -Infinity where there is no number. */
  readonly min: number | bigint;
  readonly max: number | bigint;
  /** Some row is NaN; it is neither the least nor the greatest. */
  readonly nan: boolean;
}

export const noExtremes: Extremes = { count: 0, min: Infinity, max: -Infinity, nan: false };

export function mergeExtremes(a: Extremes, b: Extremes): Extremes {
  return {
    count: a.count + b.count,
    min: b.min < a.min ? b.min : a.min,
    max: b.max > a.max ? b.max : a.max,
    nan: a.nan || b.nan,
  };
}

/** Whether all values are finite numbers. */
export const isFiniteThroughout = ({ count, min, max, nan }: Extremes): boolean =>
  count === 0 || (!nan && min !== -Infinity && max !== Infinity);

export function extremesOf(column: NumericColumn): Extremes {
  const { values } = column;
  let found = noExtremes;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    forPresentWholes(column, values, (block, start, end) => {
      const [min, max] = wholeExtremes(column.dtype)(block, start, end);
      found = mergeExtremes(found, { count: end - start, min, max, nan: false });
    });
  } else {
    forPresent(column, (block) => {
      found = mergeExtremes(found, extremesOfBlock(block));
    });
  }
  return found;
}

/** Four of each at a time, because every comparison has to wait for the one before it. */
export function extremesOfBlock(values: Float64Array): Extremes {
  const { length } = values;
  let lowA = Infinity;
  let lowB = Infinity;
  let lowC = Infinity;
  let lowD = Infinity;
  let highA = -Infinity;
  let highB = -Infinity;
  let highC = -Infinity;
  let highD = -Infinity;
  // 0 times a number is 0; times NaN, and times an infinity, it is NaN.
  let zero = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const a = values[i] as number;
    const b = values[i + 1] as number;
    const c = values[i + 2] as number;
    const d = values[i + 3] as number;
    if (a < lowA) lowA = a;
    if (b < lowB) lowB = b;
    if (c < lowC) lowC = c;
    if (d < lowD) lowD = d;
    if (a > highA) highA = a;
    if (b > highB) highB = b;
    if (c > highC) highC = c;
    if (d > highD) highD = d;
    zero += a * 0 + b * 0 + (c * 0 + d * 0);
  }
  for (; i < length; i++) {
    const a = values[i] as number;
    if (a < lowA) lowA = a;
    if (a > highA) highA = a;
    zero += a * 0;
  }
  return {
    count: length,
    // Which zero came first must not tell: -0 + 0 is 0.
    min: Math.min(lowA, lowB, lowC, lowD) + 0,
    max: Math.max(highA, highB, highC, highD) + 0,
    nan: zero !== 0 && values.some(Number.isNaN),
  };
}

type Wholes = BigInt64Array | BigUint64Array;

const wholeExtremes = (dtype: NumericColumn["dtype"]) =>
  kernel<(values: Wholes, start: number, end: number) => readonly [bigint, bigint]>(
    `extremes ${dtype}`,
    ["values", "start", "end"],
    `let low = values[start], high = low;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];`,
  );

/** Visits [start, end) of arrays that hold the values of the column, block by block. */
function forPresentWholes(
  { dtype, validity, length }: NumericColumn,
  values: Wholes,
  visit: (block: Wholes, start: number, end: number) => void,
): void {
  if (validity === undefined) {
    forBlocks(length, (start, end) => visit(values, start, end));
    return;
  }
  const keep = kernel<
    (from: Wholes, validity: Uint8Array, start: number, end: number, kept: Wholes) => number
  >(
    `keep ${dtype}`,
    ["from", "validity", "start", "end", "kept"],
    `let count = 0;
    for (let i = start; i < end; i++) {
      kept[count] = from[i];
      count += (validity[i >> 3] >> (i & 7)) & 1;
    }
    return count;`,
  );
  const kept = new (dtype === "<i8" ? BigInt64Array : BigUint64Array)(Math.min(BLOCK_ROWS, length));
  forBlocks(length, (start, end) => {
    const count = keep(values, validity, start, end, kept);
    if (count > 0) visit(kept, 0, count);
  });
}
