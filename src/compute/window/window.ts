/**
 * Window functions over one column: what is computed for each row from the rows before it, or around
 * it, in all of the table or in the row's group.
 */
import {
  allValid,
  type Column,
  clearBit,
  isNull,
  type NumericColumn,
  numericColumn,
} from "../../table/column.ts";
import { asNumbers, toFloat64 } from "../../table/floats.ts";
import { columnMemory } from "../../table/memory.ts";
import { forPartitions, type Partitions } from "../group/partitions.ts";
import { ranks } from "../order/ranks.ts";
import { bestInWindow, bestSoFar, shiftedRows, takeChosen } from "../order/row-choice.ts";
import { countsSoFar, sumsSoFar, wholeSumsSoFar } from "./cumulative.ts";
import { rollingDeviations, rollingSums, type Window } from "./rolling.ts";
import { rollingWholes } from "./rolling-wholes.ts";

export const cumulativeMethods = [
  "cumulativeSum",
  "cumulativeMin",
  "cumulativeMax",
  "cumulativeCount",
] as const;
export const rollingMethods = [
  "rollingSum",
  "rollingMean",
  "rollingMin",
  "rollingMax",
  "rollingStd",
] as const;
export const shiftMethods = ["lag", "lead"] as const;
export type CumulativeMethod = (typeof cumulativeMethods)[number];
export type RollingMethod = (typeof rollingMethods)[number];

/** Values so far. Rows that are NaN or have no value do not count and get none, but for the count. */
export function cumulative(
  method: CumulativeMethod,
  column: Column,
  partitions: Partitions,
  name: string,
): Column {
  const present = presentRows(column, false);
  if (method === "cumulativeCount") return numericColumn(name, countsSoFar(present, partitions));
  const numbers = asNumbers(column, method);
  if (method !== "cumulativeSum") {
    const comparison = method === "cumulativeMin" ? "<" : ">";
    return takeChosen(numbers, bestSoFar(numbers, present, partitions, comparison), name);
  }
  if (!numbers.dtype.startsWith("<f")) {
    const sums = wholeSumsSoFar(numbers, present, partitions);
    return numericColumn(name, sums, { validity: numbers.validity });
  }
  return overPartitions(numbers, present, partitions, name, sumsSoFar);
}

/** Over a window that ends at each row. As in pandas, infinities count as little as NaN does. */
export function rolled(
  method: RollingMethod,
  column: Column,
  partitions: Partitions,
  window: Window,
  name: string,
): Column {
  const numbers = asNumbers(column, method);
  const present = presentRows(numbers, true);
  if (method === "rollingMin" || method === "rollingMax") {
    const comparison = method === "rollingMin" ? "<" : ">";
    const choice = bestInWindow(numbers, present, partitions, comparison, window);
    return takeChosen(numbers, choice, name);
  }
  if (method === "rollingStd") {
    return overPartitions(numbers, present, partitions, name, (values, out) => {
      rollingDeviations(values, window, out);
    });
  }
  const mean = method === "rollingMean";
  if (numbers.dtype === "<i8" || numbers.dtype === "<u8") {
    const out = columnMemory("<f8", numbers.length);
    rollingWholes(numbers, present, partitions, window, mean, out);
    return withoutNaN(name, out);
  }
  return overPartitions(numbers, present, partitions, name, (values, out) => {
    rollingSums(values, window, mean, out);
  });
}

/** The value of an earlier row (`lag`) or a later one; of any dtype. */
export const shifted = (
  method: (typeof shiftMethods)[number],
  column: Column,
  partitions: Partitions,
  offset: number,
  name: string,
): Column => takeChosen(column, shiftedRows(partitions, method === "lag" ? -offset : offset), name);

/** The place of each value in ascending order from 1; equal values get the mean of their places. */
export function ranked(column: Column, partitions: Partitions, name: string): Column {
  const numbers = asNumbers(column, "rank");
  const out = columnMemory("<f8", numbers.length);
  ranks(numbers, presentRows(numbers, false), partitions, out);
  return withoutNaN(name, out);
}

/** 1 for rows that have a value; NaN is none, and infinities are none where `finite` values count. */
function presentRows(column: Column, finite: boolean): Uint8Array {
  const present = new Uint8Array(column.length).fill(1);
  if (column.validity !== undefined) {
    for (let row = 0; row < column.length; row++) if (isNull(column, row)) present[row] = 0;
  }
  if (column.kind === "text" || !column.dtype.startsWith("<f")) return present;
  const values = toFloat64(column);
  // 0 times a number is 0; times NaN, and times an infinity, it is NaN.
  const times = finite ? 0 : 1;
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN((values[row] as number) * times)) present[row] = 0;
  }
  return present;
}

/** Runs over each partition's values as floats, NaN where a row is not present. NaN results are none. */
function overPartitions(
  column: NumericColumn,
  present: Uint8Array,
  partitions: Partitions,
  name: string,
  run: (values: Float64Array, out: Float64Array) => void,
): Column {
  const floats = toFloat64(column);
  const { rows } = partitions;
  const values = new Float64Array(rows.length);
  const results = columnMemory("<f8", rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    values[i] = present[row] === 1 ? (floats[row] as number) : Number.NaN;
  }
  forPartitions(partitions, (start, end) => {
    run(values.subarray(start, end), results.subarray(start, end));
  });
  if (partitions.bounds.length === 2) return withoutNaN(name, results);
  // The rows of one group lie apart in the table.
  for (let i = 0; i < rows.length; i++) values[rows[i] as number] = results[i] as number;
  return withoutNaN(name, values);
}

/** A column in which NaN is no value. */
function withoutNaN(name: string, values: Float64Array): NumericColumn {
  let validity: Uint8Array | undefined;
  for (let row = 0; row < values.length; row++) {
    if (!Number.isNaN(values[row])) continue;
    validity ??= allValid(values.length);
    clearBit(validity, row);
    values[row] = 0;
  }
  return numericColumn(name, values, { validity });
}
