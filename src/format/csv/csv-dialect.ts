/** What sets one CSV file apart from another: its marks, its columns. It reads nothing. */
import type { ColumnType } from "../text/column-type.ts";

/** The marks of a file, as bytes; -1 where there is none. */
export interface CsvMarks {
  readonly delimiter: number;
  /** Around fields that hold a delimiter, a line end or this mark itself, which then comes twice. */
  readonly quote: number;
  /** At the beginning of lines that are passed over. */
  readonly comment: number;
}

/** A column of the file; without a type it is passed over. */
export interface CsvField {
  readonly name: string;
  readonly type: ColumnType | undefined;
}

export interface CsvParsing extends CsvMarks {
  /** What stands for a row without a value. */
  readonly nulls: readonly string[];
  /** Whether lines with nothing on them are passed over; otherwise they are faults. */
  readonly skipsBlank: boolean;
}

/** What array files are: no quotes, no rows without a value, a record on every line. */
export const plainParsing = (delimiter: number): CsvParsing => ({
  delimiter,
  quote: -1,
  comment: -1,
  nulls: [],
  skipsBlank: false,
});

/** Characters that may stand between fields: anything that numbers, words and lines are not made of. */
export const isDelimiter = (text: string): boolean =>
  text.length === 1 && text > "\0" && text < "\x7f" && !/[\n\r"0-9A-Za-z.+-]/.test(text);

export const DELIMITER_FIX = "give one ASCII character, such as a comma, a semicolon or a tab";
