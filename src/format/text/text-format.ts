/** What the readers of text files have in common: options, and columns that are guessed before they are read. */

import type { FileExtent, FileFormat } from "../file-format.ts";
import type { ColumnType } from "./column-type.ts";

/** How text files are to be read; each format takes what concerns it. */
export interface TextOptions {
  /** Whether the first line has the names; found out when absent. */
  readonly header?: boolean | undefined;
  /** Names in place of those of the file. */
  readonly names?: readonly string[] | undefined;
  /** Between the fields of a line; found out when absent. */
  readonly delimiter?: string | undefined;
  /** Around fields that hold other marks; null: there are no quotes. */
  readonly quote?: string | null | undefined;
  /** At the beginning of lines that are passed over. */
  readonly comment?: string | undefined;
  /** Texts that stand for a row without a value. */
  readonly nulls?: readonly string[] | undefined;
  /** The columns that are wanted; all when absent. */
  readonly columns?: readonly string[] | undefined;
}

/** A column as one file shows it: a set of kinds, see column-kinds.ts. */
export interface ColumnGuess {
  readonly name: string;
  readonly kinds: number;
}

export interface TextFormat extends FileFormat<TextOptions> {
  /** Whether a column that is not in the file is one without values. */
  readonly mayLackColumns: boolean;
  /** The columns of a file that was inspected, in order. */
  guesses(extent: FileExtent): readonly ColumnGuess[];
  /** The extent with what each column is to be read as; columns without a type are passed over. */
  settled(extent: FileExtent, types: ReadonlyMap<string, ColumnType>): FileExtent;
}
