/**
 * The loop over CSV lines, written out for one sequence of columns: numbers of up to 15 digits are
 * computed from their digits where they stand, text is copied byte by byte. Whatever is unusual
 * (quotes, long numbers, exponents, blanks behind a number, rows without a value, faults) is left to
 * the column's builder, one field at a time.
 *
 * An own loop because of byte ranges: a part of a file can be read by any node, which DuckDB does not
 * offer. On the same file (228 MB, 10 columns of numbers and one of text) it reads at least as fast.
 */
import { Kept } from "../../table/kept.ts";
import { kernel } from "../../table/kernels.ts";
import { NEWLINE, RETURN } from "../text/characters.ts";
import type { ColumnType } from "../text/column-type.ts";
import type { CsvMarks } from "./csv-dialect.ts";

/** Where the loop stands. */
export interface CsvPlace {
  at: number;
  row: number;
  /** Where the record begins that was begun last. */
  record: number;
}

/**
 * Reads records from place.at on that begin before `end`, until `rows` is full. The byte behind the
 * last one must be a newline: that is where every field ends at the latest.
 */
export type CsvKernel = (
  bytes: Uint8Array,
  end: number,
  rows: number,
  /** The builders of the columns; undefined for one that is passed over. */
  builders: readonly unknown[],
  powersOfTen: Float64Array,
  fields: UnusualFields,
  place: CsvPlace,
) => void;

/**
 * What the loop does not do itself. An object with methods and no closures: functions that go away with
 * the file would take the loop's compiled code with them.
 */
export interface UnusualFields {
  /**
   * Reads the field that begins at a place and returns where the next begins; -1 when the bytes end too
   * early for the record, which is then left for another call.
   */
  unusual(field: number, row: number, at: number): number;
  /** Whether bytes [start, end) stand for a row without a value. */
  isNull(start: number, end: number): boolean;
}

export interface CsvLoop extends CsvMarks {
  /** undefined: the field is passed over. */
  readonly types: readonly (ColumnType | undefined)[];
  /** Whether lines with nothing on them are passed over; otherwise they are faults. */
  readonly skipsBlank: boolean;
  /** Longest text, in bytes, that `isNull` must be asked about; 0 when only nothing is null, -1 never. */
  readonly nullBytesMax: number;
  /** Whether a number may stand for a row without a value. */
  readonly nullNumbers: boolean;
}

/** Fields of one function. Larger functions are compiled badly, and those beyond a limit never. */
const FIELDS_PER_FUNCTION = 24;

const kernels = new Kept<CsvKernel>();

/** The loop; only numbers of ours get into its text. */
export const csvKernel = (loop: CsvLoop): CsvKernel =>
  kernels.get(JSON.stringify(loop), () => makeKernel(loop));

function makeKernel(loop: CsvLoop): CsvKernel {
  if (loop.types.length > FIELDS_PER_FUNCTION) return wideKernel(loop);
  const { outputs, fields, results } = fieldTexts(loop, 0, loop.types.length);
  return kernel<CsvKernel>(
    "csv",
    ["bytes", "end", "rows", "builders", "powersOfTen", "fields", "place"],
    `${outputs}
    let at = place.at, row = place.row;
    ${VARIABLES}
    lines: for (; at < end && row < rows; row++) {
      ${lineStartText(loop)}
      place.record = at;
      ${fields}
    }
    place.at = at < 0 ? place.record : at;
    place.row = row;
    ${results}`,
  );
}

/** Reads some fields of one record, from `at` on. */
type RecordPart = (
  bytes: Uint8Array,
  at: number,
  row: number,
  builders: readonly unknown[],
  powersOfTen: Float64Array,
  fields: UnusualFields,
) => number;

/** Where a line begins that is to be read; only what is passed over lies before it. */
type LineStart = (bytes: Uint8Array, at: number, end: number) => number;

/** For many columns: a function for every few fields, called record by record. */
function wideKernel(loop: CsvLoop): CsvKernel {
  const parts: RecordPart[] = [];
  for (let first = 0; first < loop.types.length; first += FIELDS_PER_FUNCTION) {
    const last = Math.min(loop.types.length, first + FIELDS_PER_FUNCTION);
    const { outputs, fields, results } = fieldTexts(loop, first, last);
    const part = kernel<RecordPart>(
      "csv part",
      ["bytes", "at", "row", "builders", "powersOfTen", "fields"],
      `${outputs}
      ${VARIABLES}
      lines: { ${fields} }
      ${results}
      return at;`,
    );
    parts.push(part);
  }
  const lineStart = kernel<LineStart>(
    "csv line",
    ["bytes", "at", "end"],
    `let byte = 0, row = 0;
    while (at < end) { ${lineStartText(loop)} break; }
    return at;`,
  );
  return (bytes, end, rows, builders, powersOfTen, fields, place) => {
    for (; place.row < rows; place.row++) {
      const record = lineStart(bytes, place.at, end);
      place.at = record;
      if (record >= end) break;
      place.record = record;
      let at = record;
      for (const part of parts) {
        at = part(bytes, at, place.row, builders, powersOfTen, fields);
        if (at < 0) return;
      }
      place.at = at;
    }
  };
}

const VARIABLES = `let start = 0, mark = 0, byte = 0, digit = 0, value = 0, digits = 0, places = 0;
    let negative = 0, used = 0, stop = 0;`;

/** What comes before, in and after the reading of fields [first, last). */
function fieldTexts(loop: CsvLoop, first: number, last: number) {
  const own = Array.from({ length: last - first }, (_, index) => first + index);
  const texts = own.filter((field) => isText(loop.types[field]));
  return {
    outputs: own.map((field) => outputText(field, loop.types[field])).join("\n"),
    fields: own.map((field) => fieldText(loop, field, loop.types[field])).join("\n"),
    results: texts.map((field) => `out${field}.used = used${field};`).join("\n"),
  };
}

const isText = (type: ColumnType | undefined): boolean => type === "O";

function outputText(field: number, type: ColumnType | undefined): string {
  if (type === "<f8") return `const out${field} = builders[${field}].values;`;
  if (type === "<i8") return `const out${field} = builders[${field}].halves;`;
  if (!isText(type)) return "";
  return `const out${field} = builders[${field}], offsets${field} = out${field}.offsets;
    let bytes${field} = out${field}.bytes;
    let used${field} = out${field}.used;`;
}

function lineStartText({ skipsBlank, comment }: CsvLoop): string {
  const blank = `byte === ${NEWLINE} || (byte === ${RETURN} && bytes[at + 1] === ${NEWLINE})`;
  const passed = [skipsBlank ? blank : "", comment >= 0 ? `byte === ${comment}` : ""];
  const condition = passed.filter((text) => text !== "").join(" || ");
  if (condition === "") return "";
  return `
      byte = bytes[at];
      if (${condition}) {
        while (bytes[at] !== ${NEWLINE}) at++;
        at++;
        row--;
        continue;
      }`;
}

function fieldText(loop: CsvLoop, field: number, type: ColumnType | undefined): string {
  const closing = field === loop.types.length - 1 ? NEWLINE : loop.delimiter;
  if (type === "<f8" || type === "<i8") return numberText(loop, field, closing, type === "<f8");
  if (isText(type)) return textText(loop, field, closing);
  if (type !== undefined) return unusualText(field, "at");
  return `
      start = at;
      byte = bytes[at];
      while (byte !== ${loop.delimiter} && byte !== ${NEWLINE}) byte = bytes[++at];
      if (byte === ${closing} ${quoteText(loop, "bytes[start]")}) at++;
      else { ${unusualText(field)} }`;
}

const unusualText = (field: number, from = "start"): string =>
  `at = fields.unusual(${field}, row, ${from}); if (at < 0) break lines;`;

const quoteText = ({ quote }: CsvLoop, byte: string): string =>
  quote < 0 ? "" : `&& ${byte} !== ${quote}`;

const DIGITS = "while ((digit = bytes[at] - 48) >>> 0 < 10) { value = value * 10 + digit; at++; }";

/** Up to 15 digits are exact in a float64, and dividing by a power of ten rounds once. */
function numberText(loop: CsvLoop, field: number, closing: number, float: boolean): string {
  const fraction = `
      if (bytes[at] === 46) {
        places = ++at;
        ${DIGITS}
        places = at - places;
        digits += places;
      }`;
  const store = float
    ? `if (negative === 1) value = -value;
        out${field}[row] = places === 0 ? value : value / powersOfTen[places];`
    : `if (negative === 1) value = -value;
        if (digits < 10) {
          out${field}[2 * row] = value;
          out${field}[2 * row + 1] = value < 0 ? -1 : 0;
        } else {
          places = Math.floor(value / 4294967296);
          out${field}[2 * row] = value - places * 4294967296;
          out${field}[2 * row + 1] = places;
        }`;
  const notNull = loop.nullNumbers ? "&& !fields.isNull(start, stop)" : "";
  return `
      start = at;
      ${loop.delimiter === 32 ? "" : "while (bytes[at] === 32) at++;"}
      negative = 0;
      if (bytes[at] === 45) { negative = 1; at++; }
      value = 0;
      places = 0;
      mark = at;
      ${DIGITS}
      digits = at - mark;
      ${float ? fraction : ""}
      stop = at;
      ${closing === NEWLINE ? `if (bytes[at] === ${RETURN}) at++;` : ""}
      if (bytes[at] === ${closing} && digits > 0 && digits <= 15 ${notNull}) {
        ${store}
        at++;
      } else { ${unusualText(field)} }`;
}

// Text that is longer than the memory for it is written into nothing, and then read the other way.
function textText(loop: CsvLoop, field: number, closing: number): string {
  const { delimiter, nullBytesMax } = loop;
  const ends =
    closing === NEWLINE ? `if (used > used${field} && bytes[at - 1] === ${RETURN}) used--;` : "";
  const asks =
    nullBytesMax < 0
      ? ""
      : `&& (used - used${field} > ${nullBytesMax} || !fields.isNull(start, start + used - used${field}))`;
  return `
      start = at;
      used = used${field};
      byte = bytes[at];
      while (byte !== ${delimiter} && byte !== ${NEWLINE}) {
        bytes${field}[used++] = byte;
        byte = bytes[++at];
      }
      ${ends}
      if (byte === ${closing} && used <= bytes${field}.length ${quoteText(loop, "bytes[start]")} ${asks}) {
        used${field} = used;
        offsets${field}[row + 1] = used;
        at++;
      } else {
        out${field}.used = used${field};
        ${unusualText(field)}
        used${field} = out${field}.used;
        bytes${field} = out${field}.bytes;
      }`;
}
