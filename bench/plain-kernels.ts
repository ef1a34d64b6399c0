/**
 * The kernels as anyone would write them in plain JavaScript: the baseline, and the check of results,
 * where numpy is absent. They are meant to be right at first sight, not fast.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Column, type NumericColumn, numericColumn, textColumn } from "../src/table/column.ts";
import { toFloat64 } from "../src/table/floats.ts";
import { makeTable, sliceRows, type Table } from "../src/table/table.ts";
import { sumsOf } from "./column-sums.ts";
import type { Baseline } from "./kernel-baseline.ts";
import { csvColumns, csvFiles } from "./kernel-csv.ts";
import { columnOf, type SharedColumn } from "./kernel-data.ts";
import { BINS, type Kernel, type KernelKey } from "./kernel-list.ts";

interface Operation {
  readonly column: string;
  readonly a: string;
  readonly b: string | number;
  readonly bins: number;
  readonly method: ">" | "<";
  readonly value: number;
}

type Plain = (table: Table, operations: readonly Operation[]) => Table;

const numbers = (table: Table, name: string): Float64Array =>
  toFloat64(table.column(name) as NumericColumn);
const onlyOut = (values: Float64Array): Table => makeTable([numericColumn("out", values)]);
const first = (operations: readonly Operation[]): Operation => {
  const [operation] = operations;
  assert.ok(operation !== undefined);
  return operation;
};

const each =
  (compute: (a: number) => number): Plain =>
  (table, operations) =>
    onlyOut(numbers(table, first(operations).a).map(compute));

const both =
  (compute: (a: number, b: number) => number): Plain =>
  (table, operations) => {
    const { a, b } = first(operations);
    const right = typeof b === "string" ? numbers(table, b) : undefined;
    const constant = Number(b);
    return onlyOut(numbers(table, a).map((value, row) => compute(value, right?.[row] ?? constant)));
  };

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The rows with these numbers. */
function taken(table: Table, rows: Uint32Array): Table {
  return makeTable(
    table.columns.map((column) => {
      const values = numbers(table, column.name);
      return numericColumn(
        column.name,
        Float64Array.from(rows, (row) => values[row] ?? 0),
      );
    }),
    rows.length,
  );
}

const allRows = (table: Table): Uint32Array =>
  Uint32Array.from({ length: table.rows }, (_, i) => i);

const plain: Readonly<Record<Exclude<KernelKey, "open" | "openArray">, Plain>> = {
  add: both((a, b) => a + b),
  divide: both((a, b) => a / b),
  squareRoot: each(Math.sqrt),
  log: each(Math.log),
  power: both((a, b) => a ** b),
  mean: (table, operations) =>
    onlyOut(Float64Array.of(meanOf(numbers(table, first(operations).a)))),
  average(table, operations) {
    const values = numbers(table, first(operations).a);
    return onlyOut(new Float64Array(table.rows).fill(meanOf(values)));
  },
  filterRows: (table, operations) =>
    taken(
      table,
      operations.reduce((rows, { column, method, value }) => {
        const values = numbers(table, column);
        const fits = (own: number) => (method === ">" ? own > value : own < value);
        return rows.filter((row) => fits(values[row] ?? 0));
      }, allRows(table)),
    ),
  sort(table) {
    const values = numbers(table, "a");
    return taken(
      table,
      allRows(table).sort((left, right) => (values[left] ?? 0) - (values[right] ?? 0)),
    );
  },
  groupBy(table, operations) {
    const [keys, values] = [numbers(table, "key"), numbers(table, first(operations).a)];
    const groups = new Map<number, [sum: number, count: number]>();
    for (const [row, key] of keys.entries()) {
      const [sum, count] = groups.get(key) ?? [0, 0];
      groups.set(key, [sum + (values[row] ?? 0), count + 1]);
    }
    const sorted = [...groups].sort(([left], [right]) => left - right);
    return makeTable([
      numericColumn(
        "key",
        Float64Array.from(sorted, ([key]) => key),
      ),
      numericColumn(
        "out",
        Float64Array.from(sorted, ([, [sum, count]]) => sum / count),
      ),
    ]);
  },
  histogram(table, operations) {
    const { a, bins } = first(operations);
    const values = numbers(table, a);
    const edges = edgesOf(values, bins);
    return onlyOut(values.map((value) => edges.find((edge) => edge >= value) ?? Number.NaN));
  },
  histogramCounts(table) {
    const values = numbers(table, "a");
    const edges = edgesOf(values, BINS);
    const count = new Float64Array(BINS);
    for (const value of values) {
      const above = edges.findIndex((edge) => edge > value);
      // The last bin holds its high edge too.
      const bin = above < 0 ? BINS - 1 : above - 1;
      count[bin] = (count[bin] ?? 0) + 1;
    }
    return makeTable([
      numericColumn("low", edges.subarray(0, BINS)),
      numericColumn("high", edges.subarray(1)),
      numericColumn("count", count),
    ]);
  },
  regression(table) {
    const [x, y] = [numbers(table, "a"), numbers(table, "y")];
    const [meanX, meanY] = [meanOf(x), meanOf(y)];
    const along = x.reduce((sum, value, row) => sum + (value - meanX) * ((y[row] ?? 0) - meanY), 0);
    const slope = along / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
    const step = extremes(x)[1] / (table.rows - 1);
    const points = x.map((_, row) => slope * row * step + (meanY - slope * meanX));
    return makeTable([numericColumn("yLinear", points)]);
  },
};

function edgesOf(values: Float64Array, bins: number): Float64Array {
  const [low, high] = extremes(values);
  return Float64Array.from({ length: bins + 1 }, (_, edge) =>
    edge === bins ? high : low + edge * ((high - low) / bins),
  );
}

const extremes = (values: Float64Array): [low: number, high: number] => [
  values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY),
  values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY),
];

/** The file as its text says, split at line ends and commas. */
function csvTable(path: string, header: boolean): Table {
  const lines = readFileSync(path, "latin1").trimEnd().split("\n");
  const rows = lines.slice(header ? 1 : 0).map((line) => line.split(","));
  return makeTable(
    csvColumns.map((name, at): Column => {
      const texts = rows.map((row) => row[at] ?? "");
      return name === "text"
        ? textColumn(name, texts)
        : numericColumn(name, Float64Array.from(texts, Number));
    }),
    rows.length,
  );
}

/** Plain loops over the same columns, in this process. */
export function plainBaseline(folder: string, columns: readonly SharedColumn[]): Baseline {
  const table = makeTable(columns.map(columnOf));
  const resultOf = ({ key, params }: Kernel, rows: number): Table => {
    if (key === "open") return csvTable(join(folder, csvFiles.headed), true);
    if (key === "openArray") return csvTable(join(folder, csvFiles.plain), false);
    const { operations = [] } = params as { operations?: Operation[] };
    return plain[key](sliceRows(table, 0, rows), operations);
  };
  return {
    isNumpy: false,
    csvRowsMax: Number.POSITIVE_INFINITY,
    against: () => "plain loops in JavaScript: no numpy was found",
    async run(kernel, { rows, repetitions, sums }) {
      const ms: number[] = [];
      let result: Table | undefined;
      for (let i = 0; i < repetitions; i++) {
        const begin = performance.now();
        result = resultOf(kernel, rows);
        ms.push(performance.now() - begin);
      }
      const columnsOut = sums ? (result?.columns ?? []) : [];
      return {
        ms,
        sums: Object.fromEntries(columnsOut.map((column) => [column.name, sumsOf(column, 0)])),
      };
    },
    end: async () => undefined,
  };
}
