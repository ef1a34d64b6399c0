/**
 * Filter rows by comparisons of one column with one value. Each operation narrows a list of row
 * numbers; the columns are copied once, at the end.
 */
import {
  asNumbers,
  type Column,
  defineTask,
  forBlocks,
  isNull,
  kernel,
  type NumericArray,
  type NumericColumn,
  RtlError,
  type TextColumn,
  takeRows,
  textColumn,
  z,
} from "rtl/task";

/** The comparison of column and value that each method stands for. */
const comparisons = {
  eq: "==",
  ne: "!=",
  lt: ">",
  gt: "<",
  le: ">=",
  ge: "<=",
  "==": "==",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
} as const;
type Method = keyof typeof comparisons;
type Comparison = (typeof comparisons)[Method];
type Value = string | number | boolean | null;

const methods = Object.keys(comparisons) as [Method, ...Method[]];
const params = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        column: z.string().describe("column"),
        value: z
          .union([z.string(), z.number(), z.boolean(), z.null()], {
            error: "give a number, a text, true, false or null",
          })
          .describe("what the column is compared with"),
        method: z
          .enum(methods, { error: `give one of ${methods.join(" ")}` })
          .describe("how they compare; lt, gt, le and ge read value before column"),
      }),
    )
    .describe("done in order, each on the rows that are left"),
});

export default defineTask({
  name: "filterRows",
  aliases: ["filter"],
  summary: "keep the rows whose column compares as wanted with a value",
  description: [
    "Methods: eq, ne, and == != < <= > >= as everyone reads them: column < value.",
    "The methods lt gt le ge are historical and read the other way round, value before column:",
    '"lt" keeps rows where the column is GREATER than the value, "gt" where it is less, "le" where',
    'it is not less, "ge" where it is not greater. NaN and rows without a value survive only ne.',
  ].join("\n"),
  shape: "map",
  params,
  example: { operations: [{ column: "stageName", method: "==", value: 22 }] },
  run(table, { operations }, context) {
    let rows: Uint32Array | undefined;
    for (const { column, value, method } of operations) {
      const comparison = comparisons[method];
      rows = narrow(table.column(column), comparison, value, method, rows);
      context.tally("=> Filtered Results: ({},)", rows.length);
    }
    return rows === undefined || rows.length === table.rows ? table : takeRows(table, rows);
  },
});

/** The rows, of those given or of all, where the comparison holds. */
function narrow(
  column: Column,
  comparison: Comparison,
  value: Value,
  method: Method,
  rows: Uint32Array | undefined,
): Uint32Array {
  const alike = column.kind === "text" ? typeof value === "string" : typeof value !== "string";
  if (value !== null && alike) {
    const found =
      column.kind === "text"
        ? compareTexts(column, comparison, String(value), rows)
        : compareNumbers(asNumbers(column, "filterRows"), comparison, Number(value), rows);
    return column.validity === undefined ? found : correctNulls(column, comparison, rows, found);
  }
  // A value of another kind equals no row and differs from every one; it has no order with them.
  if (comparison === "!=") return rows ?? allRows(column.length);
  if (comparison === "==") return new Uint32Array(0);
  const kind = value === null ? "null" : typeof value === "string" ? "a text" : "a number";
  const message = `column "${column.name}" (${column.dtype}) has no order with ${kind}`;
  throw new RtlError("RTL_PARAMS_INVALID", `filterRows: ${message}`, {
    fix: `method ${method} needs a value of the column's kind`,
  });
}

type Find = (
  values: NumericArray,
  halves: Int32Array | undefined,
  value: number | bigint,
  rows: Uint32Array | undefined,
  found: Uint32Array,
  start: number,
  end: number,
  count: number,
) => number;

function compareNumbers(
  column: NumericColumn,
  comparison: Comparison,
  value: number,
  rows: Uint32Array | undefined,
): Uint32Array {
  const { values } = column;
  const long = values instanceof BigInt64Array || values instanceof BigUint64Array;
  const halves = long
    ? new Int32Array(values.buffer, values.byteOffset, values.length * 2)
    : undefined;
  // A whole number beyond 2^53 may differ from a value it is rounded to: those compare as bigints.
  const exact = long && Number.isInteger(value) && !Number.isSafeInteger(value);
  const find = findKernel(column.dtype, comparison, exact, rows !== undefined);
  const total = rows?.length ?? column.length;
  const found = new Uint32Array(total);
  const wanted = exact ? BigInt(value) : value;
  let count = 0;
  forBlocks(total, (start, end) => {
    count = find(values, halves, wanted, rows, found, start, end, count);
  });
  return found.subarray(0, count);
}

/** Writes every row number and moves on only after those that are wanted: no branch to mispredict. */
function findKernel(
  dtype: NumericColumn["dtype"],
  comparison: Comparison,
  exact: boolean,
  narrowing: boolean,
): Find {
  const high = dtype === "<u8" ? "(halves[2 * r + 1] >>> 0)" : "halves[2 * r + 1]";
  const long = (dtype === "<i8" || dtype === "<u8") && !exact;
  const element = long ? `${high} * 4294967296 + (halves[2 * r] >>> 0)` : "values[r]";
  return kernel<Find>(
    `find ${dtype}`,
    ["values", "halves", "value", "rows", "found", "start", "end", "count"],
    `for (let i = start; i < end; i++) {
      const r = ${narrowing ? "rows[i]" : "i"};
      found[count] = r;
      count += (${element}) ${comparison} value ? 1 : 0;
    }
    return count;`,
  );
}

function compareTexts(
  column: TextColumn,
  comparison: Comparison,
  text: string,
  rows: Uint32Array | undefined,
): Uint32Array {
  // As bytes in the column's own encoding: their order is the order of code points.
  const { bytes: wanted } = textColumn("", [text], column.dtype);
  const total = rows?.length ?? column.length;
  const found = new Uint32Array(total);
  let count = 0;
  for (let i = 0; i < total; i++) {
    const row = rows === undefined ? i : (rows[i] ?? 0);
    found[count] = row;
    if (holds(orderOf(column, row, wanted), comparison)) count++;
  }
  return found.subarray(0, count);
}

/** Below, at or above 0 as the row's text comes before, equals or comes after the wanted bytes. */
function orderOf({ offsets, bytes }: TextColumn, row: number, wanted: Uint8Array): number {
  const start = offsets[row] ?? 0;
  const length = (offsets[row + 1] ?? 0) - start;
  const shared = Math.min(length, wanted.length);
  for (let i = 0; i < shared; i++) {
    const order = (bytes[start + i] ?? 0) - (wanted[i] ?? 0);
    if (order !== 0) return order;
  }
  return length - wanted.length;
}

function holds(order: number, comparison: Comparison): boolean {
  if (comparison === "==") return order === 0;
  if (comparison === "!=") return order !== 0;
  if (comparison === "<") return order < 0;
  if (comparison === "<=") return order <= 0;
  return comparison === ">" ? order > 0 : order >= 0;
}

/** What was found, after the rule for rows without a value: they survive only "!=". */
function correctNulls(
  column: Column,
  comparison: Comparison,
  rows: Uint32Array | undefined,
  found: Uint32Array,
): Uint32Array {
  if (comparison !== "!=") return found.filter((row) => !isNull(column, row));
  const kept = new Set(found);
  return (rows ?? allRows(column.length)).filter((row) => kept.has(row) || isNull(column, row));
}

const allRows = (count: number): Uint32Array =>
  Uint32Array.from({ length: count }, (_, row) => row);
