/**
 * Files of lines as older versions read them: each line is text, or a JSON value; rows come in reverse
 * order, which programs rely on. What reads files as they are today is csv-file.ts and
 * json-lines-file.ts.
 */
import { RtlError } from "../../protocol/errors.ts";
import { numericColumn, renamed, textColumn } from "../../table/column.ts";
import { tableFromContents } from "../../table/contents.ts";
import { makeTable, type Table } from "../../table/table.ts";
import type { TaskFiles } from "../../task/context.ts";
import { inflate } from "./gzip.ts";

/** How the lines of a file are told apart, and what they are. */
export interface LinesOptions {
  /** A zlib stream instead of plain text. */
  readonly compression?: boolean | null | undefined;
  /** Between two lines; a newline by default. */
  readonly delimiter?: string | null | undefined;
  /** Each line is JSON. Two lists that are glued together, `][`, are two lines. */
  readonly encoding?: boolean | null | undefined;
}

/** A line, and where it stands. */
interface Line {
  readonly text: string;
  readonly place: string;
}

/** Joins folder and name as paths below a data folder are written. */
export const pathBelow = (folder: string, file: string): string =>
  `${folder}/${file}`.replace(/^\.?\//, "");

/** The lines of a file that are not empty, in the file's order. RTL_FILE_MISSING, RTL_FILE_INVALID. */
export function readLines(path: string, files: TaskFiles, options: LinesOptions): Line[] {
  const raw = files.read(path);
  const bytes = options.compression === true ? inflate(raw, path) : raw;
  const { buffer, byteOffset, length } = bytes;
  const text = Buffer.from(buffer, byteOffset, length).toString("utf8");
  const delimiter = options.delimiter ?? "\n";
  return text
    .split(delimiter)
    .map((line) => (delimiter === "\n" ? line.replace(/\r$/, "") : line))
    .flatMap((line) =>
      options.encoding === true ? line.replaceAll("][", "]\n[").split("\n") : [line],
    )
    .filter((line) => line !== "")
    .map((line, index) => ({ text: line, place: `file ${path}, line ${index + 1}` }));
}

/** The lines as text in column 0, last line first. */
export const textOfLines = (lines: readonly Line[]): Table =>
  makeTable([textColumn("0", lines.map(({ text }) => text).reverse())]);

/** The JSON values of the lines, last line first. */
export const valuesOfLines = (lines: readonly Line[]): unknown[] =>
  lines.map(({ text, place }) => parsedLine(text, place)).reverse();

function parsedLine(line: string, place: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RtlError("RTL_FILE_INVALID", `${place}: this is no JSON: ${reason}`, {
      fix: "leave out encoding to read the lines as text",
    });
  }
}

/** Lists of as many numbers each as columns 0, 1, 2 ...: int64 when all are whole. */
export function matrixOf(rows: readonly unknown[][], path: string): Table {
  const width = rows[0]?.length ?? 0;
  const whole = rows.every((row) => row.every((value) => Number.isSafeInteger(value)));
  const columns = Array.from({ length: width }, (_, index) => {
    const values = rows.map((row, fromEnd) => {
      const value = row[index];
      if (typeof value === "number" && row.length === width) return value;
      const place = `file ${path}, line ${rows.length - fromEnd}`;
      throw new RtlError("RTL_FILE_INVALID", `${place} is no list of ${width} numbers`, {
        fix: "set mixed to true for columns of other kinds",
      });
    });
    const name = String(index);
    return whole
      ? numericColumn(name, BigInt64Array.from(values, BigInt))
      : numericColumn(name, Float64Array.from(values));
  });
  return makeTable(columns, rows.length);
}

/** Lists of any values: a dtype for each column, and no value where a list is shorter. */
export function mixedTable(rows: readonly unknown[][], names: unknown): Table {
  const width = rows.reduce((wide, row) => Math.max(wide, row.length), 0);
  const columns = Array.from({ length: width }, (_, index) => {
    const name = Array.isArray(names) ? names[index] : undefined;
    return columnOf(
      rows.map((row) => row[index] ?? null),
      String(name ?? index),
    );
  });
  return makeTable(columns.flat(), rows.length);
}

/** Values of one kind as column 0, or records as a column for each key. */
export function tableOfValues(values: readonly unknown[]): Table {
  const plain = values.every((value) => typeof value !== "object" || value === null);
  return plain ? makeTable(columnOf(values, "0"), values.length) : tableFromContents(values);
}

const columnOf = (values: readonly unknown[], name: string) =>
  tableFromContents(values).columns.map((column) => renamed(column, name));
