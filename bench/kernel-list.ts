/**
 * What is measured: tasks with their parameters, the columns by which results are compared, and what
 * numpy does for the same result. Data only; kernels.py and plain-kernels.ts do it.
 */
import { csvColumns, csvFiles } from "./kernel-csv.ts";
import { GROUPS } from "./kernel-data.ts";
import type { KernelRun } from "./kernel-pool.ts";

/** What kernels.py and plain-kernels.ts know kernels by. */
export type KernelKey =
  | ("add" | "divide" | "squareRoot" | "log" | "power" | "mean" | "average" | "filterRows")
  | ("sort" | "groupBy" | "histogram" | "histogramCounts" | "regression" | "open" | "openArray");

export interface Kernel extends KernelRun {
  readonly name: string;
  readonly key: KernelKey;
  /** What somebody who uses numpy writes for it. */
  readonly numpy: string;
  /** What somebody writes who cares for every millisecond, where that is something else. */
  readonly tuned?: string;
}

const column = "out";
/** Of the histograms. */
export const BINS = 50;
const allColumns = ["a", "b", "exponent", "y", "key", "f1", "f2", "f3", "f4", "n1", "n2"];

/** A task that adds one column, by one operation. */
const adding = (task: KernelKey & string, operation: object) => ({
  key: task,
  task: task === "mean" ? "average" : task,
  params: { operations: [{ ...operation, column }] },
  outputs: [column],
});

/** Four comparisons that keep half of the rows. */
const predicates = [
  { column: "a", value: 200, method: ">" },
  { column: "b", value: 900, method: "<" },
  { column: "f1", value: 0.85, method: "<" },
  { column: "key", value: 0.82 * GROUPS, method: "<" },
];

/** Over the columns. */
const columnKernels: readonly Kernel[] = [
  {
    ...{ name: "add", ...adding("add", { a: "a", b: "b" }) },
    ...{ numpy: "a + b", tuned: "np.add(a, b, out=out)" },
  },
  {
    ...{ name: "divide", ...adding("divide", { a: "a", b: "b" }) },
    ...{ numpy: "a / b", tuned: "np.divide(a, b, out=out)" },
  },
  {
    ...{ name: "square root", ...adding("squareRoot", { a: "a" }) },
    ...{ numpy: "np.sqrt(a)", tuned: "np.sqrt(a, out=out)" },
  },
  {
    ...{ name: "log", ...adding("log", { a: "a" }) },
    ...{ numpy: "np.log(a)", tuned: "np.log(a, out=out)" },
  },
  {
    ...{ name: "power, constant 2.5", ...adding("power", { a: "a", b: 2.5 }) },
    ...{ numpy: "a ** 2.5", tuned: "np.power(a, 2.5, out=out)" },
  },
  {
    ...{ name: "power, column", ...adding("power", { a: "a", b: "exponent" }) },
    ...{ numpy: "a ** b", tuned: "np.power(a, b, out=out)" },
  },
  { name: "mean", ...adding("mean", { a: "a" }), stateOnly: true, numpy: "a.mean()" },
  {
    ...{ name: "mean, in every row", ...adding("average", { a: "a" }) },
    ...{ numpy: "np.full(rows, a.mean())", tuned: "out.fill(a.mean())" },
  },
  {
    ...{ name: "filter, 4 predicates, 11 columns", key: "filterRows", task: "filterRows" },
    ...{ params: { operations: predicates }, outputs: allColumns },
    numpy: "c[mask] of each column",
  },
  {
    ...{ name: "sort by 1 of 11 columns", key: "sort", task: "sort" },
    ...{ params: { axis: 0, method: "quicksort", column: "a" }, outputs: allColumns },
    numpy: "c[np.argsort(a)] of each column",
  },
  {
    ...{ name: "group, mean of 1,000 groups", key: "groupBy", task: "groupBy" },
    params: { by: ["key"], operations: [{ method: "mean", a: "a", column }] },
    ...{ outputs: ["key", column], numpy: "np.bincount(key, a) / np.bincount(key)" },
  },
  {
    ...{ name: "histogram, edge of each row", ...adding("histogram", { a: "a", bins: BINS }) },
    numpy: "edges[np.searchsorted(edges, a)]",
  },
  {
    ...{ name: "histogram, counts of 50 bins", key: "histogramCounts", task: "histogramCounts" },
    ...{ params: { a: "a", bins: BINS }, outputs: ["low", "high", "count"] },
    numpy: "np.histogram(a, 50)",
  },
  {
    ...{ name: "regression, linear", key: "regression", task: "regression" },
    params: { operations: [{ x: "a", y: "y", space: "linear", model: "Linear" }] },
    outputs: ["yLinear"],
    numpy: "np.polyval(np.polyfit(a, y, 1), x)",
    tuned: "the same by centred sums",
  },
];

/** Over the CSV files. */
const csvKernels: readonly Kernel[] = [
  {
    ...{ name: "csv, types found", key: "open", task: "open" },
    ...{ params: { file: csvFiles.headed }, outputs: csvColumns },
    numpy: "read_csv(file)",
  },
  {
    ...{ name: "csv, types given", key: "openArray", task: "openArray" },
    params: { path: ".", filename: csvFiles.plain.replace(/\.csv$/, ""), extension: "csv" },
    ...{ outputs: csvColumns, numpy: "read_csv(file, names=..., dtype=...)" },
  },
];

export { columnKernels, csvKernels };
