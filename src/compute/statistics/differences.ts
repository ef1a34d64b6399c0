/**
 * Differences between rows of a column, as float64, also where the earlier row lies in an earlier
 * piece of it. int64 and uint64 are subtracted as whole numbers and rounded once.
 */
import {
  allValid,
  clearBit,
  isNull,
  type NumericArray,
  type NumericColumn,
  numericColumn,
  sliceColumn,
} from "../../table/column.ts";
import { floatReader, toFloat64 } from "../../table/floats.ts";
import { BLOCK_ROWS } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import { concatenate, makeTable } from "../../table/table.ts";

/** The last rows of a piece, as far back as a difference may reach. Plain data: a state. */
export interface Tail {
  /** Rows of the whole piece. */
  readonly rows: number;
  readonly values: Float64Array | BigInt64Array | BigUint64Array;
  /** A bitmap as of a column. */
  readonly validity?: Uint8Array;
}

export function tailOf(column: NumericColumn, rowsMax: number): Tail {
  const { length } = column;
  const end = sliceColumn(column, Math.max(0, length - rowsMax), length) as NumericColumn;
  const { values, validity } = end;
  // Copies: a view would take the memory of the whole column along.
  return {
    rows: length,
    values: isWhole(values) ? values.slice() : toFloat64(end).slice(),
    ...(validity !== undefined && { validity: validity.slice() }),
  };
}

const isWhole = (values: NumericArray): values is BigInt64Array | BigUint64Array =>
  values instanceof BigInt64Array || values instanceof BigUint64Array;

/** Up to `lag` rows that come right before row `firstRow`, out of the tails of all pieces, in order. */
export function rowsBefore(tails: readonly Tail[], firstRow: number, lag: number): NumericColumn {
  const kept: Tail[] = [];
  let begin = 0;
  let rows = 0;
  for (const tail of tails) {
    if (begin >= firstRow) break;
    begin += tail.rows;
    kept.push(tail);
  }
  let needed = kept.length;
  while (needed > 0 && rows < lag) rows += kept[--needed]?.values.length ?? 0;
  const pieces = kept.slice(needed).map(({ values, validity }) => {
    return makeTable([numericColumn("before", values, { validity })]);
  });
  if (pieces.length === 0) return numericColumn("before", new Float64Array(0));
  const joined = concatenate(pieces).column("before");
  return sliceColumn(joined, Math.max(0, joined.length - lag), joined.length) as NumericColumn;
}

/**
 * Each row minus the row `lag` before it; no value where either has none, or nothing is that far
 * before. `before` are the rows before the column, at most `lag` of them.
 */
export function differences(
  name: string,
  column: NumericColumn,
  before: NumericColumn,
  lag: number,
): NumericColumn {
  const { length } = column;
  const out = columnMemory("<f8", length);
  const validity = allValid(length);
  const alone = Math.min(length, lag - before.length);
  const head = Math.min(length, lag);
  out.fill(0, 0, alone);
  for (let row = 0; row < alone; row++) clearBit(validity, row);
  subtract(column, alone, before, 0, head - alone, out, validity);
  subtract(column, head, column, 0, length - head, out, validity);
  const complete = alone === 0 && column.validity === undefined && before.validity === undefined;
  return numericColumn(name, out, { validity: complete ? undefined : validity });
}

/** `count` rows of `a` from `at` on minus as many of `b` from `from` on, into the places of `a`. */
function subtract(
  a: NumericColumn,
  at: number,
  b: NumericColumn,
  from: number,
  count: number,
  out: Float64Array,
  validity: Uint8Array,
): void {
  if (isWhole(a.values) && isWhole(b.values)) {
    const subtractHalves = a.dtype === "<i8" ? subtractSigned : subtractUnsigned;
    const [left, right] = [halvesOf(a.values), halvesOf(b.values)];
    for (let i = 0; i < count; i += BLOCK_ROWS) {
      const end = Math.min(count, i + BLOCK_ROWS);
      subtractHalves(left, right, out, at + i, at + end, from - at);
    }
  } else {
    const [left, right] = [floatReader(a), floatReader(b)];
    for (let i = 0; i < count; i += BLOCK_ROWS) {
      const end = Math.min(count, i + BLOCK_ROWS);
      const block = left.read(at + i, at + end);
      subtractFloats(block, right.read(from + i, from + end), out, at + i);
    }
  }
  if (a.validity === undefined && b.validity === undefined) return;
  for (let i = 0; i < count; i++) {
    if (isNull(a, at + i) || isNull(b, from + i)) clearBit(validity, at + i);
  }
}

const halvesOf = ({ buffer, byteOffset, length }: BigInt64Array | BigUint64Array): Int32Array =>
  new Int32Array(buffer, byteOffset, length * 2);

function subtractFloats(a: Float64Array, b: Float64Array, out: Float64Array, at: number): void {
  for (let i = 0; i < a.length; i++) out[at + i] = (a[i] as number) - (b[i] as number);
}

// The halves of a difference are exact in a float, so that adding them rounds once.
function subtractSigned(
  a: Int32Array,
  b: Int32Array,
  out: Float64Array,
  start: number,
  end: number,
  shift: number,
): void {
  for (let i = start; i < end; i++) {
    const j = i + shift;
    const high = (a[2 * i + 1] as number) - (b[2 * j + 1] as number);
    out[i] = high * 4_294_967_296 + (((a[2 * i] as number) >>> 0) - ((b[2 * j] as number) >>> 0));
  }
}

function subtractUnsigned(
  a: Int32Array,
  b: Int32Array,
  out: Float64Array,
  start: number,
  end: number,
  shift: number,
): void {
  for (let i = start; i < end; i++) {
    const j = i + shift;
    const high = ((a[2 * i + 1] as number) >>> 0) - ((b[2 * j + 1] as number) >>> 0);
    out[i] = high * 4_294_967_296 + (((a[2 * i] as number) >>> 0) - ((b[2 * j] as number) >>> 0));
  }
}
