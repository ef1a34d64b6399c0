/**
 * The CSV file that reading is measured on: ten columns of numbers and one of text, about 107 bytes a
 * row, once with a header line and once without one beside a .meta file. It follows from the rows
 * alone, and is written byte by byte, because text of every field would take longer than reading it.
 */
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { formatMeta } from "../src/format/records.ts";
import { type Dtype, numericColumn, textColumn } from "../src/table/column.ts";
import { sumsOf, type TableSums } from "./column-sums.ts";
import { shareOf } from "./kernel-data.ts";

interface Field {
  readonly name: string;
  /** Digits behind the point; none: whole numbers. */
  readonly decimals: number;
  /** Values lie between them; the number is a whole one before its point is set. */
  readonly from: number;
  readonly to: number;
}

const fields: readonly Field[] = [
  { name: "n1", decimals: 0, from: 0, to: 1e9 },
  { name: "n2", decimals: 0, from: 0, to: 1e5 },
  { name: "n3", decimals: 0, from: -1e6, to: 1e6 },
  { name: "n4", decimals: 0, from: 0, to: 1e12 },
  { name: "x1", decimals: 6, from: 0, to: 1e3 },
  { name: "x2", decimals: 6, from: 0, to: 1e3 },
  { name: "x3", decimals: 6, from: 0, to: 1 },
  { name: "x4", decimals: 6, from: -1e3, to: 1e3 },
  { name: "x5", decimals: 6, from: 0, to: 1e4 },
];

/** All columns in their order; `row` is the number of the row, `text` is `user-` and a number. */
export const csvColumns = ["row", ...fields.map(({ name }) => name), "text"];
export const csvDtypes: readonly Dtype[] = [
  "<i8",
  ...fields.map(({ decimals }): Dtype => (decimals > 0 ? "<f8" : "<i8")),
  "<U10",
];

/** The same rows below a header line, and without one beside a .meta file. */
export const csvFiles = { headed: "headed.csv", plain: "plain.csv", meta: "plain.meta" };

const PIECE_BYTES = 1 << 22;
const ROW_BYTES_MAX = 400;
const USERS = 100_000;
const [COMMA, NEWLINE, MINUS, POINT, ZERO] = [44, 10, 45, 46, 48] as const;

/** Writes the files, and returns the bytes of the plain one; the other has one line more. */
export function writeCsvFiles(folder: string, rows: number): number {
  const layout = csvColumns.map((name, index) => ({ name, dtype: csvDtypes[index] ?? "<f8" }));
  writeFileSync(join(folder, csvFiles.meta), formatMeta(layout));
  const [headed, plain] = [csvFiles.headed, csvFiles.plain].map((name) =>
    openSync(join(folder, name), "w"),
  );
  if (headed === undefined || plain === undefined) throw new Error("no file was opened");
  try {
    writeSync(headed, `${csvColumns.join(",")}\n`);
    const piece = Buffer.alloc(PIECE_BYTES);
    let at = 0;
    let written = 0;
    for (let row = 0; row < rows; row++) {
      at = putRow(piece, at, row);
      if (at < PIECE_BYTES - ROW_BYTES_MAX && row < rows - 1) continue;
      for (const file of [headed, plain]) writeSync(file, piece, 0, at);
      written += at;
      at = 0;
    }
    return written;
  } finally {
    closeSync(headed);
    closeSync(plain);
  }
}

/** The whole number that stands in a field before its point is set. */
const scaledOf = ({ from, to, decimals }: Field, index: number, row: number): number =>
  Math.floor((from + (to - from) * shareOf(row, index)) * 10 ** decimals);

const userOf = (row: number): number => Math.floor(USERS * shareOf(row, fields.length));

/** What the files hold, by column: to be compared with what was read. */
export function csvSums(rows: number): TableSums {
  const sums = fields.map((field, index) => {
    const values = new Float64Array(rows);
    const scale = 10 ** field.decimals;
    for (let row = 0; row < rows; row++) values[row] = scaledOf(field, index, row) / scale;
    return [field.name, sumsOf(numericColumn(field.name, values), 0)] as const;
  });
  const row = numericColumn(
    "row",
    Float64Array.from({ length: rows }, (_, i) => i),
  );
  const users = Array.from({ length: rows }, (_, i) => `user-${userOf(i)}`);
  const text = textColumn("text", users);
  return Object.fromEntries([["row", sumsOf(row, 0)], ...sums, ["text", sumsOf(text, 0)]]);
}

function putRow(bytes: Buffer, start: number, row: number): number {
  let at = putWhole(bytes, start, row);
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as Field;
    const value = scaledOf(field, i, row);
    bytes[at++] = COMMA;
    at =
      field.decimals === 0
        ? putWhole(bytes, at, value)
        : putScaled(bytes, at, value, field.decimals);
  }
  bytes[at++] = COMMA;
  at += bytes.write("user-", at, "latin1");
  at = putWhole(bytes, at, userOf(row));
  bytes[at++] = NEWLINE;
  return at;
}

function putWhole(bytes: Buffer, start: number, value: number): number {
  let at = start;
  if (value < 0) bytes[at++] = MINUS;
  const rest = Math.abs(value);
  let digits = 1;
  for (let limit = 10; rest >= limit; limit *= 10) digits++;
  return putDigits(bytes, at, rest, digits);
}

/** A whole number with its point set so many digits from the right. */
function putScaled(bytes: Buffer, start: number, value: number, decimals: number): number {
  let at = start;
  if (value < 0) bytes[at++] = MINUS;
  const scale = 10 ** decimals;
  const whole = Math.floor(Math.abs(value) / scale);
  at = putWhole(bytes, at, whole);
  bytes[at++] = POINT;
  return putDigits(bytes, at, Math.abs(value) - whole * scale, decimals);
}

function putDigits(bytes: Buffer, start: number, value: number, digits: number): number {
  let rest = value;
  for (let at = start + digits - 1; at >= start; at--) {
    const tenth = Math.floor(rest / 10);
    bytes[at] = ZERO + (rest - 10 * tenth);
    rest = tenth;
  }
  return start + digits;
}
