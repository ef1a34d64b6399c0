/** A table in each of the forms in which a result is written, piece by piece. */
import { type Value, valueAt } from "../../src/table/column.ts";
import { encodeTableParts } from "../../src/table/ipc.ts";
import { tableToJson } from "../../src/table/json.ts";
import { tableToText, toRecords } from "../../src/table/print.ts";
import { sliceRows, type Table } from "../../src/table/table.ts";
import type { Format } from "../output.ts";

/** Rows turned into text at a time: enough to be quick, little enough to be small. */
const ROWS_AT_ONCE = 1_000;

/** Pieces of the table in this form. `rowsMax` cuts the form that is for people only. */
export function* renderTable(
  table: Table,
  format: Format,
  rowsMax = Infinity,
): Generator<string | Uint8Array> {
  switch (format) {
    case "table":
      yield `${tableToText(table, { maxRows: rowsMax })}\n`;
      break;
    case "json":
      yield `${JSON.stringify(tableToJson(table))}\n`;
      break;
    case "ndjson":
      for (const part of parts(table)) {
        yield toRecords(part)
          .map((record) => `${JSON.stringify(record)}\n`)
          .join("");
      }
      break;
    case "csv":
      yield csvLine(table.names);
      for (const part of parts(table)) yield csvLines(part);
      break;
    case "arrow":
      yield* encodeTableParts(table);
  }
}

function* parts(table: Table): Generator<Table> {
  for (let start = 0; start < table.rows; start += ROWS_AT_ONCE) {
    yield sliceRows(table, start, start + ROWS_AT_ONCE);
  }
}

const csvLines = (table: Table): string =>
  Array.from({ length: table.rows }, (_, row) =>
    csvLine(table.columns.map((column) => valueAt(column, row))),
  ).join("");

const csvLine = (values: readonly Value[]): string => `${values.map(csvCell).join(",")}\n`;

/** A cell after RFC 4180; a missing value is empty. */
function csvCell(value: Value): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
