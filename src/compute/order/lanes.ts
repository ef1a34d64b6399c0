/**
 * Columns as lanes of unsigned 32-bit keys: two rows compare as their keys do, lane by lane, and are
 * equal where all keys are. Sorting, grouping and joining see nothing else of a column, so that one
 * loop over whole numbers serves every dtype. -0 is 0, NaN is one value above all numbers, and a row
 * without a value is above NaN. The values of rows without one never count.
 */
import { bitAt, type Column, countNulls, type NumericColumn } from "../../table/column.ts";
import { forBlocks, kernel } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { textRanks } from "../group/text-codes.ts";
import { KEY_MAX, keysOf, type Lane, type LaneArray, plainLane } from "./lane.ts";

export interface LaneOptions {
  /** The largest value first; NaN and rows without a value stay last. */
  readonly descending?: boolean;
}

const TWO_32 = 4_294_967_296;
const SIGN = 0x8000_0000;

/** The lanes of a column, the most significant first; none where all its rows are equal. */
export function lanesOf(column: Column, options: LaneOptions = {}): readonly Lane[] {
  const lanes = column.kind === "text" ? textLanes(column, options) : numberLanes(column, options);
  return lanes.filter(({ max }) => max > 0);
}

function textLanes(
  column: Extract<Column, { kind: "text" }>,
  { descending = false }: LaneOptions,
): readonly Lane[] {
  const { ranks, distinct } = textRanks(column);
  const lane = plainLane(ranks, Math.max(0, distinct - 1));
  return finished([lane], column.validity, column.length, descending);
}

function numberLanes(column: NumericColumn, { descending = false }: LaneOptions): readonly Lane[] {
  const { dtype, values, length, validity } = column;
  if (dtype === "<f8" || dtype === "<f4") return floatLanes(column, descending);
  if (dtype === "<i8" || dtype === "<u8") {
    return finished(longLanes(column), validity, length, descending);
  }
  const range = rangeOf(values as LaneArray, length);
  return finished(
    [{ values: values as LaneArray, stride: 1, ...range, own: false }],
    validity,
    length,
    descending,
  );
}

/** The smallest value and how far the largest is above it. */
function rangeOf(values: LaneArray, rows: number): Pick<Lane, "base" | "max"> {
  if (rows === 0) return { base: 0, max: 0 };
  const extremes = kernel<
    (values: LaneArray, found: Float64Array, start: number, end: number) => void
  >(
    `range ${values.constructor.name}`,
    ["values", "found", "start", "end"],
    `let low = found[0], high = found[1];
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    found[0] = low;
    found[1] = high;`,
  );
  const found = Float64Array.of(values[0] ?? 0, values[0] ?? 0);
  forBlocks(rows, (start, end) => extremes(values, found, start, end));
  const [base = 0, high = 0] = found;
  return { base, max: high - base };
}

/**
 * 64-bit integers as their upper and lower halves, or as the lower ones alone where the values lie
 * less than 2^32 apart.
 */
function longLanes(column: NumericColumn): readonly Lane[] {
  const { values, length } = column;
  if (length === 0) return [];
  const halves = new Uint32Array(values.buffer, values.byteOffset, length * 2);
  const sign = column.dtype === "<i8" ? SIGN : 0;
  const upper = Uint32Array.of(KEY_MAX, 0);
  forBlocks(length, (start, end) => upperRange(halves, sign, upper, start, end));
  const [low = 0, high = 0] = upper;
  if (high - low <= 1) {
    const lower = Uint32Array.of(KEY_MAX, 0);
    forBlocks(length, (start, end) => lowerRange(halves, sign, upper, lower, start, end));
    const [base = 0, top = 0] = lower;
    const max = (high - low) * TWO_32 + top - base;
    if (max <= KEY_MAX) return [{ values: halves, stride: 2, base, max, own: false }];
  }
  const uppers = columnMemory("<u4", length);
  forBlocks(length, (start, end) => {
    for (let i = start; i < end; i++) uppers[i] = (halves[2 * i + 1] as number) ^ sign;
  });
  const lower: Lane = { values: halves, stride: 2, base: 0, max: KEY_MAX, own: false };
  return [{ values: uppers, stride: 1, base: low, max: high - low, own: true }, lower];
}

function upperRange(
  halves: Uint32Array,
  sign: number,
  found: Uint32Array,
  start: number,
  end: number,
): void {
  let [low, high] = [found[0] as number, found[1] as number];
  for (let i = start; i < end; i++) {
    const key = ((halves[2 * i + 1] as number) ^ sign) >>> 0;
    if (key < low) low = key;
    if (key > high) high = key;
  }
  found[0] = low;
  found[1] = high;
}

/** The lower half of the smallest value and of the largest, whose upper halves are known. */
function lowerRange(
  halves: Uint32Array,
  sign: number,
  upper: Uint32Array,
  found: Uint32Array,
  start: number,
  end: number,
): void {
  const lowest = ((upper[0] as number) ^ sign) >>> 0;
  const highest = ((upper[1] as number) ^ sign) >>> 0;
  let [low, high] = [found[0] as number, found[1] as number];
  for (let i = start; i < end; i++) {
    const key = halves[2 * i] as number;
    const half = halves[2 * i + 1] as number;
    if (half === lowest && key < low) low = key;
    if (half === highest && key > high) high = key;
  }
  found[0] = low;
  found[1] = high;
}

/** Bits of a float in an order of whole numbers: all of them turned round below 0, the sign above. */
function floatLanes(column: NumericColumn, descending: boolean): readonly Lane[] {
  const { values, length, validity, dtype } = column;
  if (length === 0) return [];
  const wide = dtype === "<f8";
  const bits = new Int32Array(values.buffer, values.byteOffset, length * (wide ? 2 : 1));
  const upper = columnMemory("<u4", length);
  const lower = wide ? columnMemory("<u4", length) : upper;
  const found = Uint32Array.of(KEY_MAX, 0, 0);
  const make = kernel<
    (
      values: NumericColumn["values"],
      bits: Int32Array,
      flip: number,
      upper: Uint32Array,
      lower: Uint32Array,
      found: Uint32Array,
      start: number,
      end: number,
    ) => void
  >(
    `float lanes ${dtype}`,
    ["values", "bits", "flip", "upper", "lower", "found", "start", "end"],
    `let low = found[0], high = found[1], some = found[2];
    for (let i = start; i < end; i++) {
      const value = values[i];
      const top = value === 0 ? 0 : bits[${wide ? "2 * i + 1" : "i"}];
      const mask = (top >> 31) ^ flip;
      const key = value === value ? (top ^ (mask | ${SIGN}) ^ (flip & ${SIGN})) >>> 0 : ${KEY_MAX - 1};
      upper[i] = key;
      if (key < low) low = key;
      if (key > high) high = key;
      ${wide ? "lower[i] = bits[2 * i] ^ mask;\n      some |= bits[2 * i];" : ""}
      ${wide ? "if (value !== value) lower[i] = 0;" : ""}
    }
    found[0] = low;
    found[1] = high;
    found[2] = some;`,
  );
  const flip = descending ? -1 : 0;
  forBlocks(length, (start, end) => make(values, bits, flip, upper, lower, found, start, end));
  const nulls = countNulls(validity, length) > 0 ? validity : undefined;
  if (nulls !== undefined) {
    for (let i = 0; i < length; i++) {
      if (bitAt(nulls, i)) continue;
      if (wide) lower[i] = 0;
      upper[i] = KEY_MAX;
    }
    found[1] = KEY_MAX;
  }
  const [base = 0, high = 0, some = 0] = found;
  const lanes: Lane[] = [{ values: upper, stride: 1, base, max: high - base, own: true }];
  // Where no number has lower bits, they hang on the sign alone, and the upper ones say it all.
  if (some !== 0) lanes.push(plainLane(lower, KEY_MAX));
  else if (wide) returnMemory(lower);
  return lanes;
}

/** Lanes turned round where the order is, and with a key above all others for rows without a value. */
function finished(
  lanes: readonly Lane[],
  validity: Uint8Array | undefined,
  rows: number,
  descending: boolean,
): readonly Lane[] {
  const nulls = countNulls(validity, rows) > 0 ? validity : undefined;
  if (!descending && nulls === undefined) return lanes;
  const made = lanes.map((lane) => ({ keys: keysOf(lane, rows, descending), max: lane.max }));
  const [first, ...others] = made;
  if (first === undefined || nulls === undefined) {
    return made.map(({ keys, max }) => plainLane(keys, max));
  }
  const room = first.max < KEY_MAX;
  const apart = room ? undefined : columnMemory("<u4", rows).fill(0);
  for (let i = 0; i < rows; i++) {
    if (bitAt(nulls, i)) continue;
    for (const { keys } of others) keys[i] = 0;
    first.keys[i] = room ? first.max + 1 : 0;
    if (apart !== undefined) apart[i] = 1;
  }
  return [
    ...(apart === undefined ? [] : [plainLane(apart, 1)]),
    plainLane(first.keys, room ? first.max + 1 : first.max),
    ...others.map(({ keys, max }) => plainLane(keys, max)),
  ];
}
