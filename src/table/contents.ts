/**
 * A table out of whatever a user has at hand: a Table, Arrow's table, JSON, columns of arrays, a
 * list of records, one array. It guesses a dtype only where a value leaves no doubt.
 */
import type { Table as ArrowTable } from "apache-arrow";
import { RtlError } from "../protocol/errors.ts";
import { columnsOfBatches } from "./arrow-columns.ts";
import {
  allValid,
  type Column,
  clearBit,
  type NumericArray,
  numericColumn,
  textColumn,
} from "./column.ts";
import { columnFromJson, isJsonTable, tableFromJson } from "./json.ts";
import { isTable, makeTable, type Table } from "./table.ts";

const FORMS =
  "give a table, an Arrow table, {column: [values]}, a list of records, or a typed array";

/** The table; RTL_TABLE_INVALID names what was given instead of one. */
export function tableFromContents(contents: unknown): Table {
  if (isTable(contents)) return contents;
  if (isNumericArray(contents)) return makeTable([numericColumn("1", contents)]);
  if (Array.isArray(contents)) return fromList(contents);
  if (typeof contents !== "object" || contents === null) {
    const what = contents === null ? "null" : typeof contents;
    throw new RtlError("RTL_TABLE_INVALID", `${what} is not a table`, { fix: FORMS });
  }
  if (isArrowTable(contents)) {
    const { schema, batches, numRows } = contents;
    return makeTable(columnsOfBatches(schema, batches, numRows), numRows);
  }
  if (isJsonTable(contents)) return tableFromJson(contents);
  return makeTable(
    Object.entries(contents).map(([name, values]: [string, unknown]) => {
      if (isNumericArray(values)) return numericColumn(name, values);
      if (Array.isArray(values)) return columnOfValues(name, values);
      throw new RtlError("RTL_TABLE_INVALID", `column "${name}" is not a list of values`, {
        fix: FORMS,
      });
    }),
  );
}

const isNumericArray = (value: unknown): value is NumericArray =>
  ArrayBuffer.isView(value) &&
  !(value instanceof DataView) &&
  !(value instanceof Uint8ClampedArray);

/** By what the object can do, so that any copy of the package passes, and none must be loaded here. */
const isArrowTable = (value: object): value is ArrowTable =>
  "schema" in value && "batches" in value && "numRows" in value;

/** Records with the same keys, or plain values as column "1". */
function fromList(list: readonly unknown[]): Table {
  if (list.length === 0) return makeTable([]);
  if (!list.some(isRecord)) return makeTable([columnOfValues("1", list)]);
  const names = new Set<string>();
  list.forEach((record, row) => {
    if (!isRecord(record)) {
      const message = `row ${row} is not a record like the other rows`;
      throw new RtlError("RTL_TABLE_INVALID", message, { fix: FORMS });
    }
    for (const name of Object.keys(record)) names.add(name);
  });
  const records = list.filter(isRecord);
  return makeTable(
    [...names].map((name) =>
      columnOfValues(
        name,
        records.map((record) => record[name] ?? null),
      ),
    ),
  );
}

/** A column of plain values: all numbers, all bigints, all booleans or all texts; null anywhere. */
function columnOfValues(name: string, values: readonly unknown[]): Column {
  const kinds = new Set<string>();
  for (const value of values) {
    if (value !== null && value !== undefined) kinds.add(typeof value);
  }
  const [kind = "number"] = kinds;
  const plain = values.map((value) => value ?? null);
  if (kinds.size <= 1) {
    if (kind === "number") return floats(name, plain);
    if (kind === "bigint") return columnFromJson(name, { dtype: "<i8", values: plain });
    if (kind === "boolean") return columnFromJson(name, { dtype: "|b1", values: plain });
    if (kind === "string")
      return textColumn(
        name,
        plain.map((text) => (text === null ? null : String(text))),
      );
  }
  const found = [...kinds].join(" and ");
  throw new RtlError("RTL_TABLE_INVALID", `column "${name}" holds ${found} values`, {
    fix: "one column holds numbers, bigints, booleans or texts, not several of them",
  });
}

/** Whole numbers become int64 and others float64, as numpy does with a list. */
function floats(name: string, values: readonly unknown[]): Column {
  if (values.length > 0 && values.every((value) => value === null || Number.isSafeInteger(value))) {
    return columnFromJson(name, { dtype: "<i8", values });
  }
  const array = new Float64Array(values.length);
  let validity: Uint8Array | undefined;
  values.forEach((value, row) => {
    if (typeof value === "number") array[row] = value;
    else {
      validity ??= allValid(values.length);
      clearBit(validity, row);
    }
  });
  return numericColumn(name, array, { validity });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value);
