/**
 * Columns of apache-arrow's data. Types without a counterpart are refused by name; dates, times and
 * durations become the whole numbers that Arrow holds them in.
 */
import type { Data, DataType, Dictionary, Int32, RecordBatch, Schema, Utf8 } from "apache-arrow";
import { RtlError } from "../protocol/errors.ts";
import { arrow } from "./arrow.ts";
import {
  bitAt,
  bothValid,
  type Column,
  checkedOffset,
  isDtype,
  type NumericArray,
  type NumericColumn,
  numericColumn,
  renamed,
  sliceBits,
  type TextColumn,
  type TextDtype,
  textColumn,
  textColumnOfBytes,
} from "./column.ts";
import {
  asBytes,
  booleansOf,
  damaged,
  numbersOf,
  textOf,
  validityOf,
  withDtype,
} from "./column-buffers.ts";
import { DTYPE_KEY } from "./stream-layout.ts";
import { concatenate, makeTable } from "./table.ts";
import { takeColumn } from "./take.ts";

/** Rows of Arrow's null type need no bytes; more of them than this are meant to hurt. */
const NULL_ROWS_MAX = 1_000_000;

/** The columns of record batches of one schema, one below the other. */
export function columnsOfBatches(
  schema: Schema,
  batches: readonly RecordBatch[],
  rows: number,
): Column[] {
  return schema.fields.map((field, position) => {
    // The format lets a name be missing, whatever the library's type says; others read it as empty.
    const name = (field.name as string | null) ?? "";
    const parts = batches.map((batch) => batch.data.children[position]);
    const noted = field.metadata.get(DTYPE_KEY);
    const dtype = noted !== undefined && isDtype(noted) ? noted : undefined;
    const columns = parts
      .filter((part) => part !== undefined)
      .map((part) => columnOfData(name, part));
    if (columns.length === 0) columns.push(emptyColumn(name, field.type));
    const column = joinParts(columns);
    if (column.length !== rows) damaged(name, `has ${column.length} rows, not ${rows}`);
    return withDtype(column, dtype);
  });
}

const emptyColumn = (name: string, type: DataType): Column => {
  const { makeData, Vector } = arrow();
  const [data] = new Vector([makeData({ type, length: 0 } as { type: Int32; length: 0 })]).data;
  if (data === undefined) return damaged(name, "has no data");
  return columnOfData(name, data);
};

/** Joins parts of one column; parts of raw bytes take the width of the widest. */
export function joinParts(parts: readonly Column[]): Column {
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

function columnOfData(name: string, data: Data): Column {
  const { type } = data;
  const { DataType } = arrow();
  const nulls = DataType.isNull(type) ? 0 : data.nullCount;
  const validity = validityOf(name, data.length, nulls, ownBits(data, data.nullBitmap));
  if (DataType.isBool(type)) {
    return booleansOf(name, data.length, ownBits(data, data.values as Uint8Array), validity);
  }
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

/** The bits of a slice: of all buffers, only bitmaps are not cut when data is sliced. */
const ownBits = ({ offset, length }: Data, bits: Uint8Array): Uint8Array =>
  offset === 0 ? bits : sliceBits(bits, offset, length);

function plainNumbers(name: string, data: Data, validity: Uint8Array | undefined): NumericColumn {
  return numbersOf(name, data.length, data.values as NumericArray, validity);
}

/** Text by 16-byte views, which short texts are inside of. */
function viewedText(name: string, data: Data): TextColumn {
  const views = data.values as Uint8Array;
  if (views.byteLength < 16 * data.length) damaged(name, `has ${views.byteLength} bytes of views`);
  return textColumn(name, [...new (arrow().Vector)<Utf8>([data as Data<Utf8>])]);
}

function halfFloats(name: string, data: Data, validity: Uint8Array | undefined): NumericColumn {
  const { length } = data.values as Uint16Array;
  if (length < data.length) damaged(name, `has ${length} of ${data.length} values`);
  const vector = new (arrow().Vector)([data]);
  const values = Float32Array.from({ length: data.length }, (_, i) => Number(vector.get(i) ?? 0));
  return numericColumn(name, values, { validity });
}

function plainText(name: string, data: Data, validity: Uint8Array | undefined): TextColumn {
  const wide = data.valueOffsets as Int32Array | BigInt64Array;
  const offsets =
    wide instanceof BigInt64Array
      ? Int32Array.from(wide, (offset) => checkedOffset(name, Number(offset)))
      : wide;
  return textOf(name, data.length, offsets, data.values as Uint8Array, validity);
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
