/**
 * Tables as JSON: `{rows, columns: {name: {dtype, values}}}`, exact for every value. What JSON
 * cannot say is text: "NaN", "Infinity", "-Infinity", and integers beyond ±2^53.
 */
import { RtlError } from "../protocol/errors.ts";
import { nearest } from "../protocol/nearest.ts";
import {
  allValid,
  arrayOfDtype,
  type Column,
  clearBit,
  type Dtype,
  isBytesDtype,
  isDtype,
  isNumericDtype,
  type NumericDtype,
  numericColumn,
  type TextDtype,
  textColumn,
  valueAt,
  widthOf,
} from "./column.ts";
import { makeTable, type Table } from "./table.ts";

export interface JsonTable {
  readonly rows: number;
  readonly columns: Readonly<Record<string, JsonColumn>>;
  /** Column names in order; only where an object cannot keep it, as with the names "b", "1". */
  readonly order?: readonly string[];
}
export interface JsonColumn {
  readonly dtype: Dtype;
  readonly values: readonly (number | string | boolean | null)[];
}

export function tableToJson(table: Table): JsonTable {
  const columns = table.columns.map((column) => [column.name, columnToJson(column)] as const);
  const json = { rows: table.rows, columns: Object.fromEntries(columns) };
  // JavaScript moves names that look like list positions to the front of an object.
  const kept = Object.keys(json.columns).every((name, place) => name === table.names[place]);
  return kept ? json : { ...json, order: table.names };
}

function columnToJson(column: Column): JsonColumn {
  const values: (number | string | boolean | null)[] = [];
  for (let row = 0; row < column.length; row++) values.push(jsonValue(valueAt(column, row)));
  return { dtype: column.dtype, values };
}

/** A value as JSON holds it without loss. */
export function jsonValue(
  value: number | bigint | boolean | string | null,
): number | string | boolean | null {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Whether a value looks like tableToJson's result; tableFromJson says what is wrong in detail. */
export function isJsonTable(value: unknown): value is JsonTable {
  if (!isRecord(value) || !isRecord(value["columns"])) return false;
  return Object.values(value["columns"]).every(
    (column) => isRecord(column) && "dtype" in column && "values" in column,
  );
}

/** The table; RTL_TABLE_INVALID says in which column and row something is wrong. */
export function tableFromJson(json: unknown): Table {
  if (!isRecord(json) || !isRecord(json["columns"])) {
    return invalid("a table as JSON is {rows, columns: {name: {dtype, values}}}");
  }
  const entries = json["columns"];
  const names =
    json["order"] === undefined ? Object.keys(entries) : orderOf(json["order"], entries);
  const columns = names.map((name) => columnFromJson(name, entries[name]));
  const rows = json["rows"] ?? columns[0]?.length ?? 0;
  if (typeof rows !== "number" || !Number.isSafeInteger(rows) || rows < 0) {
    return invalid(`"rows" is ${shown(rows)} instead of a whole number`);
  }
  return makeTable(columns, rows);
}

function orderOf(order: unknown, columns: Record<string, unknown>): string[] {
  const names: unknown[] = Array.isArray(order) ? order : [];
  const complete = new Set(names).size === Object.keys(columns).length;
  const named = (name: unknown): name is string =>
    typeof name === "string" && Object.hasOwn(columns, name);
  if (!complete || !names.every(named)) {
    return invalid('"order" does not name every column once');
  }
  return names;
}

/** One column of a table as JSON. */
export function columnFromJson(name: string, json: unknown): Column {
  const values = isRecord(json) ? json["values"] : undefined;
  const dtype = isRecord(json) ? json["dtype"] : undefined;
  if (!Array.isArray(values) || typeof dtype !== "string") {
    return invalid(`column "${name}" is not {dtype, values: [...]}`);
  }
  if (!isDtype(dtype)) {
    const near = nearest(dtype, ["<f8", "<f4", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1", "O"]);
    const fix =
      near === undefined ? 'such as "<f8", "<i8", "<U10", "O"' : `did you mean "${near}"?`;
    throw new RtlError("RTL_TABLE_INVALID", `column "${name}": unknown dtype "${dtype}"`, { fix });
  }
  return isNumericDtype(dtype) ? numbers(name, dtype, values) : texts(name, dtype, values);
}

function texts(name: string, dtype: TextDtype, values: readonly unknown[]): Column {
  const width = widthOf(dtype);
  const checked = values.map((value, row) => {
    if (value === null) return null;
    if (typeof value !== "string") return wrongValue(name, row, dtype, value);
    // numpy's width counts code points; the quick test avoids counting them for most values.
    if (value.length > width && [...value].length > width)
      return wrongValue(name, row, dtype, value);
    if (isBytesDtype(dtype) && !isLatin1(value)) return wrongValue(name, row, dtype, value);
    return value;
  });
  return textColumn(name, checked, dtype);
}

/** One character for each byte. */
function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

function numbers(name: string, dtype: NumericDtype, values: readonly unknown[]): Column {
  const array = new arrayOfDtype[dtype](values.length);
  let validity: Uint8Array | undefined;
  values.forEach((value, row) => {
    if (value === null) {
      validity ??= allValid(values.length);
      clearBit(validity, row);
      return;
    }
    const number = numberOf(value, dtype);
    if (number === undefined) wrongValue(name, row, dtype, value);
    else array[row] = number;
    // A value that the array cannot hold would come back as another one.
    if (isInteger(dtype) && array[row] !== number) wrongValue(name, row, dtype, value);
  });
  return numericColumn(name, array, { dtype, validity });
}

const isInteger = (dtype: NumericDtype): boolean => !dtype.startsWith("<f");
const isLong = (dtype: NumericDtype): boolean => dtype === "<i8" || dtype === "<u8";

function numberOf(value: unknown, dtype: NumericDtype): number | bigint | undefined {
  if (dtype === "|b1") {
    return value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined;
  }
  if (typeof value === "string" && isInteger(dtype)) {
    if (!/^-?\d{1,20}$/.test(value)) return undefined;
    return isLong(dtype) ? BigInt(value) : Number(value);
  }
  if (typeof value === "string") {
    return ["NaN", "Infinity", "-Infinity"].includes(value) ? Number(value) : undefined;
  }
  if (typeof value === "bigint") return isLong(dtype) ? value : Number(value);
  if (typeof value !== "number") return undefined;
  if (isInteger(dtype) && !Number.isInteger(value)) return undefined;
  return isLong(dtype) ? BigInt(value) : value;
}

function wrongValue(name: string, row: number, dtype: Dtype, value: unknown): never {
  return invalid(`column "${name}", row ${row}: ${shown(value)} does not fit dtype ${dtype}`);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, readable) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Whole numbers of 64 bits are none in JSON. */
const readable = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? String(value) : value;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function invalid(message: string): never {
  throw new RtlError("RTL_TABLE_INVALID", message);
}
