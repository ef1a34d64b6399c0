/**
 * How many bins a histogram should have: numpy's estimators by name, with its formulas. Most follow
 * from a few sums over the column, some need all its values in order.
 */
import { RtlError } from "../../protocol/errors.ts";
import { BINS_MAX, evenEdges, type Span } from "./bins.ts";
import { deviationOf, type Moments } from "./moments.ts";

export const summedEstimators = ["sqrt", "sturges", "rice", "scott", "doane"] as const;
export const sortedEstimators = ["auto", "fd", "stone"] as const;
export type SummedEstimator = (typeof summedEstimators)[number];
export type SortedEstimator = (typeof sortedEstimators)[number];

/** Bins by an estimator that needs no more than the span and the moments of the column. */
export function summedBins(estimator: SummedEstimator, span: Span, moments: Moments): number {
  return binsOf(summedWidth(estimator, span, moments), span);
}

/** Bins by an estimator that needs all values, ascending. */
export function sortedBins(estimator: SortedEstimator, span: Span, sorted: Float64Array): number {
  return binsOf(sorted.length === 0 ? 0 : sortedWidth(estimator, span, sorted), span);
}

/** One bin where the width says nothing; RTL_PARAMS_INVALID where it asks for too many. */
function binsOf(width: number, span: Span): number {
  const bins = width === 0 ? 1 : Math.ceil(span.width / width);
  if (bins >= 1 && bins <= BINS_MAX) return bins;
  throw new RtlError("RTL_PARAMS_INVALID", `the values ask for ${bins} bins of ${width} each`, {
    fix: `give the number of bins, at most ${BINS_MAX}`,
  });
}

function summedWidth(estimator: SummedEstimator, { width }: Span, moments: Moments): number {
  const { count, third } = moments;
  if (count === 0) return 0;
  if (estimator === "sqrt") return width / Math.sqrt(count);
  if (estimator === "sturges") return sturgesWidth(width, count);
  if (estimator === "rice") return width / (2 * cubeRoot(count));
  const deviation = deviationOf(moments, 0);
  if (estimator === "scott") return ((24 * Math.sqrt(Math.PI)) / count) ** (1 / 3) * deviation;
  if (count <= 2 || deviation === 0) return 0;
  const skew = third / count / deviation ** 3;
  const deviationOfSkew = Math.sqrt((6 * (count - 2)) / ((count + 1) * (count + 3)));
  // What rounding leaves of a skew of 0 must not add a bin.
  const skewed = Math.log2(1 + Math.abs(skew) / deviationOfSkew);
  return width / (1 + Math.log2(count) + (skewed < 1e-9 ? 0 : skewed));
}

const sturgesWidth = (width: number, count: number): number => width / (Math.log2(count) + 1);

function sortedWidth(estimator: SortedEstimator, span: Span, sorted: Float64Array): number {
  if (estimator === "stone") return stoneWidth(span, sorted);
  const quartiles = quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25);
  const width = 2 * quartiles * inverseCubeRoot(sorted.length);
  if (estimator === "fd") return width;
  const sturges = sturgesWidth(span.width, sorted.length);
  return width === 0 ? sturges : Math.min(width, sturges);
}

/** The quantile of ascending values, between two of them by the straight line (numpy's "linear"). */
function quantileOf(sorted: Float64Array, quantile: number): number {
  const at = quantile * (sorted.length - 1);
  const below = Math.floor(at);
  const share = at - below;
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  const apart = high - low;
  return share < 0.5 ? low + apart * share : high - apart * (1 - share);
}

/** The number of bins with the least estimated error, from 1 to 100 or the root of the rows. */
function stoneWidth(span: Span, sorted: Float64Array): number {
  const { width } = span;
  const rows = sorted.length;
  if (rows <= 1 || width === 0) return 0;
  const binsMax = Math.max(100, Math.floor(Math.sqrt(rows)));
  let best = 1;
  let least = Infinity;
  for (let bins = 1; bins <= binsMax; bins++) {
    const error = stoneError(evenEdges(span, bins), sorted, width / bins);
    if (error < least) [best, least] = [bins, error];
  }
  return width / best;
}

// Sorted values are counted by where the edges fall among them: far fewer steps than rows.
function stoneError(edges: Float64Array, sorted: Float64Array, width: number): number {
  const rows = sorted.length;
  let squares = 0;
  let start = 0;
  for (let edge = 1; edge < edges.length; edge++) {
    const last = edge === edges.length - 1;
    const end = last ? rows : firstAtLeast(sorted, edges[edge] as number, start);
    squares += ((end - start) / rows) ** 2;
    start = end;
  }
  return (2 - (rows + 1) * squares) / width;
}

function firstAtLeast(sorted: Float64Array, value: number, from: number): number {
  let below = from;
  let above = sorted.length;
  while (below < above) {
    const middle = (below + above) >>> 1;
    if ((sorted[middle] as number) >= value) above = middle;
    else below = middle + 1;
  }
  return below;
}

// A third is no float: what it lacks tells whether the power of a cube is a whole number or one
// rounding below it, which decides between two numbers of bins. Math.pow is not that exact.
const LACKING = 1.850371707708594e-17;

/** count to the power of the float 1/3, as a C library rounds it. */
function cubeRoot(count: number): number {
  const root = Math.cbrt(count);
  return root + rootError(count, root) - root * LACKING * Math.log(count);
}

/** count to the power of the float -1/3. */
function inverseCubeRoot(count: number): number {
  const root = Math.cbrt(count);
  const error = rootError(count, root) - root * LACKING * Math.log(count);
  const inverse = 1 / root;
  const [product, lost] = exactProduct(inverse, root);
  return inverse + (1 - product - lost - inverse * error) * inverse;
}

/** What `root` lacks of the exact third root of `count`. */
function rootError(count: number, root: number): number {
  const [square, squareLost] = exactProduct(root, root);
  const [cube, cubeLost] = exactProduct(square, root);
  return (count - cube - cubeLost - squareLost * root) / (3 * square);
}

/** The product and what rounding took of it (Dekker). */
function exactProduct(a: number, b: number): [number, number] {
  const product = a * b;
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  return [product, aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)];
}

function split(value: number): [number, number] {
  const scaled = value * 134_217_729;
  const high = scaled - (scaled - value);
  return [high, value - high];
}
