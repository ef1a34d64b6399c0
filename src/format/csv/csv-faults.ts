/**
 * What is wrong with a CSV record, as a user sees it: its fields are counted and tried one by one. Only
 * called once for a file, so it may be slow.
 */
import { isNumericDtype } from "../../table/column.ts";
import { NEWLINE } from "../text/characters.ts";
import type { FieldFault } from "../text/column-builder.ts";
import { builderFor, type ColumnType } from "../text/column-type.ts";
import type { CsvField, CsvParsing } from "./csv-dialect.ts";
import { RecordReader } from "./csv-records.ts";

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

/** The fault of the record that begins at `record`, whose field made the parser give up. */
export function faultOf(
  bytes: Uint8Array,
  length: number,
  record: number,
  field: number,
  fields: readonly CsvField[],
  parsing: CsvParsing,
  fault: FieldFault,
): CsvFault {
  const newline = bytes.indexOf(NEWLINE, record);
  const lineEnd = newline < 0 ? length : Math.min(newline, length);
  const line = Buffer.from(bytes.subarray(record, lineEnd)).toString("utf8").replace(/\r$/, "");
  if (line.trim() === "" && parsing.delimiter !== 9 && fields.length > 1) {
    return new CsvFault("the line is blank", record, undefined, "remove it");
  }
  const reader = new RecordReader(bytes, parsing, record, length);
  reader.next();
  const texts = reader.texts();
  if (reader.unclosed) {
    const fix = "close it, or set quote to null if quotes are part of the text";
    return new CsvFault("a quote is never closed", record, texts.length - 1, fix);
  }
  if (texts.length !== fields.length)
    return raggedFault(record, line, texts.length, fields, parsing);
  const wrong = texts.findIndex((text, index) => !fits(text, fields[index]?.type, parsing));
  const place = wrong < 0 ? field : wrong;
  return new CsvFault(
    fault.message === "" ? "there is text after the value" : fault.message,
    record,
    place,
    fixOf(texts, record, fields[place], parsing, fault),
  );
}

function raggedFault(
  record: number,
  line: string,
  found: number,
  fields: readonly CsvField[],
  { delimiter }: CsvParsing,
): CsvFault {
  const separator = String.fromCharCode(delimiter);
  const count = `${found} ${found === 1 ? "field" : "fields"}`;
  const message = `the line has ${count} instead of ${fields.length}`;
  const other = [",", ";", "\t", "|", " "].find(
    (mark) => mark !== separator && line.split(mark).length === fields.length,
  );
  const names = fields.map(({ name }) => name).join(", ");
  const shown = names.length > 200 ? `${names.slice(0, 199)}…` : names;
  const fix =
    other === undefined
      ? `each line must have a field for ${shown}`
      : `the fields seem to be separated by ${JSON.stringify(other)}: set delimiter to that`;
  return new CsvFault(message, record, undefined, fix);
}

function fixOf(
  texts: readonly string[],
  record: number,
  field: CsvField | undefined,
  { skipsBlank }: CsvParsing,
  fault: FieldFault,
): string | undefined {
  const header = record === 0 && texts.every((text) => /[^\d\s.+-]/.test(text));
  if (!skipsBlank) return header ? "the first line looks like a header: remove it" : undefined;
  if (field === undefined || fault.fits === undefined) return undefined;
  const types = `types: {${JSON.stringify(field.name)}: ${fault.fits}}`;
  return header ? `set header: true if this is one, or ${types}` : `set ${types}`;
}

function fits(text: string, type: ColumnType | undefined, { nulls }: CsvParsing): boolean {
  if (type === undefined || nulls.includes(text)) return true;
  if (type !== "timestamp" && !isNumericDtype(type)) return true;
  const trial = Buffer.from(text, "utf8");
  try {
    builderFor(type, 1).parse(trial, 0, trial.length, 0);
    return true;
  } catch {
    return false;
  }
}
