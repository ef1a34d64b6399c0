/**
 * From what a user says of bins to their edges: a number, the edges themselves, or an estimator's
 * name. What a column has to be measured for is plain data and merges.
 */
import type { NumericColumn } from "../../table/column.ts";
import {
  type SortedEstimator,
  type SummedEstimator,
  sortedBins,
  sortedEstimators,
  summedBins,
  summedEstimators,
} from "./bin-estimators.ts";
import { evenEdges, spanOf } from "./bins.ts";
import { type Extremes, extremesOf, mergeExtremes, noExtremes } from "./extremes.ts";
import { type Moments, mergeMoments, momentsOfBlock, noMoments } from "./moments.ts";
import { forPresent } from "./present.ts";
import { sortedValues } from "./space.ts";

export type BinEstimator = SortedEstimator | SummedEstimator;
export const binEstimators = [...sortedEstimators, ...summedEstimators] as const;
export type Bins = number | readonly number[] | BinEstimator;

/** What the bins need to know of a whole column; plain data: it travels as a state. */
export interface MeasuredBins {
  readonly extremes: Extremes;
  readonly moments: Moments;
}
export const noMeasuredBins: MeasuredBins = { extremes: noExtremes, moments: noMoments };

export const mergeMeasuredBins = (a: MeasuredBins, b: MeasuredBins): MeasuredBins => ({
  extremes: mergeExtremes(a.extremes, b.extremes),
  moments: mergeMoments(a.moments, b.moments),
});

const isSummed = (bins: Bins): bins is SummedEstimator =>
  summedEstimators.some((name) => name === bins);
const isSorted = (bins: Bins): bins is SortedEstimator =>
  sortedEstimators.some((name) => name === bins);
export const isEdgeList = (bins: Bins): bins is readonly number[] => typeof bins === "object";
export const isRising = (edges: readonly number[]): boolean =>
  edges.every((edge, i) => i === 0 || edge >= (edges[i - 1] ?? edge));

/** RTL_TABLE_INVALID, naming who wanted bins, where automatic edges meet NaN or an infinity. */
export function measureBins(column: NumericColumn, bins: Bins, wantedBy: string): MeasuredBins {
  if (isEdgeList(bins)) return noMeasuredBins;
  const extremes = extremesOf(column);
  spanOf(extremes, column.dtype, nameOf(column, wantedBy));
  let moments = noMoments;
  if (isSummed(bins)) {
    forPresent(column, (values) => {
      moments = mergeMoments(moments, momentsOfBlock(values));
    });
  }
  return { extremes, moments };
}

/**
 * The edges. `column` is the whole one where the estimator needs all values in order; otherwise any
 * part of it will do.
 */
export function edgesOf(
  column: NumericColumn,
  bins: Bins,
  { extremes, moments }: MeasuredBins,
  wantedBy: string,
): Float64Array {
  if (isEdgeList(bins)) return Float64Array.from(bins);
  const span = spanOf(extremes, column.dtype, nameOf(column, wantedBy));
  if (isSummed(bins)) return evenEdges(span, summedBins(bins, span, moments));
  if (isSorted(bins)) return evenEdges(span, sortedBins(bins, span, sortedValues(column)));
  return evenEdges(span, bins);
}

const nameOf = ({ name }: NumericColumn, wantedBy: string) => `${wantedBy}: column "${name}"`;
