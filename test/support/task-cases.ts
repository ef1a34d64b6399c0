/**
 * Calls of every task of the bundle that show whether cutting its input into chunks changes its result,
 * and the tables that they run on. Only data; chunked.test.ts runs it.
 */
import { type NumericColumn, numericColumn, textColumn } from "../../src/table/column.ts";
import { makeTable, type Table } from "../../src/table/table.ts";

export interface TaskCase {
  readonly params: unknown;
  /** The table for so many rows; `mixedTable` by default. */
  readonly input?: (rows: number, seed: number) => Table;
  readonly rowsMin?: number;
  /** How far two floats may differ, as a share of the greatest of their table; not at all by default. */
  readonly tolerance?: number;
}

/** Numbers in [0, 1) that follow from a seed. */
function random(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

function bitsOf(rows: number, isValid: () => boolean): Uint8Array {
  const bits = new Uint8Array((rows + 7) >> 3);
  for (let row = 0; row < rows; row++)
    if (isValid()) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  return bits;
}

/**
 * A column of every kind that tasks meet: floats with and without NaN and infinities, whole numbers
 * small and beyond 2^53, few distinct keys, rows without a value, texts, flags, and a rising time.
 */
export function mixedTable(rows: number, seed: number): Table {
  const next = random(seed);
  const floats = (make: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, row) => make(row));
  const longs = (make: (row: number) => bigint) =>
    BigInt64Array.from({ length: rows }, (_, row) => make(row));
  const strange = [Number.NaN, Infinity, -Infinity, -0, 0];
  const nullable = (name: string, values: NumericColumn["values"]) =>
    numericColumn(name, values, { validity: bitsOf(rows, () => next() < 0.8) });
  return makeTable([
    numericColumn(
      "x",
      floats(() => Math.round(next() * 2_000 - 1_000) / 8),
    ),
    numericColumn(
      "y",
      floats(() => next() * 100 + 1),
    ),
    numericColumn(
      "odd",
      floats(() => (next() < 0.2 ? (strange[Math.floor(next() * 5)] ?? 0) : next() - 0.5)),
    ),
    numericColumn(
      "key",
      longs(() => BigInt(Math.floor(next() * 7) - 3)),
    ),
    numericColumn(
      "big",
      longs(() => BigInt(Math.floor(next() * 2 ** 40)) * 8_191n - 2n ** 52n),
    ),
    numericColumn(
      "small",
      Int16Array.from({ length: rows }, () => Math.floor(next() * 50) - 25),
    ),
    nullable(
      "gap",
      floats(() => Math.floor(next() * 20) / 4),
    ),
    nullable(
      "gapKey",
      longs(() => BigInt(Math.floor(next() * 4))),
    ),
    numericColumn(
      "flag",
      Uint8Array.from({ length: rows }, () => (next() < 0.5 ? 1 : 0)),
      { dtype: "|b1" },
    ),
    numericColumn(
      "time",
      floats((row) => row / 100),
    ),
    textColumn(
      "text",
      Array.from({ length: rows }, () =>
        next() < 0.1 ? null : ("abcde"[Math.floor(next() * 5)] ?? ""),
      ),
    ),
  ]);
}

/** The numeric columns without strange numbers: what fits and filters are made for. */
const plainTable = (rows: number, seed: number): Table => {
  const names = ["x", "y", "key", "small", "time"];
  return makeTable(names.map((name) => mixedTable(rows, seed).column(name)));
};
const numberTable = (rows: number, seed: number): Table => {
  const table = mixedTable(rows, seed);
  return makeTable(table.columns.filter(({ kind }) => kind === "numeric"));
};
const textTable = (rows: number, seed: number): Table => {
  const next = random(seed);
  const words = ["a", "", "b c", "long word"];
  const line = () =>
    Array.from({ length: 1 + Math.floor(next() * 4) }, () => words[Math.floor(next() * 4)]).join(
      ",",
    );
  return makeTable([textColumn("text", Array.from({ length: rows }, line))]);
};

const exact = (...params: readonly unknown[]): readonly TaskCase[] =>
  params.map((one) => ({ params: one }));
const close = (tolerance: number, ...params: readonly unknown[]): readonly TaskCase[] =>
  params.map((one) => ({ params: one, tolerance }));
/** On columns that hold plain numbers only. */
const plain = (tolerance: number, rowsMin: number, ...params: readonly unknown[]) =>
  params.map((one): TaskCase => ({ params: one, tolerance, rowsMin, input: plainTable }));

const binary = {
  operations: [
    { a: "x", b: "y", column: "r" },
    { a: "big", b: 3, column: "s" },
    { a: "gap", b: "key", column: "t" },
    { a: "r", b: "odd", column: "u" },
  ],
};
const unary = { operations: ["y", "odd", "big", "gap"].map((a) => ({ a, column: `${a}2` })) };
const rowwise = {
  operations: [
    { columns: ["x", "big", "gap"], column: "r" },
    { columns: ["r", "small", "odd", "nowhere"], column: "s" },
  ],
};
const sampled = { operations: [{ a: "x" }, { a: "y" }], rate: 100 };
const regressionOf = (space: string, model: object) => ({
  operations: [
    { x: "x", y: "y", space, ...model },
    // Of x that are no round numbers: a fit through zero has no digits to compare.
    { x: "y", y: "x", space, ...model },
  ],
});

export const taskCases: Readonly<Record<string, readonly TaskCase[]>> = {
  add: exact(binary),
  subtract: exact(binary),
  multiply: exact(binary),
  divide: exact(binary),
  power: exact({
    operations: [
      { a: "y", b: 2.5, column: "r" },
      { a: "odd", b: "small", column: "s" },
      { a: "key", b: 2, column: "t" },
    ],
  }),
  log: exact(unary),
  squareRoot: exact(unary),
  aggregate: exact(rowwise),
  crossAverage: exact(rowwise),
  crossMax: exact(rowwise),
  sum: [{ params: {}, input: numberTable }],
  getAverage: [{ params: {}, input: numberTable }],
  multiplyRows: [
    { params: {}, input: plainTable },
    { params: { by: "itself" }, input: plainTable },
  ],
  split: [
    { params: { delimiter: "," }, input: textTable },
    { params: { delimiter: " " }, input: textTable },
  ],
  end: exact({}),
  null: exact({}),

  average: close(1e-12, {
    operations: [
      { a: "x", column: "r" },
      { a: "big", column: "s" },
      { a: "gap", column: "t" },
      { a: "r", column: "u" },
      { a: "odd", column: "v" },
    ],
  }),
  columnSpace: exact(
    { column: "y", space: "linear" },
    { column: "small", space: "log" },
    { column: "odd", space: "sorted" },
  ),
  difference: exact(
    {
      operations: [
        { a: "x", column: "r" },
        { a: "gap", column: "s", lag: 3 },
      ],
    },
    {
      operations: [
        { a: "big", column: "r" },
        { a: "r", column: "s", lag: 200 },
      ],
    },
    { operations: [] },
  ),
  histogram: close(
    1e-12,
    {
      operations: [
        { a: "x", bins: 7, column: "r" },
        { a: "small", bins: [-20, 0, 10], column: "s" },
      ],
    },
    {
      operations: [
        { a: "y", bins: "sturges", column: "r" },
        { a: "x", bins: "scott", column: "s" },
      ],
    },
    { operations: [{ a: "y", bins: "auto", column: "r" }] },
    {
      operations: [
        { a: "x", bins: 7, column: "r" },
        { a: "r", bins: 3, column: "s" },
      ],
    },
  ),
  histogramCounts: close(1e-12, { a: "x", bins: 9 }, { a: "gap", bins: [0, 1, 2, 5] }),
  normalize: close(
    1e-12,
    { columns: ["x", "small", "big"], model: "PercentOfMax", weight: null },
    { columns: ["y", "x"], model: "Squash", weight: null },
    { columns: ["y"], model: "DistanceFromMean", weight: 0.1 },
    { columns: ["odd"], model: null, weight: null },
  ),
  regression: [
    ...plain(
      1e-9,
      3,
      regressionOf("linear", { model: "Linear" }),
      regressionOf("log", { model: "Linear" }),
    ),
    ...plain(1e-6, 8, regressionOf("linear", { model: "Poly", d: 2 })),
    ...plain(1e-9, 3, regressionOf("sorted", { model: "Linear" })),
  ],
  window: plain(1e-9, 0, {
    operations: [
      { method: "rollingMean", a: "x", column: "r", rows: 4 },
      { method: "cumulativeSum", a: "key", column: "s" },
      { method: "lag", a: "y", column: "t" },
    ],
  }),

  classifyStatic: exact({
    operations: [
      { a: "key", column: "r" },
      { a: ["small", "text", "gapKey"], column: "s" },
      { a: "odd", column: "t" },
      { a: "big", column: "u" },
    ],
  }),
  concat: exact({}),
  describe: [{ params: { columns: ["x", "gap", "key"] } }],
  filterRows: exact(
    {
      operations: [
        { column: "x", value: 0, method: ">" },
        { column: "key", value: 2, method: "ne" },
      ],
    },
    {
      operations: [
        { column: "text", value: "c", method: "le" },
        { column: "gap", value: 1, method: "!=" },
      ],
    },
  ),
  groupBy: close(
    1e-9,
    {
      by: ["key", "text"],
      operations: [
        { method: "count", column: "n" },
        { method: "sum", a: "big", column: "s" },
        { method: "mean", a: "y", column: "m" },
        { method: "min", a: "gap", column: "lo" },
        { method: "max", a: "odd", column: "hi" },
        { method: "first", a: "x", column: "f" },
        { method: "last", a: "text", column: "l" },
      ],
    },
    { by: ["gapKey"], operations: [{ method: "std", a: "y", column: "d" }] },
    { by: ["flag"], operations: [{ method: "median", a: "x", column: "m" }] },
  ),
  join: exact({ on: "key" }),
  sort: exact(
    { axis: 0, method: "quicksort", column: "small" },
    { by: [{ column: "text", descending: true }, "gap"] },
    { by: ["odd"] },
    { by: ["flag", { column: "big", descending: true }] },
  ),
  topK: exact({ k: 5, column: "small" }, { k: 40, column: "odd" }),
  unique: exact({ a: "key" }, { a: "text" }, { a: "odd" }, { a: "gap" }),

  cast: exact(
    { columns: { key: "float64", small: "text", flag: "int32" } },
    { columns: { text: "float64", y: "int32" }, errors: "null", lossy: true },
    { columns: { x: "int64" } },
  ),
  derive: exact({
    operations: [
      { column: "r", expression: "x * y + 2" },
      { column: "s", expression: "if(gap > 1 and flag, text, 'none')" },
      { column: "t", expression: "coalesce(gap, key) / small" },
    ],
  }),
  distinct: exact({ columns: ["key", "flag"] }, { columns: ["text"] }),
  drop: exact({ columns: ["x", "g*"] }),
  dropNulls: exact({}, { columns: ["gap"], how: "all" }, { columns: ["odd"], nan: true }),
  fillNulls: [
    ...exact({ method: "forward" }, { method: "backward", columns: ["gap", "text"] }),
    ...close(1e-12, { method: "mean", columns: ["gap"] }),
    ...exact({ value: 7, columns: ["gap"] }),
  ],
  limit: exact({ n: 10 }, { n: 7, offset: 5 }, { last: 9 }),
  rename: exact({ columns: { x: "y", y: "x" } }),
  sample: exact({ n: 10, seed: 3 }, { fraction: 0.3, seed: 5 }),
  select: exact({ columns: ["text", "s*", "x"] }),
  where: exact({ expression: "x > 0 or isNull(gap)" }),

  bandPass: plain(1e-9, 60, { operations: [{ a: "x" }], rate: 100, low: 5, high: 20 }),
  bandStop: plain(1e-9, 60, { operations: [{ a: "x" }], rate: 100, low: 5, high: 20 }),
  highPass: plain(1e-9, 60, { operations: [{ a: "x" }], rate: 100, cutoff: 5 }),
  lowPass: plain(1e-9, 60, { operations: [{ a: "x" }], rate: 100, cutoff: 5 }),
  decimate: [
    ...plain(1e-9, 60, { factor: 3, columns: ["x"] }),
    ...plain(0, 0, { factor: 4, columns: ["x"], method: "every" }),
  ],
  detrend: plain(1e-6, 3, { operations: [{ a: "y", column: "r" }], type: "linear" }),
  envelope: plain(1e-9, 4, { operations: [{ a: "x" }] }),
  fft: plain(1e-9, 4, sampled),
  medianFilter: plain(0, 0, { operations: [{ a: "x" }], size: 5 }),
  peaks: plain(1e-9, 0, { a: "x", height: 10 }),
  powerSpectrum: plain(1e-9, 16, { ...sampled, segment: 16 }),
  resample: plain(1e-9, 0, { time: "time", every: "25ms", method: "linear", columns: ["x", "y"] }),

  simplePlot: exact({
    plots: { p: [{ x: "x", y: "y", type: "line", scale: "linear", series: "text" }] },
  }),
  write: exact({ file: "write/chunked.csv" }, { file: "write/parts.csv", parts: true }),
  open: exact({ file: "openArray/small.csv" }),
  openArray: exact(
    { path: "openArray", filename: "random1000", extension: "dat", delimiter: null },
    { path: "openArray", filename: "small", extension: "csv", delimiter: "," },
  ),
  openFile: exact({ path: "open", file: "text.csv" }),
  fetch: exact({ url: "http://127.0.0.1:9/nothing" }),
};
