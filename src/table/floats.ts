/**
 * Numbers of any dtype as float64, a block at a time: what most kernels compute with. The block is
 * a view where the column holds float64 already and a small reused buffer, which stays in the
 * core's cache, where it does not.
 */
import { RtlError } from "../protocol/errors.ts";
import type { Column, NumericArray, NumericColumn } from "./column.ts";
import { BLOCK_ROWS, forBlocks, kernel, loopText } from "./kernels.ts";

const TWO_32 = 4_294_967_296;

/** The column, if it holds numbers; RTL_TABLE_INVALID, naming who wanted them, if it is text. */
export function asNumbers(column: Column, wantedBy: string): NumericColumn {
  if (column.kind === "numeric") return column;
  throw new RtlError(
    "RTL_TABLE_INVALID",
    `${wantedBy} needs numbers, but column "${column.name}" is text (${column.dtype})`,
  );
}

/** Reads one column as float64 blocks of at most BLOCK_ROWS rows. Rows without a value are junk. */
export interface FloatReader {
  /** Rows [start, end); valid until the next read. */
  read(start: number, end: number): Float64Array;
  /** Whether every number of the last block is exactly what the column holds. */
  exact(): boolean;
}

export function floatReader(column: NumericColumn): FloatReader {
  const { values } = column;
  if (values instanceof Float64Array) {
    return { read: (start, end) => values.subarray(start, end), exact: () => true };
  }
  const scratch = new Float64Array(Math.min(BLOCK_ROWS, column.length));
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    const convert = values instanceof BigInt64Array ? signedToFloats : unsignedToFloats;
    let exact = true;
    return {
      read(start, end) {
        exact = convert(halves, scratch, start, end);
        return scratch.subarray(0, end - start);
      },
      exact: () => exact,
    };
  }
  const convert = kernel<
    (from: NumericArray, to: Float64Array, start: number, end: number) => void
  >(
    `floats ${column.dtype}`,
    ["from", "to", "start", "end"],
    loopText((i) => `to[${i} - start] = from[${i}];`),
  );
  return {
    read(start, end) {
      convert(values, scratch, start, end);
      return scratch.subarray(0, end - start);
    },
    exact: () => true,
  };
}

/** A reader that gives one number for every row. */
export function constantReader(value: number): FloatReader {
  const block = new Float64Array(BLOCK_ROWS).fill(value);
  return { read: (start, end) => block.subarray(0, end - start), exact: () => true };
}

/** The whole column as float64: a view where it holds that already, else a copy. */
export function toFloat64(column: NumericColumn): Float64Array {
  if (column.values instanceof Float64Array) return column.values;
  const floats = new Float64Array(column.length);
  const reader = floatReader(column);
  forBlocks(column.length, (start, end) => floats.set(reader.read(start, end), start));
  return floats;
}

// int64 as two 32-bit halves: making a bigint of every value would cost twenty times as much. Both
// return whether all magnitudes are below 2^53, where float64 still holds every whole number.
const halvesToFloats = (dtype: string, signed: string, excess: string): ConvertHalves =>
  kernel(
    `floats ${dtype}`,
    ["halves", "to", "start", "end"],
    `let high = 0, beyond = 0;
    ${loopText(
      (i) => `high = halves[2 * (${i}) + 1] ${signed} 0;
      beyond |= ${excess};
      to[${i} - start] = high * ${TWO_32} + (halves[2 * (${i})] >>> 0);`,
    )}
    return beyond === 0;`,
  );
type ConvertHalves = (halves: Int32Array, to: Float64Array, start: number, end: number) => boolean;

const signedToFloats = halvesToFloats("<i8", "|", "(high + 0x200000) >>> 22");
const unsignedToFloats = halvesToFloats("<u8", ">>>", "high >>> 21");
