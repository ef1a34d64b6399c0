/**
 * Arithmetic with whole numbers beyond 2^53, where float64 has gaps: each is taken as two float64,
 * high * 2^32 + low, and the result is the float64 nearest to the true one. It is used for the few
 * blocks that need it; a bigint is made only where nothing cheaper is exact.
 */
import type { NumericColumn } from "../../table/column.ts";
import { floatReader } from "../../table/floats.ts";
import { BLOCK_ROWS } from "../../table/kernels.ts";
import { power } from "./elementary.ts";

const TWO_32 = 4_294_967_296;
const TWO_53 = 2 ** 53;
/** The product of a half and a number up to this is exact. */
const SMALL = 2 ** 21;
const INT64_MIN = -(2 ** 63);
const UINT64_END = 2 ** 64;

/** Rows of whole numbers: high * 2^32 + low, where low has at most 33 bits, or high is 0. */
export interface WholeBlock {
  readonly high: Float64Array;
  readonly low: Float64Array;
}
/** Rows [start, end) as two halves; valid until the next read. */
export type WholeReader = (start: number, end: number) => WholeBlock;

/** Reads a column of whole numbers or booleans; undefined for one of floats. */
export function wholeReader(column: NumericColumn): WholeReader | undefined {
  const add = wholeAdder(column);
  if (add === undefined) return undefined;
  let block: WholeBlock | undefined;
  return (start, end) => {
    block ??= emptyBlock();
    const read = firstRows(block, end - start);
    read.high.fill(0);
    read.low.fill(0);
    add(start, end, read);
    return read;
  };
}

/**
 * Adds rows [start, end) of a column of whole numbers or booleans to the halves of a sum; undefined for a
 * column of floats. Halves of millions of columns add up exactly.
 */
export function wholeAdder(
  column: NumericColumn,
): ((start: number, end: number, sum: WholeBlock) => void) | undefined {
  const { values, dtype } = column;
  if (dtype === "<f8" || dtype === "<f4") return undefined;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    const add = values instanceof BigInt64Array ? addSigned : addUnsigned;
    return (start, end, sum) => add(halves, sum.high, sum.low, start, end);
  }
  const reader = floatReader(column);
  return (start, end, { low }) => addNarrow(reader.read(start, end), low);
}

function addSigned(
  halves: Int32Array,
  high: Float64Array,
  low: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    high[i - start] = (high[i - start] as number) + (halves[2 * i + 1] as number);
    low[i - start] = (low[i - start] as number) + ((halves[2 * i] as number) >>> 0);
  }
}

function addUnsigned(
  halves: Int32Array,
  high: Float64Array,
  low: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    high[i - start] = (high[i - start] as number) + ((halves[2 * i + 1] as number) >>> 0);
    low[i - start] = (low[i - start] as number) + ((halves[2 * i] as number) >>> 0);
  }
}

function addNarrow(block: Float64Array, low: Float64Array): void {
  for (let i = 0; i < block.length; i++) low[i] = (low[i] as number) + (block[i] as number);
}

/** The same whole number in every row; undefined when it is none of 64 bits. */
export function wholeConstant(value: number): WholeReader | undefined {
  if (!Number.isInteger(value) || value < INT64_MIN || value >= UINT64_END) return undefined;
  const half = Math.floor(value / TWO_32);
  let block: WholeBlock | undefined;
  return (start, end) => {
    if (block === undefined) {
      block = emptyBlock();
      block.high.fill(half);
      block.low.fill(value - half * TWO_32);
    }
    return firstRows(block, end - start);
  };
}

// Few columns ever need them, so that blocks are made when one is first read.
const emptyBlock = (): WholeBlock => ({
  high: new Float64Array(BLOCK_ROWS),
  low: new Float64Array(BLOCK_ROWS),
});
const firstRows = ({ high, low }: WholeBlock, rows: number): WholeBlock => ({
  high: high.subarray(0, rows),
  low: low.subarray(0, rows),
});

/** One operation on blocks of equal length. */
export type WholeOperation = (a: WholeBlock, b: WholeBlock, to: Float64Array) => void;

/** Both sums of halves are exact, so that only the last addition rounds. */
export const addWhole: WholeOperation = (a, b, to) => {
  for (let i = 0; i < to.length; i++) {
    const high = (a.high[i] as number) + (b.high[i] as number);
    to[i] = high * TWO_32 + ((a.low[i] as number) + (b.low[i] as number));
  }
};

export const subtractWhole: WholeOperation = (a, b, to) => {
  for (let i = 0; i < to.length; i++) {
    const high = (a.high[i] as number) - (b.high[i] as number);
    to[i] = high * TWO_32 + ((a.low[i] as number) - (b.low[i] as number));
  }
};

export const multiplyWhole: WholeOperation = (a, b, to) => {
  for (let i = 0; i < to.length; i++) {
    const [one, other] = [floatAt(a, i), floatAt(b, i)];
    let product: number;
    if (Math.abs(other) <= SMALL) product = timesSmall(a, i, other);
    else if (Math.abs(one) <= SMALL) product = timesSmall(b, i, one);
    else if (Math.abs(one) < TWO_53 && Math.abs(other) < TWO_53) product = one * other;
    else product = Number(bigintAt(a, i) * bigintAt(b, i));
    // Whole numbers have no -0.
    to[i] = product + 0;
  }
};

/** The float64 nearest to each number. */
export function joinHalves(block: WholeBlock, to: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = floatAt(block, i);
}

const floatAt = ({ high, low }: WholeBlock, i: number): number =>
  (high[i] as number) * TWO_32 + (low[i] as number);
const timesSmall = ({ high, low }: WholeBlock, i: number, factor: number): number =>
  (high[i] as number) * factor * TWO_32 + (low[i] as number) * factor;
const bigintAt = ({ high, low }: WholeBlock, i: number): bigint =>
  (BigInt(high[i] as number) << 32n) + BigInt(low[i] as number);

/** Powers of float64, but exact arithmetic where a number beyond 2^53 takes part. */
export const powerWhole: WholeOperation = (a, b, to) => {
  const [base, exponent] = [new Float64Array(to.length), new Float64Array(to.length)];
  joinHalves(a, base);
  joinHalves(b, exponent);
  power(base, exponent, to);
  for (let i = 0; i < to.length; i++) {
    if (Math.abs(base[i] as number) < TWO_53 && Math.abs(exponent[i] as number) < TWO_53) continue;
    to[i] = wholePower(bigintAt(a, i), bigintAt(b, i));
  }
};

function wholePower(base: bigint, exponent: bigint): number {
  if (exponent === 0n || base === 1n) return 1;
  if (base === -1n) return (exponent & 1n) === 0n ? 1 : -1;
  if (base === 0n) return exponent > 0n ? 0 : Infinity;
  const size = exponent < 0n ? -exponent : exponent;
  const sign = base < 0n && (exponent & 1n) === 1n ? -1 : 1;
  // Beyond the largest float64, and with an inverse below the smallest one.
  if (Number(size) * Math.log2(Math.abs(Number(base))) > 1100) {
    return exponent > 0n ? sign * Infinity : sign * 0;
  }
  const power = base ** size;
  return exponent > 0n ? Number(power) : inverseOf(power);
}

/** 1 / n, also where n is beyond the largest float64 and 1 / n is not yet 0. */
function inverseOf(n: bigint): number {
  const float = Number(n);
  if (Number.isFinite(float)) return 1 / float;
  return 1 / Number(n >> 128n) / 2 ** 128;
}
