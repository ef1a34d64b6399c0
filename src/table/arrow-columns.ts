/**
 * Columns here and in apache-arrow, both ways. Types without a counterpart are refused by name;
 * dates, times and durations become the whole numbers that Arrow holds them in.
 */
import {
  Binary,
  Bool,
  type Data,
  DataType,
  type Dictionary,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  type RecordBatch,
  type Schema,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
  Vector,
} from "apache-arrow";
import { RtlError } from "../protocol/errors.ts";
import {
  bitAt,
  bothValid,
  type Column,
  checkedOffset,
  countNulls,
  type Dtype,
  dtypeOf,
  isBytesDtype,
  isDtype,
  isNumericDtype,
  type NumericArray,
  type NumericColumn,
  type NumericDtype,
  numericColumn,
  renamed,
  setBit,
  type TextColumn,
  type TextDtype,
  textColumn,
  textColumnOfBytes,
} from "./column.ts";
import { concatenate, makeTable } from "./table.ts";
import { takeColumn } from "./take.ts";

/** Where a field's metadata keeps numpy's dtype text, which says more than Arrow's type. */
export const DTYPE_KEY = "rtl.dtype";

/** Rows of Arrow's null type need no bytes; more of them than this are meant to hurt. */
const NULL_ROWS_MAX = 1_000_000;

const arrowTypes: { readonly [D in NumericDtype]: () => DataType } = {
  "<f8": () => new Float64(),
  "<f4": () => new Float32(),
  "<i8": () => new Int64(),
  "<i4": () => new Int32(),
  "<i2": () => new Int16(),
  "|i1": () => new Int8(),
  "<u8": () => new Uint64(),
  "<u4": () => new Uint32(),
  "<u2": () => new Uint16(),
  "|u1": () => new Uint8(),
  "|b1": () => new Bool(),
};

export function arrowTypeOf(dtype: Dtype): DataType {
  if (isNumericDtype(dtype)) return arrowTypes[dtype]();
  return isBytesDtype(dtype) ? new Binary() : new Utf8();
}

/** A column as Arrow data over the same memory; only booleans are packed into bits. */
export function arrowDataOf(column: Column): Data {
  const { length } = column;
  const nullCount = countNulls(column.validity, length);
  const nullBitmap = nullCount === 0 ? null : (column.validity ?? null);
  const base = { length, nullCount, nullBitmap };
  if (column.kind === "text") {
    const { offsets: valueOffsets, bytes: data } = column;
    return isBytesDtype(column.dtype)
      ? makeData({ ...base, type: new Binary(), valueOffsets, data })
      : makeData({ ...base, type: new Utf8(), valueOffsets, data });
  }
  const data = column.dtype === "|b1" ? packBooleans(column) : column.values;
  // The overloads want one type at a time; at run time `type` decides alone.
  const type = arrowTypeOf(column.dtype) as Int32;
  return makeData({ ...base, type, data: data as Int32Array });
}

function packBooleans({ values, length }: NumericColumn): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) if (values[i] !== 0) setBit(bits, i);
  return bits;
}

/** The columns of record batches of one schema, one below the other. */
export function columnsOfBatches(
  schema: Schema,
  batches: readonly RecordBatch[],
  rows: number,
): Column[] {
  return schema.fields.map((field, position) => {
    const parts = batches.map((batch) => batch.data.children[position]);
    const noted = field.metadata.get(DTYPE_KEY);
    const dtype = noted !== undefined && isDtype(noted) ? noted : undefined;
    const columns = parts
      .filter((part) => part !== undefined)
      .map((part) => columnOfData(field.name, part));
    if (columns.length === 0) columns.push(emptyColumn(field.name, field.type));
    const column = joinParts(columns);
    if (column.length !== rows) damaged(field.name, `has ${column.length} rows, not ${rows}`);
    return dtype === undefined ? column : withDtype(column, dtype);
  });
}

const emptyColumn = (name: string, type: DataType): Column => {
  const [data] = new Vector([makeData({ type, length: 0 } as { type: Int32; length: 0 })]).data;
  if (data === undefined) return damaged(name, "has no data");
  return columnOfData(name, data);
};

/** Joins parts of one column; parts of raw bytes take the width of the widest. */
function joinParts(parts: readonly Column[]): Column {
  const texts = parts.filter((part) => part.kind === "text");
  const widest = texts.reduce<TextDtype | undefined>(
    (wide, { dtype }) =>
      wide === undefined || Number(dtype.slice(2)) > Number(wide.slice(2)) ? dtype : wide,
    undefined,
  );
  const alike = parts.map((part) =>
    part.kind === "text" && widest !== undefined ? { ...part, dtype: widest } : part,
  );
  const [joined] = concatenate(alike.map((part) => makeTable([part]))).columns;
  return joined ?? damaged("?", "has no data");
}

/** The dtype that was noted at encoding, where it fits what the column really holds. */
function withDtype(column: Column, dtype: Dtype): Column {
  if (column.kind !== "text" || isNumericDtype(dtype)) return column;
  if (isBytesDtype(column.dtype) !== isBytesDtype(dtype)) return column;
  return { ...column, dtype };
}

function columnOfData(name: string, data: Data): Column {
  const { type } = data;
  const validity = validityOf(name, data);
  if (DataType.isBool(type)) return unpackBooleans(name, data, validity);
  if (DataType.isFloat(type) && type.precision === 0) return halfFloats(name, data, validity);
  if (
    DataType.isInt(type) ||
    DataType.isFloat(type) ||
    DataType.isDate(type) ||
    DataType.isTime(type) ||
    DataType.isTimestamp(type) ||
    DataType.isDuration(type)
  ) {
    return plainNumbers(name, data, validity);
  }
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return plainText(name, data, validity);
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) {
    return asBytes(plainText(name, data, validity));
  }
  if (DataType.isDictionary(type)) return fromDictionary(name, data as Data<Dictionary>, validity);
  if (DataType.isUtf8View(type)) return viewedText(name, data);
  if (DataType.isNull(type)) {
    if (data.length > NULL_ROWS_MAX) damaged(name, `has ${data.length} rows without any data`);
    return textColumn(name, new Array<null>(data.length).fill(null));
  }
  if (DataType.isFixedSizeBinary(type)) return fixedBytes(name, data, type.byteWidth, validity);
  throw new RtlError("RTL_TABLE_INVALID", `column "${name}" has the Arrow type ${type}`, {
    fix: "write it as numbers, booleans or text",
  });
}

function validityOf(name: string, data: Data): Uint8Array | undefined {
  if (DataType.isNull(data.type) || data.nullCount === 0) return undefined;
  const bits: Uint8Array | undefined = data.nullBitmap;
  if (bits === undefined || bits.length * 8 < data.length) damaged(name, "has no null bitmap");
  return bits;
}

function plainNumbers(name: string, data: Data, validity: Uint8Array | undefined): NumericColumn {
  const values = data.values as NumericArray;
  if (values.length < data.length) damaged(name, `has ${values.length} of ${data.length} values`);
  const own = values.subarray(0, data.length);
  return numericColumn(name, own, { dtype: dtypeOf(own), validity });
}

function unpackBooleans(name: string, data: Data, validity: Uint8Array | undefined): NumericColumn {
  const bits = data.values as Uint8Array;
  if (bits.length * 8 < data.length) damaged(name, `has ${bits.length} bytes of booleans`);
  const values = new Uint8Array(data.length);
  for (let i = 0; i < values.length; i++) values[i] = bitAt(bits, i) ? 1 : 0;
  return numericColumn(name, values, { dtype: "|b1", validity });
}

/** Text by 16-byte views, which short texts are inside of. */
function viewedText(name: string, data: Data): TextColumn {
  const views = data.values as Uint8Array;
  if (views.byteLength < 16 * data.length) damaged(name, `has ${views.byteLength} bytes of views`);
  return textColumn(name, [...new Vector<Utf8>([data as Data<Utf8>])]);
}

function halfFloats(name: string, data: Data, validity: Uint8Array | undefined): NumericColumn {
  const { length } = data.values as Uint16Array;
  if (length < data.length) damaged(name, `has ${length} of ${data.length} values`);
  const vector = new Vector([data]);
  const values = Float32Array.from({ length: data.length }, (_, i) => Number(vector.get(i) ?? 0));
  return numericColumn(name, values, { validity });
}

function plainText(name: string, data: Data, validity: Uint8Array | undefined): TextColumn {
  const wide = data.valueOffsets as Int32Array | BigInt64Array;
  const bytes = data.values as Uint8Array;
  if (data.length === 0) return textColumn(name, []);
  if (wide.length <= data.length) damaged(name, `has ${wide.length} text offsets`);
  const offsets =
    wide instanceof BigInt64Array
      ? Int32Array.from(wide, (offset) => checkedOffset(name, Number(offset)))
      : wide.subarray(0, data.length + 1);
  let last = 0;
  for (let i = 0; i <= data.length; i++) {
    const offset = offsets[i] ?? -1;
    if (offset < last) damaged(name, "has text offsets that fall");
    last = offset;
  }
  if (last > bytes.length) damaged(name, `has ${bytes.length} of ${last} bytes of text`);
  return textColumnOfBytes(name, offsets.subarray(0, data.length + 1), bytes, { validity });
}

/** Raw bytes as `|S` of the widest row. */
function asBytes(column: TextColumn): TextColumn {
  let width = 0;
  for (let i = 0; i < column.length; i++) {
    width = Math.max(width, (column.offsets[i + 1] ?? 0) - (column.offsets[i] ?? 0));
  }
  return { ...column, dtype: `|S${width}` };
}

function fixedBytes(
  name: string,
  data: Data,
  width: number,
  validity: Uint8Array | undefined,
): TextColumn {
  const bytes = data.values as Uint8Array;
  const bounded = width > 0 || data.length <= NULL_ROWS_MAX;
  if (width < 0 || !bounded || bytes.length < data.length * width) {
    damaged(name, `has ${bytes.length} bytes instead of ${data.length} times ${width}`);
  }
  checkedOffset(name, data.length * width);
  const offsets = Int32Array.from({ length: data.length + 1 }, (_, i) => i * width);
  return textColumnOfBytes(name, offsets, bytes, { dtype: `|S${width}`, validity });
}

/** The values that the codes stand for. Codes of rows without a value mean nothing. */
function fromDictionary(
  name: string,
  data: Data<Dictionary>,
  validity: Uint8Array | undefined,
): Column {
  const codes = data.values as NumericArray;
  if (codes.length < data.length) damaged(name, `has ${codes.length} of ${data.length} codes`);
  const parts = data.dictionary?.data ?? [];
  const entries = joinParts(parts.map((part) => columnOfData(name, part)));
  const rows = new Uint32Array(data.length);
  for (let i = 0; i < rows.length; i++) {
    const code = Number(codes[i]);
    if (validity !== undefined && !bitAt(validity, i)) continue;
    if (!(code >= 0 && code < entries.length)) damaged(name, `has a code ${code} without a value`);
    rows[i] = code;
  }
  const taken = renamed(takeColumn(entries, rows), name);
  return { ...taken, validity: bothValid(taken.validity, validity) };
}

function damaged(name: string, what: string): never {
  throw new RtlError("RTL_TABLE_INVALID", `column "${name}" ${what}`, {
    fix: "the Arrow data is damaged or cut short: write or send it again",
  });
}
