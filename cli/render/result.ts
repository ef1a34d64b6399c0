/** A table in each of the forms in which a result is written, piece by piece. */
import { type Value, valueAt } from "../../src/table/column.ts";
import { encodeTableParts } from "../../src/table/ipc.ts";
import { tableToJson } from "../../src/table/json.ts";
import { tableToText, toRecords } from "../../src/table/print.ts";
import { makeTable, sliceRows, type Table } from "../../src/table/table.ts";
import type { Format } from "../formats.ts";

/** Rows turned into text at a time: enough to be quick, little enough to be small. */
const ROWS_AT_ONCE = 1_000;

/** The room there is for the form that is for people; the others are always whole. */
export interface Room {
  readonly rows: number;
  readonly columns: number;
}

/** Pieces of the table in this form. */
export function* renderTable(
  table: Table,
  format: Format,
  room: Room = { rows: Infinity, columns: Infinity },
): Generator<string | Uint8Array> {
  switch (format) {
    case "table":
      yield `${fittedText(table, room)}\n`;
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

/** As many of the first columns as fit; a broken line is harder to read than a missing one. */
function fittedText(table: Table, room: Room): string {
  let width = 0;
  const fitting = table.columns.findIndex((column) => {
    const alone = tableToText(makeTable([column]), { maxRows: room.rows })
      .split("\n")
      .slice(0, -1);
    width += Math.max(...alone.map((line) => line.length)) + 2;
    return width - 2 > room.columns;
  });
  if (fitting < 0) return tableToText(table, { maxRows: room.rows });
  const kept = table.columns.slice(0, Math.max(1, fitting));
  const left = table.names.slice(kept.length).join(", ");
  const text = tableToText(makeTable(kept, table.rows), { maxRows: room.rows });
  return `${text}\nnot shown: ${left}; --out FILE or --format writes all`;
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
