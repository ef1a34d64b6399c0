/** What sets one CSV file apart from another: its marks, and what may be one. It reads nothing. */

/** The marks of a file, as bytes; -1 where there is none. */
export interface CsvMarks {
  readonly delimiter: number;
  /** Around fields that hold a delimiter, a line end or this mark itself, which then comes twice. */
  readonly quote: number;
  /** At the beginning of lines that are passed over. */
  readonly comment: number;
}

/** Characters that may stand between fields: anything that numbers, words and lines are not made of. */
export const isDelimiter = (text: string): boolean =>
  /^[\x01-\x7e]$/.test(text) && !/[\n\r"0-9A-Za-z.+-]/.test(text);

export const DELIMITER_FIX = "give one ASCII character, such as a comma, a semicolon or a tab";
