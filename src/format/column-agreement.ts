/**
 * The columns of the one table that several files make: which there are, and as what each is read. The
 * names must be the same in all files, in any order, unless a union is wanted.
 */
import { RtlError } from "../protocol/errors.ts";
import { nearest } from "../protocol/nearest.ts";
import { fitsWildcards, hasWildcards } from "../protocol/wildcards.ts";
import type { Dtype } from "../table/column.ts";
import { commonDtype } from "./conform.ts";
import { typeOfKinds } from "./text/column-kinds.ts";
import { type ColumnType, dtypeOfType } from "./text/column-type.ts";

/** A column as a file shows it: by its dtype, or by the kinds of its values, see column-kinds.ts. */
export type ShownColumn =
  | { readonly name: string; readonly kinds: number }
  | { readonly name: string; readonly dtype: Dtype };

export interface ShownFile {
  readonly path: string;
  readonly columns: readonly ShownColumn[];
  /** Whether a column that is not in the file is one without values. */
  readonly mayLackColumns: boolean;
}

export interface Wanted {
  /** What columns are to be read as. */
  readonly types: ReadonlyMap<string, ColumnType>;
  /** The columns that are wanted, by names and patterns, in this order; all when absent. */
  readonly columns?: readonly string[] | undefined;
  /** Whether files may lack columns that others have. */
  readonly union?: boolean | undefined;
}

/**
 * The type of every column, in order. RTL_FILE_INVALID where files do not agree, RTL_COLUMN_UNKNOWN
 * where a column is wanted that there is not.
 */
export function agreedColumns(
  files: readonly ShownFile[],
  wanted: Wanted,
): ReadonlyMap<string, ColumnType> {
  // A file without a single record shows nothing to agree on.
  const shown = files.filter(({ columns }) => columns.length > 0);
  if (wanted.union !== true) refuseDifferences(shown, wanted.columns);
  const guesses = new Map<string, Guess>();
  for (const { columns } of shown) for (const column of columns) addTo(guesses, column);
  for (const name of wanted.types.keys()) {
    if (!files.some(({ mayLackColumns }) => mayLackColumns)) {
      requireColumn(name, guesses, "types names");
    } else if (!guesses.has(name)) guesses.set(name, { kinds: 0 });
  }
  if (guesses.size === 0) {
    const [first] = files;
    throw new RtlError("RTL_FILE_INVALID", `file ${first?.path ?? ""}: there is nothing in it`);
  }
  const names = wanted.columns?.flatMap((name) => namesFitting(name, guesses)) ?? guesses.keys();
  return new Map(
    [...names].map((name) => {
      const guess = requireColumn(name, guesses, "columns names");
      return [name, wanted.types.get(name) ?? typeOf(guess)];
    }),
  );
}

/** A name is never a pattern when it is a column's. */
function namesFitting(name: string, guesses: ReadonlyMap<string, Guess>): readonly string[] {
  if (!isPattern(name, guesses)) return [name];
  return [...guesses.keys()].filter((one) => fitsWildcards(one, name));
}

const isPattern = (name: string, guesses: { has(name: string): boolean }): boolean =>
  hasWildcards(name) && !guesses.has(name);

/** What the files together show of a column. */
interface Guess {
  kinds: number;
  dtype?: Dtype;
}

function addTo(guesses: Map<string, Guess>, column: ShownColumn): void {
  const guess = guesses.get(column.name) ?? { kinds: 0 };
  guesses.set(column.name, guess);
  if ("kinds" in column) guess.kinds |= column.kinds;
  else guess.dtype = commonDtype(guess.dtype ?? column.dtype, column.dtype);
}

function typeOf({ kinds, dtype }: Guess): ColumnType {
  const guessed = typeOfKinds(kinds);
  // Without a single value it may become anything; text takes all of it.
  if (guessed === undefined) return dtype ?? "O";
  return dtype === undefined ? guessed : commonDtype(dtype, dtypeOfType(guessed));
}

function refuseDifferences(
  files: readonly ShownFile[],
  columns: readonly string[] | undefined,
): void {
  const first = files.find(({ mayLackColumns }) => !mayLackColumns) ?? files[0];
  if (first === undefined) return;
  const isRelevant = (name: string) =>
    columns?.some((one) => one === name || fitsWildcards(name, one)) ?? true;
  const namesOf = (file: ShownFile) =>
    new Set(file.columns.map(({ name }) => name).filter(isRelevant));
  const names = namesOf(first);
  for (const file of files) {
    const own = namesOf(file);
    const added = [...own].find((name) => !names.has(name));
    if (added !== undefined && !first.mayLackColumns) throw different(first, file, added);
    const lost = [...names].find((name) => !own.has(name));
    if (lost !== undefined && !file.mayLackColumns) throw different(file, first, lost);
  }
}

const different = (without: ShownFile, having: ShownFile, name: string): RtlError =>
  new RtlError(
    "RTL_FILE_INVALID",
    `file ${without.path} has no column "${name}", which file ${having.path} has`,
    { fix: "set union: true to fill what is missing, or columns to those that all files have" },
  );

function requireColumn(name: string, guesses: ReadonlyMap<string, Guess>, who: string): Guess {
  const guess = guesses.get(name);
  if (guess !== undefined) return guess;
  const near = nearest(name, guesses.keys());
  const known = [...guesses.keys()].slice(0, 12).join(", ");
  throw new RtlError("RTL_COLUMN_UNKNOWN", `${who} "${name}", but no file has such a column`, {
    fix: near === undefined ? `the columns are ${known}` : `did you mean "${near}"?`,
  });
}
