/**
 * Bins of a histogram: their edges, the edge that a value belongs to, and how many values lie in
 * each. Edges are rounded, and values assigned, as numpy.histogram does it.
 */
import { RtlError } from "../../protocol/errors.ts";
import type { NumericDtype } from "../../table/column.ts";
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

/** Edges of which an index can be computed, and corrected by one step up or down. */
interface EvenEdges {
  readonly low: number;
  readonly high: number;
  readonly bins: number;
  /** Bins for a unit. */
  readonly scale: number;
  /** Edge i at place i + 1, between -Infinity and twice Infinity. */
  readonly guarded: Float64Array;
}

function evenly(edges: Float64Array): EvenEdges | undefined {
  const bins = edges.length - 1;
  const low = edges[0] as number;
  const high = edges[bins] as number;
  const scale = bins / (high - low);
  // Edges have to be several roundings apart, or one step would not do.
  const coarse = (high - low) / bins > Math.max(Math.abs(low), Math.abs(high)) * 2 ** -48;
  if (!coarse || !edges.every((edge, i) => Math.abs((edge - low) * scale - i) < 0.01)) {
    return undefined;
  }
  const guarded = new Float64Array(bins + 4);
  guarded.set(edges, 1);
  guarded[0] = -Infinity;
  guarded.fill(Infinity, bins + 2);
  return { low, high, bins, scale, guarded };
}

/**
 * Writes for each value the first edge at or above it into `out`, from `at` on; NaN where there is
 * none. The edges rise.
 */
export function edgeLabeller(
  edges: Float64Array,
): (values: Float64Array, out: Float64Array, at: number) => void {
  const even = evenly(edges);
  if (even !== undefined) return (values, out, at) => labelEven(values, even, out, at);
  return (values, out, at) => labelAny(values, edges, out, at);
}

function labelEven(
  values: Float64Array,
  { low, high, scale, guarded }: EvenEdges,
  out: Float64Array,
  at: number,
): void {
  const { length } = values;
  for (let i = 0; i < length; i++) {
    const value = values[i] as number;
    let label = Number.NaN;
    if (value >= low && value <= high) {
      const edge = ((value - low) * scale + 1) | 0;
      const before = guarded[edge] as number;
      const found = guarded[edge + 1] as number;
      const after = guarded[edge + 2] as number;
      label = before >= value ? before : found < value ? after : found;
    } else if (value < low) label = low;
    out[at + i] = label;
  }
}

function labelAny(values: Float64Array, edges: Float64Array, out: Float64Array, at: number): void {
  for (let i = 0; i < values.length; i++) {
    out[at + i] = edges[firstEdge(values[i] as number, edges)] ?? Number.NaN;
  }
}

/**
 * The number of the first edge at or above the value; edges.length where there is none. JavaScript
 * compares a bigint with a float by their exact values.
 */
export function firstEdge(value: number | bigint, edges: Float64Array): number {
  let below = 0;
  let above = edges.length;
  while (below < above) {
    const middle = (below + above) >>> 1;
    if ((edges[middle] as number) >= value) above = middle;
    else below = middle + 1;
  }
  return below;
}

/** Adds to the counts of bins: from an edge up to the next one, which the last bin alone includes. */
export function edgeCounter(
  edges: Float64Array,
  counts: Float64Array,
): (values: Float64Array) => void {
  const even = evenly(edges);
  if (even !== undefined) return (values) => countEven(values, even, counts);
  return (values) => {
    for (let i = 0; i < values.length; i++) countOne(values[i] as number, edges, counts);
  };
}

function countEven(
  values: Float64Array,
  { low, high, bins, scale, guarded }: EvenEdges,
  counts: Float64Array,
): void {
  const { length } = values;
  for (let i = 0; i < length; i++) {
    const value = values[i] as number;
    if (!(value >= low && value <= high)) continue;
    let bin = ((value - low) * scale) | 0;
    if ((guarded[bin + 1] as number) > value) bin--;
    else if ((guarded[bin + 2] as number) <= value) bin++;
    // The last edge opens no bin of its own.
    if (bin >= bins) bin = bins - 1;
    counts[bin] = (counts[bin] as number) + 1;
  }
}

/** The same for one value. */
export function countOne(value: number | bigint, edges: Float64Array, counts: Float64Array): void {
  const edge = firstEdge(value, edges);
  if (edge >= edges.length) return;
  let bin = edge - 1;
  // Of several equal edges the last one counts.
  while (bin + 2 < edges.length && (edges[bin + 1] as number) <= value) bin++;
  if (bin >= 0) counts[bin] = (counts[bin] as number) + 1;
}
