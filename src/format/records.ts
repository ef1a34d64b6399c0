/**
 * Packed records and their description: `.dat` files (records back to back, little endian, no
 * padding) and `.meta` files (base64 of numpy's list of names and dtypes).
 */
import { RtlError } from "../protocol/errors.ts";
import {
  arrayOfDtype,
  type Column,
  type Dtype,
  isBytesDtype,
  isDtype,
  isNumericDtype,
  type NumericArray,
  numericColumn,
  type TextDtype,
  textColumnOfBytes,
  widthOf,
} from "../table/column.ts";
import { makeTable, type Table } from "../table/table.ts";

export interface FieldLayout {
  readonly name: string;
  readonly dtype: Dtype;
}

/** The fields of a `.meta` file; RTL_FILE_INVALID when it is none, naming `file`. */
export function parseMeta(bytes: Uint8Array, file: string): FieldLayout[] {
  const encoded = Buffer.from(bytes).toString("latin1").trim();
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const list = text.replaceAll("<@", "(").replaceAll("@>", ")").trim();
  const invalid = (what: string) =>
    new RtlError("RTL_FILE_INVALID", `file ${file}: ${what}`, {
      fix: "it must hold base64 of a list such as [('a', '<i8'), ('b', '<f8')]",
    });
  if (!list.startsWith("[") || !list.endsWith("]")) throw invalid("this is no .meta file");
  const fields: FieldLayout[] = [];
  const pair = /\s*\(\s*(['"])(.*?)\1\s*,\s*(['"])(.*?)\3\s*\)\s*(,|$)/sy;
  const body = list.slice(1, -1).trim();
  while (pair.lastIndex < body.length) {
    const at = pair.lastIndex;
    const match = pair.exec(body);
    const name = match?.[2];
    const noted = match?.[4];
    if (name === undefined || noted === undefined) {
      throw invalid(`cannot read the list of columns from "${body.slice(at, at + 30)}" on`);
    }
    const dtype = normalDtype(noted);
    if (dtype === undefined) throw invalid(`column "${name}" has the unknown dtype "${noted}"`);
    if (fields.some((field) => field.name === name)) throw invalid(`two columns "${name}"`);
    fields.push({ name, dtype });
  }
  if (fields.length === 0) throw invalid("it describes no columns");
  return fields;
}

/** The text of a `.meta` file for these fields. */
export function formatMeta(fields: readonly FieldLayout[]): Uint8Array {
  const pairs = fields.map(({ name, dtype }) => `<@'${name}', '${dtype}'@>`);
  return Buffer.from(Buffer.from(`[${pairs.join(", ")}]`, "utf8").toString("base64"), "latin1");
}

/** numpy's spellings of one dtype: byte order may be missing, and names stand for letters. */
function normalDtype(text: string): Dtype | undefined {
  if (isDtype(text) && text !== "O") return text;
  const named: Readonly<Record<string, Dtype>> = {
    float64: "<f8",
    float32: "<f4",
    int64: "<i8",
    int32: "<i4",
    int16: "<i2",
    int8: "|i1",
    uint64: "<u8",
    uint32: "<u4",
    uint16: "<u2",
    uint8: "|u1",
    bool: "|b1",
    "?": "|b1",
  };
  if (Object.hasOwn(named, text)) return named[text];
  const letters = text.replace(/^[<=|]/, "");
  return [`<${letters}`, `|${letters}`].filter(isDtype).find((dtype) => dtype !== "O");
}

/** Bytes of one record. */
export function recordSize(fields: readonly FieldLayout[]): number {
  return fields.reduce((size, { dtype }) => size + fieldSize(dtype), 0);
}

function fieldSize(dtype: Dtype): number {
  if (isNumericDtype(dtype)) return Number(dtype.slice(2));
  return isBytesDtype(dtype) ? widthOf(dtype) : 4 * widthOf(dtype);
}

/** The table of whole records; the caller has checked that the size fits. */
export function decodeRecords(bytes: Uint8Array, fields: readonly FieldLayout[]): Table {
  const stride = recordSize(fields);
  const rows = stride === 0 ? 0 : Math.floor(bytes.byteLength / stride);
  let offset = 0;
  const columns = fields.map((field): Column => {
    const start = offset;
    offset += fieldSize(field.dtype);
    if (!isNumericDtype(field.dtype)) {
      return textField(field.name, field.dtype, bytes, rows, stride, start);
    }
    const make = arrayOfDtype[field.dtype];
    const size = fieldSize(field.dtype);
    const whole = fields.length === 1 && bytes.byteOffset % size === 0;
    const values = whole
      ? new make(bytes.buffer, bytes.byteOffset, rows)
      : copyField(new make(rows), bytes, stride, start, size);
    return numericColumn(field.name, values, { dtype: field.dtype });
  });
  return makeTable(columns, rows);
}

/** Moves every record's field next to each other, by whole words where they are aligned. */
function copyField(
  values: NumericArray,
  bytes: Uint8Array,
  stride: number,
  start: number,
  size: number,
): NumericArray {
  const { buffer, byteOffset } = bytes;
  const words = size === 8 || size === 4 ? size / 4 : 0;
  if (words > 0 && (byteOffset + start) % 4 === 0 && stride % 4 === 0) {
    const from = new Int32Array(buffer, byteOffset, bytes.byteLength >> 2);
    const to = new Int32Array(values.buffer, values.byteOffset, values.length * words);
    let at = start / 4;
    for (let i = 0; i < to.length; i += words, at += stride / 4) {
      to[i] = from[at] as number;
      if (words === 2) to[i + 1] = from[at + 1] as number;
    }
    return values;
  }
  const to = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let row = 0; row < values.length; row++) {
    const from = row * stride + start;
    for (let b = 0; b < size; b++) to[row * size + b] = bytes[from + b] as number;
  }
  return values;
}

/** Fixed-width text: UTF-32 for `<U`, bytes for `|S`; zeros at its end are padding. */
function textField(
  name: string,
  dtype: TextDtype,
  bytes: Uint8Array,
  rows: number,
  stride: number,
  start: number,
): Column {
  const size = fieldSize(dtype);
  const pieces: Uint8Array[] = [];
  const offsets = new Int32Array(rows + 1);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const from = row * stride + start;
    const field = bytes.subarray(from, from + size);
    const piece = isBytesDtype(dtype) ? withoutPadding(field) : utf32ToUtf8(field);
    pieces.push(piece);
    total += piece.length;
    offsets[row + 1] = total;
  }
  const joined = new Uint8Array(total);
  pieces.forEach((piece, row) => {
    joined.set(piece, offsets[row]);
  });
  return textColumnOfBytes(name, offsets, joined, { dtype });
}

function withoutPadding(field: Uint8Array): Uint8Array {
  let end = field.length;
  while (end > 0 && field[end - 1] === 0) end--;
  return field.subarray(0, end);
}

function utf32ToUtf8(field: Uint8Array): Uint8Array {
  const view = new DataView(field.buffer, field.byteOffset, field.byteLength);
  let text = "";
  for (let at = 0; at < field.byteLength; at += 4) {
    const code = view.getUint32(at, true);
    text += code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  }
  return Buffer.from(text.replace(/\0+$/, ""), "utf8");
}
