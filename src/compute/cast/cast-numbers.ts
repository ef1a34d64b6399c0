/**
 * Numbers in another numeric dtype: a block at a time where all of it fits, and one value after the
 * other where something does not. No value is changed in silence.
 */
import {
  allValid,
  type Column,
  clearBit,
  isNull,
  type NumericArray,
  type NumericColumn,
  type NumericDtype,
  numericColumn,
  type Value,
} from "../../table/column.ts";
import { floatReader } from "../../table/floats.ts";
import { forBlocks, kernel } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";

export interface CastOptions {
  /** Cuts fractions and long texts, and rounds whole numbers that a float cannot hold. */
  readonly lossy: boolean;
  /** Told of each value that does not fit; the row has no value then, unless this throws. */
  readonly misfit: (row: number, value: Value) => void;
}

const isFloat = (dtype: NumericDtype): boolean => dtype.startsWith("<f");

/** The column with this dtype, which must be another one than its own. */
export function castNumbers(
  column: NumericColumn,
  dtype: NumericDtype,
  options: CastOptions,
): NumericColumn {
  const out = columnMemory(dtype, column.length);
  const store = storeKernel(dtype, options.lossy, !isFloat(column.dtype));
  const reader = floatReader(column);
  const target = halvesOf(out);
  let { validity } = column;
  forBlocks(column.length, (start, end) => {
    const block = reader.read(start, end);
    const readable = reader.exact() || (options.lossy && isFloat(dtype));
    if (readable && store(block, target, start, end - start) === 0) return;
    // Something does not fit, or is too large to be told as a float: one value after the other.
    for (let row = start; row < end; row++) {
      const value = column.values[row] ?? 0;
      const exact = isFloat(column.dtype) ? value : BigInt(value);
      const fitting = isNull(column, row) ? undefined : fitted(exact, dtype, options.lossy);
      out[row] = fitting ?? zeroOf(dtype);
      if (fitting !== undefined || isNull(column, row)) continue;
      options.misfit(row, value);
      validity = withoutRow(validity, column, row);
    }
  });
  return numericColumn(column.name, out, { dtype, validity });
}

/** The bitmap without this row; a copy of the column's own, or of none, the first time. */
export function withoutRow(
  validity: Uint8Array | undefined,
  column: Column,
  row: number,
): Uint8Array | undefined {
  const own = validity === column.validity;
  const bits = own ? (validity?.slice() ?? allValid(column.length)) : validity;
  if (bits !== undefined) clearBit(bits, row);
  return bits;
}

const isLong = (dtype: NumericDtype): boolean => dtype === "<i8" || dtype === "<u8";
export const zeroOf = (dtype: NumericDtype): number | bigint => (isLong(dtype) ? 0n : 0);

/** int64 is written as two halves, which no bigint must be made for. */
const halvesOf = (values: NumericArray): NumericArray =>
  values instanceof BigInt64Array || values instanceof BigUint64Array
    ? new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
    : values;

const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  "<i8": [-(2n ** 63n), 2n ** 63n - 1n],
  "<i4": [-(2n ** 31n), 2n ** 31n - 1n],
  "<i2": [-(2n ** 15n), 2n ** 15n - 1n],
  "|i1": [-128n, 127n],
  "<u8": [0n, 2n ** 64n - 1n],
  "<u4": [0n, 2n ** 32n - 1n],
  "<u2": [0n, 2n ** 16n - 1n],
  "|u1": [0n, 255n],
};

/** Writes a block and returns 0 when every number of it fits. */
type Store = (block: Float64Array, out: NumericArray, at: number, rows: number) => number;

function storeKernel(dtype: NumericDtype, lossy: boolean, whole: boolean): Store {
  return kernel<Store>(
    `cast ${dtype}`,
    ["block", "out", "at", "rows"],
    `let misfits = 0;
    for (let i = 0; i < rows; i++) {
      const x = ${lossy && !isFloat(dtype) && dtype !== "|b1" ? "Math.trunc(block[i])" : "block[i]"};
      ${storeText(dtype, lossy, whole)}
    }
    return misfits;`,
  );
}

function storeText(dtype: NumericDtype, lossy: boolean, whole: boolean): string {
  if (dtype === "<f8") return "out[at + i] = x;";
  if (dtype === "<f4") {
    const changes =
      whole && !lossy ? "y !== x" : "Math.abs(y) === Infinity && Math.abs(x) !== Infinity";
    return `const y = Math.fround(x); out[at + i] = y; misfits |= (${changes}) | 0;`;
  }
  if (dtype === "|b1") {
    const changes = lossy ? "x !== x" : "x !== 0 && x !== 1";
    return `out[at + i] = (x !== 0) | 0; misfits |= (${changes}) | 0;`;
  }
  const [low, high] = ranges[dtype] ?? [0n, 0n];
  // The bound behind the last value is exact as a float, the last value itself may not be.
  const fits = `(x >= ${low}) & (x < ${high + 1n}) & (Math.trunc(x) === x)`;
  const write = isLong(dtype)
    ? "out[2 * (at + i)] = x; out[2 * (at + i) + 1] = Math.floor(x / 4294967296);"
    : "out[at + i] = x;";
  return `${write} misfits |= (${fits}) ^ 1;`;
}

/** The number as this dtype holds it; undefined when it cannot. */
export function fitted(
  value: number | bigint,
  dtype: NumericDtype,
  lossy: boolean,
): number | bigint | undefined {
  const number = Number(value);
  if (dtype === "|b1") {
    if (Number.isNaN(number) || (!lossy && number !== 0 && number !== 1)) return undefined;
    return number === 0 ? 0 : 1;
  }
  if (isFloat(dtype)) {
    const held = dtype === "<f4" ? Math.fround(number) : number;
    if (typeof value === "bigint" && !lossy && BigInt(held) !== value) return undefined;
    return Number.isFinite(number) && !Number.isFinite(held) ? undefined : held;
  }
  const whole = typeof value === "bigint" ? value : wholeOf(lossy ? Math.trunc(value) : value);
  const [low, high] = ranges[dtype] ?? [0n, 0n];
  if (whole === undefined || whole < low || whole > high) return undefined;
  return isLong(dtype) ? whole : Number(whole);
}

const wholeOf = (value: number): bigint | undefined =>
  Number.isInteger(value) ? BigInt(value) : undefined;
