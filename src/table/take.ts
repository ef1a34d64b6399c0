/**
 * Rows of a table by their numbers: what filtering, sorting and joining end in. Rows that come close
 * to their order are read one after the other; a whole table in another order is read in order
 * instead and written to its new places, which is several times faster.
 */
import {
  type Column,
  checkedOffset,
  type NumericArray,
  type NumericColumn,
  numericColumn,
  type TextColumn,
} from "./column.ts";
import { forBlocks, kernel, loopText } from "./kernels.ts";
import { columnMemory, returnMemory } from "./memory.ts";
import { makeTable, type Table } from "./table.ts";

/** Stands for no row at all: what is taken there is a row without a value. */
export const NO_ROW = 0xffff_ffff;

/** The rows with these numbers, in their order; a number may come more than once. */
export function takeRows(table: Table, rows: Uint32Array): Table {
  return makeTable(
    table.columns.map((column) => takeColumn(column, rows)),
    rows.length,
  );
}

/**
 * Rows in another order, in which no row comes twice; the table itself where there is no order. It
 * is for orders of most of the rows: few ones are taken faster.
 */
export function reorderRows(table: Table, order: Uint32Array | undefined): Table {
  if (order === undefined) return table;
  const places = columnMemory("<u4", table.rows);
  // Rows that are left out all go to one place behind the others.
  if (order.length < table.rows) places.fill(order.length);
  forBlocks(order.length, (start, end) => invert(order, places, start, end));
  const moved = makeTable(
    table.columns.map((column) =>
      column.kind === "text" ? takeColumn(column, order) : moveNumbers(column, order, places),
    ),
    order.length,
  );
  returnMemory(places);
  return moved;
}

const invert = kernel<
  (order: Uint32Array, places: Uint32Array, start: number, end: number) => void
>(
  "invert",
  ["order", "places", "start", "end"],
  loopText((i) => `places[order[${i}]] = ${i};`),
);

type MoveKernel = (
  from: NumericArray,
  numbers: Uint32Array,
  to: NumericArray,
  start: number,
  end: number,
) => void;

function moveNumbers(column: NumericColumn, order: Uint32Array, places: Uint32Array): Column {
  const { name, dtype, values, length } = column;
  const moved = columnMemory(dtype, Math.min(length, order.length + 1));
  const move = kernel<MoveKernel>(
    `move ${dtype}`,
    ["from", "places", "to", "start", "end"],
    loopText((i) => `to[places[${i}]] = from[${i}];`),
  );
  forBlocks(length, (start, end) => move(values, places, moved, start, end));
  const rest = moved.subarray(0, order.length);
  return numericColumn(name, rest, { dtype, validity: takeBits(column.validity, order) });
}

export function takeColumn(column: Column, rows: Uint32Array): Column {
  const validity = takeBits(column.validity, rows);
  if (column.kind === "text") return takeText(column, rows, validity);
  const { name, dtype, values: from } = column;
  const values = columnMemory(dtype, rows.length);
  // Four reads on their way at once: where they miss the cache, none waits for another.
  const take = kernel<MoveKernel>(
    `take ${dtype}`,
    ["from", "rows", "to", "start", "end"],
    `let i = start;
    for (; i + 3 < end; i += 4) {
      const a = from[rows[i]], b = from[rows[i + 1]], c = from[rows[i + 2]], d = from[rows[i + 3]];
      to[i] = a;
      to[i + 1] = b;
      to[i + 2] = c;
      to[i + 3] = d;
    }
    for (; i < end; i++) to[i] = from[rows[i]];`,
  );
  forBlocks(rows.length, (start, end) => take(from, rows, values, start, end));
  return numericColumn(name, values, { dtype, validity });
}

/** The rows with these numbers, and a row without a value for each NO_ROW. */
export function takeOrNull(column: Column, rows: Uint32Array): Column {
  const present = columnMemory("|u1", (rows.length + 7) >> 3).fill(0);
  const safe = columnMemory("<u4", rows.length);
  let missing = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const found = row === NO_ROW ? 0 : 1;
    missing += 1 - found;
    safe[i] = found * row;
    present[i >> 3] = (present[i >> 3] as number) | (found << (i & 7));
  }
  if (missing === 0) return takeColumn(column, rows);
  const taken = takeColumn(column.length === 0 ? withOneRow(column) : column, safe);
  returnMemory(safe);
  const validity = taken.validity === undefined ? present : both(taken.validity, present);
  return { ...taken, validity };
}

function both(a: Uint8Array, b: Uint8Array): Uint8Array {
  return b.map((byte, i) => byte & (a[i] ?? 0));
}

/** A row to point at, where a column has none. */
function withOneRow(column: Column): Column {
  if (column.kind === "text") {
    return { ...column, length: 1, offsets: new Int32Array(2), validity: undefined };
  }
  const { name, dtype } = column;
  return numericColumn(name, columnMemory(dtype, 1), { dtype });
}

function takeText(
  column: TextColumn,
  rows: Uint32Array,
  validity: Uint8Array | undefined,
): TextColumn {
  const { offsets: from, bytes: source } = column;
  const offsets = columnMemory("<i4", rows.length + 1);
  let total = 0;
  offsets[0] = 0;
  forBlocks(rows.length, (start, end) => {
    total = takeLengths(from, rows, offsets, total, start, end);
    checkedOffset(column.name, total);
  });
  const bytes = columnMemory("|u1", total);
  forBlocks(rows.length, (start, end) => {
    takeBytes(from, source, rows, offsets, bytes, start, end);
  });
  return { ...column, length: rows.length, offsets, bytes, validity };
}

function takeLengths(
  from: Int32Array,
  rows: Uint32Array,
  offsets: Int32Array,
  before: number,
  start: number,
  end: number,
): number {
  let total = before;
  for (let i = start; i < end; i++) {
    const row = rows[i] as number;
    total += (from[row + 1] as number) - (from[row] as number);
    offsets[i + 1] = total;
  }
  return total;
}

function takeBytes(
  from: Int32Array,
  source: Uint8Array,
  rows: Uint32Array,
  offsets: Int32Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const row = rows[i] as number;
    const last = from[row + 1] as number;
    let at = offsets[i] as number;
    // Texts are short: a loop over bytes is faster than a call for each.
    for (let b = from[row] as number; b < last; b++) bytes[at++] = source[b] as number;
  }
}

function takeBits(bits: Uint8Array | undefined, rows: Uint32Array): Uint8Array | undefined {
  if (bits === undefined) return undefined;
  const taken = columnMemory("|u1", (rows.length + 7) >> 3);
  for (let byte = 0; byte < taken.length; byte++) {
    const last = Math.min(8, rows.length - 8 * byte);
    let eight = 0;
    for (let bit = 0; bit < last; bit++) {
      const row = rows[8 * byte + bit] as number;
      eight |= (((bits[row >> 3] as number) >> (row & 7)) & 1) << bit;
    }
    taken[byte] = eight;
  }
  return taken;
}
