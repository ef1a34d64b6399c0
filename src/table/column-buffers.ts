/**
 * Columns over the buffers that Arrow lays them out in, without a copy where the layouts agree. The
 * buffers come from outside: each is held against the rows that it must have room for.
 */
import { RtlError } from "../protocol/errors.ts";
import {
  bitAt,
  type Column,
  type Dtype,
  dtypeOf,
  isBytesDtype,
  isNumericDtype,
  type NumericArray,
  type NumericColumn,
  numericColumn,
  type TextColumn,
  textColumn,
  textColumnOfBytes,
} from "./column.ts";

type Bits = Uint8Array | undefined;

/** The null bitmap, where there are nulls. */
export function validityOf(name: string, rows: number, nulls: number, bits: Bits): Bits {
  if (nulls === 0) return undefined;
  if (bits === undefined || bits.length * 8 < rows) damaged(name, "has no null bitmap");
  return bits;
}

export function numbersOf(
  name: string,
  rows: number,
  values: NumericArray,
  validity: Bits,
): NumericColumn {
  if (values.length < rows) damaged(name, `has ${values.length} of ${rows} values`);
  const own = values.length === rows ? values : values.subarray(0, rows);
  return numericColumn(name, own, { dtype: dtypeOf(own), validity });
}

/** Booleans: a bit each in Arrow, a byte each here. */
export function booleansOf(
  name: string,
  rows: number,
  bits: Uint8Array,
  validity: Bits,
): NumericColumn {
  if (bits.length * 8 < rows) damaged(name, `has ${bits.length} bytes of booleans`);
  const values = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) values[i] = bitAt(bits, i) ? 1 : 0;
  return numericColumn(name, values, { dtype: "|b1", validity });
}

/** Text by its offsets, of which there must be one more than rows, and none may fall. */
export function textOf(
  name: string,
  rows: number,
  offsets: Int32Array,
  bytes: Uint8Array,
  validity: Bits,
): TextColumn {
  if (rows === 0) return textColumn(name, []);
  if (offsets.length <= rows) damaged(name, `has ${offsets.length} text offsets`);
  let last = 0;
  for (let i = 0; i <= rows; i++) {
    const offset = offsets[i] ?? -1;
    if (offset < last) damaged(name, "has text offsets that fall");
    last = offset;
  }
  if (last > bytes.length) damaged(name, `has ${bytes.length} of ${last} bytes of text`);
  return textColumnOfBytes(name, offsets.subarray(0, rows + 1), bytes, { validity });
}

/** Raw bytes as `|S` of the widest row. */
export function asBytes(column: TextColumn): TextColumn {
  let width = 0;
  for (let i = 0; i < column.length; i++) {
    width = Math.max(width, (column.offsets[i + 1] ?? 0) - (column.offsets[i] ?? 0));
  }
  return { ...column, dtype: `|S${width}` };
}

/** The column with the dtype that was noted at encoding, where it fits what it really holds. */
export function withDtype(column: Column, dtype: Dtype | undefined): Column {
  if (dtype === undefined || column.kind !== "text" || isNumericDtype(dtype)) return column;
  if (isBytesDtype(column.dtype) !== isBytesDtype(dtype)) return column;
  return { ...column, dtype };
}

export function damaged(name: string, what: string): never {
  throw new RtlError("RTL_TABLE_INVALID", `column "${name}" ${what}`, {
    fix: "the Arrow data is damaged or cut short: write or send it again",
  });
}
