/**
 * Bins of a histogram: their edges, the edge that a value belongs to, and how many values lie in
 * each. Edges are rounded, and values assigned, as numpy.histogram does it.
 */
import { RtlError } from "../protocol/errors.ts";
import type { NumericDtype } from "../table/column.ts";
import { type Extremes, isFiniteThroughout } from "./extremes.ts";
import { evenPoints } from "./space.ts";

/** More bins than this are a mistake, and would not fit a memory. */
export const BINS_MAX = 10_000_000;

/** What automatic edges span: float64, or what float32 holds of it. */
export interface Span {
  readonly low: number;
  readonly high: number;
  /** high - low of the column itself, which is 0 where all values are equal. */
  readonly width: number;
  /** Edges of a float32 column are float32. */
  readonly round: (value: number) => number;
}

/**
 * From the least to the greatest value; half a unit around them where all are equal; 0 to 1 where
 * there are none. RTL_TABLE_INVALID where a value is not finite.
 */
export function spanOf(extremes: Extremes, dtype: NumericDtype, where: string): Span {
  if (!isFiniteThroughout(extremes)) {
    throw new RtlError("RTL_TABLE_INVALID", `${where} holds NaN or infinite values`, {
      fix: "remove those rows before, or give the edges of the bins as a list",
    });
  }
  const round = dtype === "<f4" ? Math.fround : (value: number) => value;
  if (extremes.count === 0) return { low: 0, high: 1, width: 1, round };
  const { min, max } = extremes;
  const [low, high] = [Number(min), Number(max)];
  if (min === max) return { low: low - 0.5, high: high + 0.5, width: 0, round };
  const width = typeof min === "bigint" ? Number(BigInt(max) - min) : round(high - low);
  return { low, high, width, round };
}

/** The edges of `bins` bins of equal width, rounded as numpy.linspace rounds them. */
export function evenEdges({ low, high, round }: Span, bins: number): Float64Array {
  const edges = new Float64Array(bins + 1);
  if (Number.isFinite(high - low)) evenPoints(low, high, bins + 1)(0, edges);
  else for (let i = 0; i <= bins; i++) edges[i] = low * (1 - i / bins) + high * (i / bins);
  return edges.map(round);
}

/** Writes the number of the first edge at or above each value; edges.length where there is none. */
export type FindEdges = (values: Float64Array, out: Int32Array) => void;

/** Finds the first edge at or above a value among rising edges. */
export function edgeFinder(edges: Float64Array): FindEdges {
  const bins = edges.length - 1;
  const low = edges[0] as number;
  const high = edges[bins] as number;
  const scale = bins / (high - low);
  // One step up or down corrects what rounding does, as long as edges are several roundings apart.
  const coarse = (high - low) / bins > Math.max(Math.abs(low), Math.abs(high)) * 2 ** -48;
  const even = coarse && isEven(edges, scale);
  if (!even) return (values, out) => searchEdges(values, edges, out);
  const guarded = new Float64Array(bins + 4);
  guarded.set(edges, 1);
  guarded[0] = -Infinity;
  guarded.fill(Infinity, bins + 2);
  return (values, out) => stepToEdges(values, guarded, low, high, scale, bins, out);
}

function isEven(edges: Float64Array, scale: number): boolean {
  const low = edges[0] as number;
  return edges.every((edge, i) => Math.abs((edge - low) * scale - i) < 0.01);
}

function stepToEdges(
  values: Float64Array,
  guarded: Float64Array,
  low: number,
  high: number,
  scale: number,
  bins: number,
  out: Int32Array,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= low && value <= high)) {
      out[i] = value < low ? 0 : bins + 1;
      continue;
    }
    let edge = ((value - low) * scale + 1) | 0;
    edge -= (guarded[edge] as number) >= value ? 1 : 0;
    edge += (guarded[edge + 1] as number) < value ? 1 : 0;
    out[i] = edge;
  }
}

function searchEdges(values: Float64Array, edges: Float64Array, out: Int32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    let below = 0;
    let above = edges.length;
    while (below < above) {
      const middle = (below + above) >>> 1;
      if ((edges[middle] as number) >= value) above = middle;
      else below = middle + 1;
    }
    out[i] = below;
  }
}

/**
 * The same for one whole number, however large: a float may hold neither it nor what lies between it
 * and an edge.
 */
export function findEdgeOfWhole(value: bigint, edges: Float64Array): number {
  let below = 0;
  let above = edges.length;
  while (below < above) {
    const middle = (below + above) >>> 1;
    // JavaScript compares a bigint with a float by their exact values.
    if ((edges[middle] as number) >= value) above = middle;
    else below = middle + 1;
  }
  return below;
}

/** Counts values by bin: from an edge up to the next one, which the last bin alone includes. */
export function edgeCounter(edges: Float64Array, counts: Float64Array) {
  const find = edgeFinder(edges);
  let found = new Int32Array(0);
  return (values: Float64Array): void => {
    if (found.length < values.length) found = new Int32Array(values.length);
    find(values, found);
    countFound(values, found, edges, counts);
  };
}

function countFound(
  values: Float64Array,
  found: Int32Array,
  edges: Float64Array,
  counts: Float64Array,
): void {
  const bins = counts.length;
  for (let i = 0; i < values.length; i++) {
    let bin = found[i] as number;
    if (bin > bins) continue;
    if (edges[bin] !== values[i]) bin--;
    // Several edges may be equal; and the last edge opens no bin of its own.
    else while (bin < bins && edges[bin + 1] === values[i]) bin++;
    if (bin === bins) bin--;
    if (bin >= 0) counts[bin] = (counts[bin] as number) + 1;
  }
}

/** The same for one whole number. */
export function countWhole(value: bigint, edges: Float64Array, counts: Float64Array): void {
  const bins = counts.length;
  const edge = findEdgeOfWhole(value, edges);
  if (edge > bins) return;
  let bin = edge - 1;
  while (bin < bins - 1 && (edges[bin + 1] as number) <= value) bin++;
  if (bin >= 0) counts[bin] = (counts[bin] as number) + 1;
}
