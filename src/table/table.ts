/**
 * An immutable table of named columns: make, extend, slice, join. A table is never changed; every
 * function here returns another one that shares the memory of the columns it keeps.
 */
import { RtlError } from "../protocol/errors.ts";
import { nearest } from "../protocol/nearest.ts";
import { type Column, type Dtype, numericColumn, sliceColumn } from "./column.ts";
import { joinColumns } from "./join-columns.ts";

export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  has(name: string): boolean;
  /** The column of this name; RTL_COLUMN_UNKNOWN, with the nearest name, when there is none. */
  column(name: string): Column;
}

/** Names and dtypes of a table, in column order. */
export interface TableSchema {
  readonly names: readonly string[];
  readonly dtypes: readonly Dtype[];
}

class ColumnTable implements Table {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  readonly #byName: ReadonlyMap<string, Column>;

  constructor(columns: readonly Column[], rows: number, byName: ReadonlyMap<string, Column>) {
    this.rows = rows;
    this.columns = columns;
    this.names = columns.map(({ name }) => name);
    this.#byName = byName;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  column(name: string): Column {
    const column = this.#byName.get(name);
    if (column !== undefined) return column;
    const near = nearest(name, this.names);
    const fix =
      near === undefined ? `its columns are ${listed(this.names)}` : `did you mean "${near}"?`;
    throw new RtlError("RTL_COLUMN_UNKNOWN", `the table has no column "${name}"`, { fix });
  }
}

export const isTable = (value: unknown): value is Table => value instanceof ColumnTable;

/** A table of these columns; RTL_TABLE_INVALID when lengths differ or a name comes twice. */
export function makeTable(columns: readonly Column[], rows = columns[0]?.length ?? 0): Table {
  const byName = new Map<string, Column>();
  for (const column of columns) {
    if (column.length !== rows) {
      const expected = `${rows} rows are expected`;
      invalid(`column "${column.name}" has ${column.length} rows, but ${expected}`);
    }
    if (byName.has(column.name)) {
      invalid(`there are two columns "${column.name}"`, "give each column its own name");
    }
    byName.set(column.name, column);
  }
  return new ColumnTable(columns, rows, byName);
}

/** The table with more columns on its right; RTL_TABLE_INVALID when a name is taken. */
export function withColumns(table: Table, added: readonly Column[]): Table {
  if (added.length === 0) return table;
  const taken = added.find(({ name }) => table.has(name));
  if (taken !== undefined) {
    invalid(`the table already has a column "${taken.name}"`, "give the new column another name");
  }
  return makeTable([...table.columns, ...added], table.rows);
}

/** Rows [start, end), cut to what there is, as views of the same memory. */
export function sliceRows(table: Table, start: number, end: number): Table {
  const last = Math.min(table.rows, Math.max(0, end));
  const first = Math.min(last, Math.max(0, start));
  if (first === 0 && last === table.rows) return table;
  return makeTable(
    table.columns.map((column) => sliceColumn(column, first, last)),
    last - first,
  );
}

/** The table that a job starts from when nothing else is given: one row, column "1", int64 0. */
export function defaultTable(): Table {
  return makeTable([numericColumn("1", new BigInt64Array(1))]);
}

export function schemaOf(table: Table): TableSchema {
  return { names: table.names, dtypes: table.columns.map(({ dtype }) => dtype) };
}

/** The tables one below the other; RTL_TABLE_INVALID names the first difference of their columns. */
export function concatenate(tables: readonly Table[]): Table {
  const [first, ...others] = tables;
  if (first === undefined) return invalid("there is no table to concatenate");
  if (others.length === 0) return first;
  others.forEach((other, index) => {
    const difference = schemaDifference(first, other);
    if (difference !== undefined) {
      invalid(`table ${index + 2} does not fit below table 1: ${difference}`);
    }
  });
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const columns = first.columns.map((column, position) => {
    const below = others.map((table) => table.columns[position]);
    return joinColumns(
      column,
      below.filter((part) => part !== undefined),
      rows,
    );
  });
  return makeTable(columns, rows);
}

/** What keeps the columns of two tables from being equal in number, name, dtype and order. */
export function schemaDifference(a: Table, b: Table): string | undefined {
  const width = Math.max(a.columns.length, b.columns.length);
  for (let i = 0; i < width; i++) {
    const [left, right] = [a.columns[i], b.columns[i]];
    const place = `column ${i + 1}`;
    if (left === undefined) return `${place} "${right?.name}" is only in the second`;
    if (right === undefined) return `${place} "${left.name}" is only in the first`;
    if (left.name !== right.name) return `${place} is "${left.name}" and "${right.name}"`;
    if (left.dtype !== right.dtype) {
      return `${place} "${left.name}" is ${left.dtype} and ${right.dtype}`;
    }
  }
  return undefined;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => `"${name}"`);
  return shown.join(", ") + (names.length > shown.length ? ", …" : "");
}

function invalid(message: string, fix?: string): never {
  throw new RtlError("RTL_TABLE_INVALID", message, fix === undefined ? {} : { fix });
}
