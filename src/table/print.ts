/** Tables for people: records for printing as JSON lines, and aligned text for a terminal. */
import { isNumericDtype, type Value, valueAt } from "./column.ts";
import { jsonValue } from "./json.ts";
import type { Table } from "./table.ts";

export type JsonRecord = Record<string, ReturnType<typeof jsonValue>>;

/** The first rows as plain objects that JSON can hold. */
export function toRecords(table: Table, limit = Infinity): JsonRecord[] {
  const rows = Math.min(table.rows, limit);
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      table.columns.map((column) => [column.name, jsonValue(valueAt(column, row))]),
    ),
  );
}

/** Longest cell; more is cut and ends in an ellipsis. */
const CELL_MAX = 40;

/**
 * The table as lines of aligned text: names, rows (first and last ones when there are more than
 * `maxRows`), and how many rows there are. Numbers stand right, texts left.
 */
export function tableToText(table: Table, options: { maxRows?: number } = {}): string {
  const maxRows = Math.max(1, options.maxRows ?? 20);
  const whole = table.rows <= maxRows;
  const head = whole ? table.rows : Math.ceil(maxRows / 2);
  const tail = whole ? 0 : maxRows - head;
  const rowsShown = [
    ...Array.from({ length: head }, (_, i) => i),
    ...Array.from({ length: tail }, (_, i) => table.rows - tail + i),
  ];
  const columns = table.columns.map((column) => {
    const cells = [column.name, ...rowsShown.map((row) => cellText(valueAt(column, row)))];
    if (!whole) cells.splice(1 + head, 0, "…");
    const width = cells.reduce((wide, cell) => Math.max(wide, cell.length), 0);
    const right = isNumericDtype(column.dtype);
    return cells.map((cell) => (right ? cell.padStart(width) : cell.padEnd(width)));
  });
  const height = 1 + rowsShown.length + (whole ? 0 : 1);
  const lines = Array.from({ length: height }, (_, line) =>
    columns
      .map((cells) => cells[line] ?? "")
      .join("  ")
      .trimEnd(),
  );
  const count = `${table.rows} ${table.rows === 1 ? "row" : "rows"}`;
  return [...lines, `(${count})`].join("\n");
}

function cellText(value: Value): string {
  if (value === null) return "null";
  // Control characters would break the line, or worse, command the terminal.
  const text = String(value).replace(/\p{Cc}/gu, escapeLetter);
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text;
}

const escapeLetter = (letter: string): string =>
  letter === "\n" ? "\\n" : `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`;
