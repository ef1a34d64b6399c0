/**
 * Comma-separated text to columns of known dtypes: no header, no quoting, one record per line. It
 * works on bytes; only what is unusual becomes a string first.
 */
import { isNumericDtype } from "../table/column.ts";
import { makeTable, type Table } from "../table/table.ts";
import { builderFor, type ColumnBuilder, FieldFault, NEWLINE, Scanner } from "./csv-fields.ts";
import { csvKernel } from "./csv-kernel.ts";
import type { FieldLayout } from "./records.ts";

/** What is wrong with the text, and where: the caller knows the file and its line numbers. */
export class CsvFault extends Error {
  /** Byte position of the faulty line in the text that was given. */
  readonly lineStart: number;
  /** Position of the faulty field's column; undefined when the line as a whole is wrong. */
  readonly field: number | undefined;
  readonly fix: string | undefined;

  constructor(message: string, lineStart: number, field?: number, fix?: string) {
    super(message);
    this.lineStart = lineStart;
    this.field = field;
    this.fix = fix;
  }
}

const ROWS_PER_CALL = 1024;
const powersOfTen = Float64Array.from({ length: 16 }, (_, power) => Number(`1e${power}`));

/** The table of whole lines; throws a CsvFault at the first line that does not fit the fields. */
export function parseCsv(
  bytes: Uint8Array,
  fields: readonly FieldLayout[],
  delimiter: number,
): Table {
  const last = fields.length - 1;
  let capacity = guessRows(bytes);
  const builders = fields.map(({ dtype }, field) => builderFor(dtype, capacity, field === last));
  const scanner = new Scanner(bytes, delimiter);
  let fieldStart = 0;
  const unusual = (field: number, row: number, at: number): number => {
    fieldStart = at;
    scanner.at = at;
    (builders[field] as ColumnBuilder).parse(scanner, row);
    scanner.endField(field === last);
    return scanner.at;
  };
  const run = csvKernel(fields, delimiter);
  // The kernel never looks beyond a newline; a last line without one is read field by field.
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const place = { at: 0, row: 0 };
  try {
    while (place.at < bytes.length) {
      if (place.row === capacity) {
        for (const builder of builders) builder.grow();
        capacity *= 2;
      }
      const outputs = builders.map((builder) => builder.output());
      // Short calls, because one long call would run code that was compiled in the middle of it.
      const rows = Math.min(capacity, place.row + ROWS_PER_CALL);
      if (place.at < end) run(bytes, end, rows, outputs, powersOfTen, unusual, place);
      else {
        for (let field = 0; field <= last; field++) place.at = unusual(field, place.row, place.at);
        place.row++;
      }
    }
  } catch (error) {
    if (!(error instanceof FieldFault)) throw error;
    const lineStart = fieldStart === 0 ? 0 : bytes.lastIndexOf(NEWLINE, fieldStart - 1) + 1;
    throw faultOf(bytes, lineStart, fields, delimiter, error);
  }
  const columns = fields.map(({ name }, field) =>
    (builders[field] as ColumnBuilder).finish(name, place.row),
  );
  return makeTable(columns, place.row);
}

/** Says what is wrong with a line as a user sees it; only called once, so it may be slow. */
function faultOf(
  bytes: Uint8Array,
  lineStart: number,
  fields: readonly FieldLayout[],
  delimiter: number,
  fault: FieldFault,
): CsvFault {
  const newline = bytes.indexOf(NEWLINE, lineStart);
  const end = newline < 0 ? bytes.length : newline;
  const line = Buffer.from(bytes.subarray(lineStart, end)).toString("utf8").replace(/\r$/, "");
  const separator = String.fromCharCode(delimiter);
  const texts = line.split(separator);
  if (line.trim() === "")
    return new CsvFault("the line is blank", lineStart, undefined, "remove it");
  if (texts.length !== fields.length) {
    const count = `${texts.length} ${texts.length === 1 ? "field" : "fields"}`;
    const message = `the line has ${count} instead of ${fields.length}`;
    const other = [",", ";", "\t", "|", " "].find(
      (mark) => mark !== separator && line.split(mark).length === fields.length,
    );
    const fix =
      other === undefined
        ? `each line must have a field for ${fields.map(({ name }) => name).join(", ")}`
        : `the fields seem to be separated by ${JSON.stringify(other)}: set delimiter to that`;
    return new CsvFault(message, lineStart, undefined, fix);
  }
  const position = texts.findIndex((text, index) => !fits(text, fields[index]));
  const header = lineStart === 0 && texts.every((text) => /[^\d\s.+-]/.test(text));
  const fix = header ? "the first line looks like a header: remove it" : undefined;
  const message = fault.message === "" ? "there is text after the value" : fault.message;
  return new CsvFault(message, lineStart, Math.max(0, position), fix);
}

function fits(text: string, field: FieldLayout | undefined): boolean {
  if (field === undefined || !isNumericDtype(field.dtype)) return true;
  const trial = Buffer.from(text, "utf8");
  try {
    const scanner = new Scanner(trial, NEWLINE);
    builderFor(field.dtype, 1, false).parse(scanner, 0);
    return scanner.at >= trial.length;
  } catch {
    return false;
  }
}

/** Rows by the length of the first lines, a little too many rather than too few. */
function guessRows(bytes: Uint8Array): number {
  const sample = bytes.subarray(0, 65_536);
  let lines = 0;
  for (let i = 0; i < sample.length; i++) if (sample[i] === NEWLINE) lines++;
  if (lines === 0) return 16;
  return Math.ceil((bytes.length / sample.length) * lines * 1.05) + 16;
}
