/** Columns below one another: the parts of one column as one, in memory of its own. */
import { type Column, checkedOffset, numericColumn, type TextColumn } from "./column.ts";
import { forBlocks } from "./kernels.ts";
import { columnMemory } from "./memory.ts";

/** Columns of one name and dtype as one of so many rows. RTL_TABLE_INVALID for text above 2 GiB. */
export function joinColumns(first: Column, others: readonly Column[], rows: number): Column {
  const parts = [first, ...others];
  const validity = joinValidity(parts, rows);
  if (first.kind === "text") {
    const texts = parts.filter((part) => part.kind === "text");
    return joinTexts(first, texts, rows, validity);
  }
  const values = columnMemory(first.dtype, rows);
  let at = 0;
  for (const part of parts) {
    // All parts have one dtype, so that their arrays are of one class.
    if (part.kind === "numeric") (values as Float64Array).set(part.values as Float64Array, at);
    at += part.length;
  }
  return numericColumn(first.name, values, { dtype: first.dtype, validity });
}

function joinTexts(
  first: TextColumn,
  parts: readonly TextColumn[],
  rows: number,
  validity: Uint8Array | undefined,
): TextColumn {
  const extent = (part: TextColumn): [number, number] => [
    part.offsets[0] ?? 0,
    part.offsets[part.length] ?? 0,
  ];
  const total = parts.reduce((sum, part) => sum + extent(part)[1] - extent(part)[0], 0);
  const bytes = columnMemory("|u1", checkedOffset(first.name, total));
  const offsets = columnMemory("<i4", rows + 1);
  let row = 0;
  let at = 0;
  for (const part of parts) {
    const [start, end] = extent(part);
    bytes.set(part.bytes.subarray(start, end), at);
    const own = offsets.subarray(row, row + part.length);
    forBlocks(part.length, (from, to) => shift(part.offsets, own, at - start, from, to));
    row += part.length;
    at += end - start;
  }
  offsets[rows] = at;
  return { ...first, length: rows, offsets, bytes, validity };
}

function shift(from: Int32Array, to: Int32Array, by: number, start: number, end: number): void {
  for (let i = start; i < end; i++) to[i] = (from[i] as number) + by;
}

function joinValidity(parts: readonly Column[], rows: number): Uint8Array | undefined {
  if (parts.every(({ validity }) => validity === undefined)) return undefined;
  const joined = columnMemory("|u1", (rows + 7) >> 3).fill(0xff);
  let at = 0;
  for (const { validity, length } of parts) {
    if (validity !== undefined) putBits(joined, at, validity, length);
    at += length;
  }
  return joined;
}

/** Writes `count` bits from bit `at` on, where all are 1 so far; what comes after them stays 1. */
function putBits(to: Uint8Array, at: number, bits: Uint8Array, count: number): void {
  const first = at >> 3;
  const by = at & 7;
  const size = (count + 7) >> 3;
  for (let i = 0; i < size; i++) {
    // Bits of the last byte beyond the count mean nothing.
    const beyond = i === size - 1 && (count & 7) > 0 ? 0xff << (count & 7) : 0;
    const byte = ((bits[i] as number) | beyond) & 0xff;
    if (byte === 0xff) continue;
    to[first + i] = (to[first + i] as number) & ((byte << by) | ((1 << by) - 1));
    if (by > 0 && first + i + 1 < to.length) {
      to[first + i + 1] = (to[first + i + 1] as number) & ((byte >> (8 - by)) | (0xff << by));
    }
  }
}
