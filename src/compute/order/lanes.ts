/**
 * Columns as lanes of unsigned 32-bit keys: two rows compare as their keys do, lane by lane, and are
 * equal where all keys are. Sorting, grouping and joining see nothing else of a column, so that one
 * loop over whole numbers serves every dtype. -0 is 0, NaN is one value above all numbers, and a row
 * without a value is above NaN. The values of rows without one never count.
 */
import { bitAt, type Column, countNulls, type NumericColumn } from "../../table/column.ts";
import { forBlocks, kernel, loopText } from "../../table/kernels.ts";
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
    ${loopText(
      (i) => `{ const value = values[${i}];
        if (value < low) low = value;
        if (value > high) high = value; }`,
    )}
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
  const signed = new Int32Array(values.buffer, values.byteOffset, length * 2);
  const flip = column.dtype === "<i8" ? 0 : SIGN | 0;
  const { upper, lower } = rangesOfHalves(signed, flip, length);
  const apart = upper.high - upper.low;
  if (apart <= 1) {
    // Of the smallest value the upper half is the least there is, of the largest the greatest.
    const below = apart === 0 ? lower : rangesOfHalves(signed, flip, length, upper.low).lower;
    const above = apart === 0 ? lower : rangesOfHalves(signed, flip, length, upper.high).lower;
    const max = apart * TWO_32 + above.high - below.low;
    if (max <= KEY_MAX) {
      return [{ values: halves, stride: 2, base: (below.low ^ SIGN) >>> 0, max, own: false }];
    }
  }
  const uppers = columnMemory("<u4", length);
  const split = kernel<
    (halves: Int32Array, flip: number, uppers: Uint32Array, start: number, end: number) => void
  >(
    "upper halves",
    ["halves", "flip", "uppers", "start", "end"],
    loopText((i) => `uppers[${i}] = halves[2 * (${i}) + 1] ^ flip;`),
  );
  forBlocks(length, (start, end) => split(signed, flip, uppers, start, end));
  return [
    { values: uppers, stride: 1, base: upper.low >>> 0, max: apart, own: true },
    { values: halves, stride: 2, base: 0, max: KEY_MAX, own: false },
  ];
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * The least and the greatest of the upper and of the lower halves, as signed numbers: `flip` turns
 * the sign of the upper ones where the values have none. Of those only that have one upper half,
 * where that is given.
 */
function rangesOfHalves(
  halves: Int32Array,
  flip: number,
  rows: number,
  wanted?: number,
): { readonly upper: Range; readonly lower: Range } {
  const find = kernel<
    (
      halves: Int32Array,
      flip: number,
      wanted: number,
      found: Int32Array,
      start: number,
      end: number,
    ) => void
  >(
    "ranges of halves",
    ["halves", "flip", "wanted", "found", "start", "end"],
    `let low = found[0], high = found[1], least = found[2], greatest = found[3];
    ${loopText(
      (i) => `{ const upper = halves[2 * (${i}) + 1] ^ flip, lower = halves[2 * (${i})] ^ ${SIGN};
        ${wanted === undefined ? "" : "if (upper === wanted)"} {
          if (upper < low) low = upper;
          if (upper > high) high = upper;
          if (lower < least) least = lower;
          if (lower > greatest) greatest = lower;
        } }`,
    )}
    found[0] = low; found[1] = high; found[2] = least; found[3] = greatest;`,
  );
  const found = Int32Array.of(0x7fff_ffff, -SIGN, 0x7fff_ffff, -SIGN);
  forBlocks(rows, (start, end) => find(halves, flip, wanted ?? 0, found, start, end));
  const [low = 0, high = 0, least = 0, greatest = 0] = found;
  return { upper: { low, high }, lower: { low: least, high: greatest } };
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
    ${loopText(
      (i) => `{ const value = values[${i}];
        const top = value === 0 ? 0 : bits[${wide ? `2 * (${i}) + 1` : i}];
        const mask = (top >> 31) ^ flip;
        const key = value === value ? (top ^ (mask | ${SIGN}) ^ (flip & ${SIGN})) >>> 0 : ${KEY_MAX - 1};
        upper[${i}] = key;
        if (key < low) low = key;
        if (key > high) high = key;
        ${wide ? `const rest = bits[2 * (${i})]; some |= rest; lower[${i}] = value === value ? rest ^ mask : 0;` : ""} }`,
    )}
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
