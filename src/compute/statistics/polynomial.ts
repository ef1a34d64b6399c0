/**
 * Polynomials of least squares, in parts. A block of rows of the Vandermonde matrix beside y is
 * reduced to its triangular factor, and factors merge to the factor of all rows; the coefficients
 * come of that small matrix alone. Never the normal equations: they square the condition number.
 */
import { kernel } from "../../table/kernels.ts";

/** Rows that are reduced together: few enough for a core's nearest cache. */
const REDUCED_ROWS = 256;

/** Plain data: it travels as a state. */
export interface PolynomialFactor {
  readonly degree: number;
  readonly count: number;
  /**
   * Upper triangle of degree + 2 columns, column by column: x^degree, ..., x, 1, and y. Its product
   * with its own transpose is that of all rows.
   */
  readonly factor: Float64Array;
}

export const noPolynomial = (degree: number): PolynomialFactor => ({
  degree,
  count: 0,
  factor: new Float64Array((degree + 2) ** 2),
});

/** The factor of these rows as well. */
export function addRows(
  { degree, count, factor }: PolynomialFactor,
  xs: Float64Array,
  ys: Float64Array,
): PolynomialFactor {
  const next = factor.slice();
  const rows = new Float64Array((degree + 2) * REDUCED_ROWS);
  for (let start = 0; start < xs.length; start += REDUCED_ROWS) {
    const height = Math.min(REDUCED_ROWS, xs.length - start);
    fillRows(rows, height, degree, xs, ys, start);
    reduce(next, rows, height, degree + 2);
  }
  return { degree, count: count + xs.length, factor: next };
}

export function mergePolynomials(a: PolynomialFactor, b: PolynomialFactor): PolynomialFactor {
  const width = a.degree + 2;
  const factor = a.factor.slice();
  reduce(factor, b.factor.slice(), width, width);
  return { degree: a.degree, count: a.count + b.count, factor };
}

function fillRows(
  rows: Float64Array,
  height: number,
  degree: number,
  xs: Float64Array,
  ys: Float64Array,
  start: number,
): void {
  const ones = degree * height;
  rows.fill(1, ones, ones + height);
  rows.set(ys.subarray(start, start + height), ones + height);
  for (let power = 1; power <= degree; power++) {
    const to = ones - power * height;
    for (let i = 0; i < height; i++) {
      rows[to + i] = (rows[to + height + i] as number) * (xs[start + i] as number);
    }
  }
}

/**
 * Reflects `rows` (height x width, column by column) into the triangle above them (Householder;
 * Golub and Van Loan, Matrix Computations, 5.2, for a triangle on top of a full block). Both are
 * overwritten.
 */
function reduce(factor: Float64Array, rows: Float64Array, height: number, width: number): void {
  for (let j = 0; j < width; j++) {
    const from = j * height;
    const squares = product(rows, from, rows, from, height);
    if (squares === 0) continue;
    const pivot = factor[j * width + j] as number;
    const norm = Math.sqrt(pivot * pivot + squares);
    const reflected = pivot > 0 ? -norm : norm;
    const head = pivot - reflected;
    const weight = -head / reflected;
    for (let i = 0; i < height; i++) rows[from + i] = (rows[from + i] as number) / head;
    factor[j * width + j] = reflected;
    for (let k = j + 1; k < width; k++) {
      const column = k * height;
      const above = factor[k * width + j] as number;
      const along = weight * (above + product(rows, from, rows, column, height));
      factor[k * width + j] = above - along;
      subtractTimes(rows, column, along, from, height);
    }
  }
}

/** The inner product of two columns, by four sums: each addition waits for the one before it. */
function product(
  a: Float64Array,
  from: number,
  b: Float64Array,
  column: number,
  height: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < height; i += 4) {
    s0 += (a[from + i] as number) * (b[column + i] as number);
    s1 += (a[from + i + 1] as number) * (b[column + i + 1] as number);
    s2 += (a[from + i + 2] as number) * (b[column + i + 2] as number);
    s3 += (a[from + i + 3] as number) * (b[column + i + 3] as number);
  }
  for (; i < height; i++) s0 += (a[from + i] as number) * (b[column + i] as number);
  return s0 + s1 + (s2 + s3);
}

function subtractTimes(
  rows: Float64Array,
  column: number,
  times: number,
  from: number,
  height: number,
): void {
  for (let i = 0; i < height; i++) {
    rows[column + i] = (rows[column + i] as number) - times * (rows[from + i] as number);
  }
}

export interface Polynomial {
  /** Highest power first; all NaN where the rows held something that is no finite number. */
  readonly coefficients: Float64Array;
  /** How many of them the rows determine. */
  readonly rank: number;
}

/**
 * The solution of least norm, in columns that are scaled to length 1, of the singular values above
 * count * 2^-52 times the largest: what numpy.polyfit gives.
 */
export async function solvePolynomial({
  degree,
  count,
  factor,
}: PolynomialFactor): Promise<Polynomial> {
  const unknowns = degree + 1;
  const width = degree + 2;
  const coefficients = new Float64Array(unknowns);
  if (!factor.every(Number.isFinite))
    return { coefficients: coefficients.fill(Number.NaN), rank: 0 };
  const { Matrix, SingularValueDecomposition } = await import("ml-matrix");
  const scales = Array.from({ length: unknowns }, (_, column) => {
    const length = Math.hypot(...factor.subarray(column * width, column * width + column + 1));
    // A column of zeros: nothing hangs on it, and its coefficient becomes 0.
    return length === 0 ? 1 : length;
  });
  const triangle = Matrix.zeros(unknowns, unknowns);
  for (let column = 0; column < unknowns; column++) {
    for (let row = 0; row <= column; row++) {
      const value = factor[column * width + row] as number;
      triangle.set(row, column, value / (scales[column] as number));
    }
  }
  const decomposition = new SingularValueDecomposition(triangle);
  const { diagonal, leftSingularVectors: left, rightSingularVectors: right } = decomposition;
  const least = Math.max(...diagonal) * count * Number.EPSILON;
  let rank = 0;
  for (const [index, value] of diagonal.entries()) {
    if (value <= least) continue;
    rank++;
    let along = 0;
    for (let row = 0; row < unknowns; row++) {
      along += left.get(row, index) * (factor[unknowns * width + row] as number);
    }
    for (let k = 0; k < unknowns; k++) {
      coefficients[k] = (coefficients[k] as number) + (along / value) * right.get(k, index);
    }
  }
  for (let k = 0; k < unknowns; k++) {
    coefficients[k] = (coefficients[k] as number) / (scales[k] as number);
  }
  return { coefficients, rank };
}

/** The polynomial's value at each of `points`, in place (Horner, one loop for each degree). */
export function evaluatePolynomial(coefficients: Float64Array, points: Float64Array): void {
  const { length } = coefficients;
  const names = Array.from(coefficients, (_, k) => `c${k}`);
  const reads = names.map((name, k) => `${name} = coefficients[${k}]`);
  const value = names.reduce((inner, name) => `(${inner}) * x + ${name}`);
  const evaluate = kernel<(coefficients: Float64Array, points: Float64Array) => void>(
    `polynomial ${length}`,
    ["coefficients", "points"],
    `const ${reads.join(", ")}, length = points.length;
    for (let i = 0; i < length; i++) {
      const x = points[i];
      points[i] = ${value};
    }`,
  );
  evaluate(coefficients, points);
}
