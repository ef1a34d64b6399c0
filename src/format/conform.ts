/**
 * Columns of several files made one kind: what dtype holds the values of both, and a column as another
 * dtype. Nothing is lost on the way; what would lose something is refused.
 */
import {
  allValid,
  arrayOfDtype,
  type Column,
  type Dtype,
  isBytesDtype,
  isNumericDtype,
  type NumericArray,
  type NumericColumn,
  type NumericDtype,
  numericColumn,
  type TextDtype,
  textColumnOfBytes,
  widthOf,
} from "../table/column.ts";
import { toFloat64 } from "../table/floats.ts";
import { makeTable, type Table } from "../table/table.ts";
import { numberField } from "./text/number-fields.ts";
import { TextSink } from "./text/number-text.ts";

/** The dtype that holds every value of both: text where nothing else does. */
export function commonDtype(a: Dtype, b: Dtype): Dtype {
  if (a === b) return a;
  if (!isNumericDtype(a) || !isNumericDtype(b)) {
    return isNumericDtype(a) || isNumericDtype(b) ? "O" : commonText(a, b);
  }
  if (a === "|b1" || b === "|b1") return "O";
  if (isFloat(a) || isFloat(b)) return "<f8";
  const [wide, narrow] = widthOfNumber(a) >= widthOfNumber(b) ? [a, b] : [b, a];
  const sameSign = isUnsigned(a) === isUnsigned(b);
  if (sameSign) return wide;
  if (!isUnsigned(wide) && widthOfNumber(wide) > widthOfNumber(narrow)) return wide;
  // A signed dtype of twice the width holds an unsigned one.
  const width = Math.max(widthOfNumber(wide), 2 * widthOfNumber(isUnsigned(wide) ? wide : narrow));
  return width > 8 ? "O" : (`<i${width}` as NumericDtype);
}

function commonText(a: TextDtype, b: TextDtype): TextDtype {
  if (isBytesDtype(a) !== isBytesDtype(b)) return "O";
  return widthOf(a) >= widthOf(b) ? a : b;
}

const isFloat = (dtype: NumericDtype): boolean => dtype.startsWith("<f");
const isUnsigned = (dtype: NumericDtype): boolean => dtype.charAt(1) === "u";
const widthOfNumber = (dtype: NumericDtype): number => Number(dtype.slice(2));

/** The column as a dtype that holds all its values, which commonDtype says; undefined otherwise. */
export function asDtype(column: Column, dtype: Dtype): Column | undefined {
  if (column.dtype === dtype) return column;
  if (commonDtype(column.dtype, dtype) !== dtype) return undefined;
  if (column.kind === "numeric") {
    return isNumericDtype(dtype) ? widened(column, dtype) : asText(column);
  }
  if (isNumericDtype(dtype)) return undefined;
  const { name, offsets, bytes, validity } = column;
  if (!isBytesDtype(column.dtype) || isBytesDtype(dtype)) {
    return textColumnOfBytes(name, offsets, bytes, { dtype, validity });
  }
  return latinAsUtf8(column.name, offsets, bytes, validity);
}

function widened(column: NumericColumn, dtype: NumericDtype): Column {
  const { name, validity } = column;
  if (dtype === "<f8") return numericColumn(name, toFloat64(column), { validity });
  const from = column.values as Exclude<NumericArray, BigInt64Array | BigUint64Array>;
  const to = new arrayOfDtype[dtype](column.length);
  const long = to instanceof BigInt64Array || to instanceof BigUint64Array;
  for (let i = 0; i < from.length; i++) {
    const value = from[i] as number;
    to[i] = long ? BigInt(value) : value;
  }
  return numericColumn(name, to, { dtype, validity });
}

const words = { nan: "nan", positive: "inf", negative: "-inf" };

function asText(column: NumericColumn): Column {
  const sink = new TextSink();
  const field = numberField(column, { words });
  const offsets = new Int32Array(column.length + 1);
  for (let row = 0; row < column.length; row++) {
    field.write(sink, row);
    offsets[row + 1] = sink.written;
  }
  const bytes = new Uint8Array(Buffer.concat(sink.finish()));
  return textColumnOfBytes(column.name, offsets, bytes, { validity: column.validity });
}

/** Byte strings as text: one character for each byte. */
function latinAsUtf8(
  name: string,
  offsets: Int32Array,
  bytes: Uint8Array,
  validity: Uint8Array | undefined,
): Column {
  const rows = offsets.length - 1;
  const first = offsets[0] ?? 0;
  const out = new Uint8Array(2 * ((offsets[rows] ?? 0) - first));
  const moved = new Int32Array(rows + 1);
  let used = 0;
  for (let row = 0; row < rows; row++) {
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      const byte = bytes[at] as number;
      if (byte >= 128) out[used++] = 0xc0 | (byte >> 6);
      out[used++] = byte >= 128 ? 0x80 | (byte & 0x3f) : byte;
    }
    moved[row + 1] = used;
  }
  return textColumnOfBytes(name, moved, out.subarray(0, used), { validity });
}

/** A column whose rows have no value. */
export function columnOfNulls(name: string, dtype: Dtype, rows: number): Column {
  const validity = rows === 0 ? undefined : allValid(rows).fill(0);
  return isNumericDtype(dtype)
    ? numericColumn(name, new arrayOfDtype[dtype](rows), { dtype, validity })
    : textColumnOfBytes(name, new Int32Array(rows + 1), new Uint8Array(0), { dtype, validity });
}

export interface ColumnLayout {
  readonly name: string;
  readonly dtype: Dtype;
}

/** The table with these columns, in this order; undefined values where it lacks one. */
export function conformed(
  table: Table,
  layout: readonly ColumnLayout[],
  refuse: (column: Column, dtype: Dtype) => never,
): Table {
  const columns = layout.map(({ name, dtype }) => {
    if (!table.has(name)) return columnOfNulls(name, dtype, table.rows);
    const column = table.column(name);
    return asDtype(column, dtype) ?? refuse(column, dtype);
  });
  return makeTable(columns, table.rows);
}
