/**
 * Rows that are there for the first time, by the values of some columns. Rows are compared by value:
 * NaN equals NaN, 0 equals -0, and a row without a value equals another one without.
 */
import { type Column, isNull, type NumericArray, type TextColumn } from "../../table/column.ts";
import { forBlocks, kernel } from "../../table/kernels.ts";
import { equalBytes } from "../expression/text-bytes.ts";

/** The numbers of the rows, rising, whose values in these columns no row before has. */
export function firstRows(columns: readonly Column[], rows: number): Uint32Array {
  const hashes = new Uint32Array(rows);
  for (const column of columns) addHashes(column, hashes);
  const equals = columns.map(comparison);
  const found = new Uint32Array(rows);
  let count = 0;
  // Open addressing: row numbers plus 1 by hash, at most half full.
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * rows))) - 1;
  const slots = new Uint32Array(mask + 1);
  for (let row = 0; row < rows; row++) {
    const hash = hashes[row] as number;
    let slot = hash & mask;
    let held = slots[slot] as number;
    while (held !== 0 && !(hashes[held - 1] === hash && areEqual(equals, held - 1, row))) {
      slot = (slot + 1) & mask;
      held = slots[slot] as number;
    }
    if (held !== 0) continue;
    slots[slot] = row + 1;
    found[count++] = row;
  }
  return found.subarray(0, count);
}

type Equal = (a: number, b: number) => boolean;

function areEqual(equals: readonly Equal[], a: number, b: number): boolean {
  for (const equal of equals) if (!equal(a, b)) return false;
  return true;
}

function comparison(column: Column): Equal {
  const equal = column.kind === "text" ? equalTexts(column) : equalNumbers(column.values);
  if (column.validity === undefined) return equal;
  return (a, b) => {
    const [aMissing, bMissing] = [isNull(column, a), isNull(column, b)];
    return aMissing || bMissing ? aMissing && bMissing : equal(a, b);
  };
}

function equalNumbers(values: NumericArray): Equal {
  return (a, b) => {
    const [left, right] = [values[a], values[b]];
    return left === right || (Number.isNaN(left) && Number.isNaN(right));
  };
}

const equalTexts =
  ({ bytes, offsets }: TextColumn): Equal =>
  (a, b) =>
    equalBytes(
      bytes,
      offsets[a] ?? 0,
      offsets[a + 1] ?? 0,
      bytes,
      offsets[b] ?? 0,
      offsets[b + 1] ?? 0,
    );

const MIX = 0x9e3779b1;
/** Added in place of a value that is missing. */
const MISSING = 0x7f4a7c15;

/** Adds the column's values to the hash of each row. */
function addHashes(column: Column, hashes: Uint32Array): void {
  const before = column.validity === undefined ? hashes : hashes.slice();
  if (column.kind === "text") addTextHashes(column, hashes);
  else addNumberHashes(column.dtype, column.values, hashes);
  if (before === hashes) return;
  // What lies in a row without a value must not tell it from another such row.
  for (let row = 0; row < column.length; row++) {
    if (isNull(column, row)) hashes[row] = Math.imul((before[row] as number) ^ MISSING, MIX);
  }
}

function addNumberHashes(dtype: string, values: NumericArray, hashes: Uint32Array): void {
  const isFloat = dtype.startsWith("<f");
  const isLong = values instanceof BigInt64Array || values instanceof BigUint64Array;
  const halves = isLong
    ? new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
    : new Int32Array(2);
  const float = new Float64Array(1);
  const parts = isLong
    ? "const low = halves[2 * i], high = halves[2 * i + 1];"
    : isFloat
      ? `const x = values[i];
        float[0] = x === 0 ? 0 : x === x ? x : NaN;
        const low = bits[0], high = bits[1];`
      : "const low = values[i], high = 0;";
  type Add = (
    values: NumericArray,
    halves: Int32Array,
    float: Float64Array,
    bits: Int32Array,
    hashes: Uint32Array,
    start: number,
    end: number,
  ) => void;
  const add = kernel<Add>(
    `hash ${dtype}`,
    ["values", "halves", "float", "bits", "hashes", "start", "end"],
    `for (let i = start; i < end; i++) {
      ${parts}
      let h = Math.imul(hashes[i] ^ low, ${MIX});
      h = Math.imul(h ^ (h >>> 15) ^ high, ${MIX});
      hashes[i] = h ^ (h >>> 13);
    }`,
  );
  const bits = new Int32Array(float.buffer);
  forBlocks(values.length, (start, end) => add(values, halves, float, bits, hashes, start, end));
}

function addTextHashes({ bytes, offsets, length }: TextColumn, hashes: Uint32Array): void {
  for (let row = 0; row < length; row++) {
    let hash = hashes[row] as number;
    const end = offsets[row + 1] as number;
    for (let at = offsets[row] as number; at < end; at++) {
      hash = Math.imul(hash ^ (bytes[at] as number), MIX);
      hash ^= hash >>> 15;
    }
    // The length tells "ab", "c" from "a", "bc".
    hash = Math.imul(hash ^ (end - (offsets[row] as number)), MIX);
    hashes[row] = hash ^ (hash >>> 13);
  }
}
