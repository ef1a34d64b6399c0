/**
 * Packed records and their description: `.dat` files (records back to back, little endian, no
 * padding) and `.meta` files (base64 of numpy's list of names and dtypes).
 */
import { RtlError } from "../protocol/errors.ts";
import {
  countNulls,
  type Dtype,
  isBytesDtype,
  isDtype,
  isNumericDtype,
  widthOf,
} from "../table/column.ts";
import { makeTable, type Table } from "../table/table.ts";
import { fixedWidth } from "./numpy/fixed-text.ts";
import { decodeStrided, encodeStrided, type StridedField } from "./numpy/strided.ts";

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
  return makeTable(decodeStrided(bytes, rows, stride, packed(fields)), rows);
}

/**
 * The fields that a table's columns take as packed records: text of any length is as wide as its
 * longest row. RTL_TABLE_INVALID, naming what is to be written, where a row has no value.
 */
export function fieldsOf(table: Table, what: string): FieldLayout[] {
  return table.columns.map((column): FieldLayout => {
    const { name, dtype } = column;
    if (countNulls(column.validity, column.length) > 0) {
      throw new RtlError(
        "RTL_TABLE_INVALID",
        `column "${name}" has rows without a value, which ${what} cannot hold`,
        { fix: "fill them or drop these rows before, or write another format" },
      );
    }
    if (column.kind === "numeric") return { name, dtype };
    const kind = isBytesDtype(dtype) ? "|S" : "<U";
    const declared = dtype === "O" || isNumericDtype(dtype) ? 0 : widthOf(dtype);
    return { name, dtype: `${kind}${Math.max(fixedWidth(column), declared)}` };
  });
}

/** The table as packed records of these fields, which are those of fieldsOf(). */
export function encodeRecords(table: Table, fields: readonly FieldLayout[]): Uint8Array {
  const stride = recordSize(fields);
  const bytes = new Uint8Array(stride * table.rows);
  for (const [index, field] of packed(fields).entries()) {
    const column = table.columns[index];
    const row = column === undefined ? -1 : encodeStrided(column, bytes, stride, field);
    if (row < 0) continue;
    throw new RtlError(
      "RTL_TABLE_INVALID",
      `column "${field.name}", row ${row}: the text ends in a zero, which fixed width would lose`,
      { fix: "write another format, such as .arrow" },
    );
  }
  return bytes;
}

function packed(fields: readonly FieldLayout[]): StridedField[] {
  let end = 0;
  return fields.map(({ name, dtype }) => {
    const size = fieldSize(dtype);
    end += size;
    return { name, dtype, size, offset: end - size };
  });
}
