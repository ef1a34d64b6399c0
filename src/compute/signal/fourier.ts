/**
 * Discrete Fourier transforms of any length: X[k] = Σ x[j] e^(-2πi jk/n), as numpy.fft.fft and rfft
 * define them. Lengths without a prime factor above 31 take Stockham passes; any other length becomes a
 * convolution. Complex numbers lie as pairs: real part, imaginary part. Nothing here knows columns.
 *
 * Own code, because fft.js, the library at hand, knows powers of two only and takes twice as long. 2^20
 * reals, in ms of one core (the first call with its tables, then the best of fifteen): this 55 and 16,
 * fft.js 4.0.4 160 and 35, numpy.fft.rfft 1.24 30 and 24.
 */
import { passOf, radices } from "./butterflies.ts";
import { rootsOfUnity } from "./roots-of-unity.ts";

/**
 * Transforms `n` complex numbers, 2n floats, which are left as they are. The result belongs to the
 * transform: it is valid until the next call.
 */
export type ComplexTransform = (values: Float64Array) => Float64Array;

/** The transform of `n` complex numbers, n ≥ 1: tables and memory for any number of calls. */
export function complexFourier(n: number): ComplexTransform {
  const transform = roomyTransform(n);
  return (values) => transform(values).subarray(0, 2 * n);
}

/** The same, but its result has room for one more number at its end. */
function roomyTransform(n: number): ComplexTransform {
  const factors = factorsOf(n);
  return factors === undefined ? chirpTransform(n) : passTransform(n, factors);
}

/**
 * The transform of `n` real numbers, n ≥ 1: its floor(n / 2) + 1 bins from frequency 0 on; the others
 * are their conjugates. The result is valid until the next call.
 */
export function realFourier(n: number): ComplexTransform {
  const bins = Math.floor(n / 2) + 1;
  if (n % 2 === 1) {
    const transform = complexFourier(n);
    const values = new Float64Array(2 * n);
    return (reals) => {
      for (let i = 0; i < n; i++) values[2 * i] = reals[i] as number;
      return transform(values).subarray(0, 2 * bins);
    };
  }
  // The reals, taken as n/2 complex numbers, need half the work; then both halves are told apart.
  const transform = roomyTransform(n / 2);
  const pairs = Math.floor(n / 4) + 1;
  const roots = new Float64Array(2 * pairs);
  const writeRoot = rootsOfUnity(n);
  for (let k = 0; k < pairs; k++) writeRoot(k, roots, 2 * k);
  return (reals) => {
    const mixed = transform(reals);
    for (let start = 0; start < pairs; start += CALL_PAIRS) {
      tellApart(mixed, roots, n / 2, start, Math.min(pairs, start + CALL_PAIRS));
    }
    return mixed;
  };
}
const CALL_PAIRS = 2048;

/**
 * With m = n/2, the even reals have E = (Z[k] + Z*[m-k]) / 2, the odd ones O = (Z[k] - Z*[m-k]) / 2i,
 * and X[k] = E + e^(-2πi k/n) O, X*[m-k] = E - e^(-2πi k/n) O. Both
 * come where Z[k] and Z[m-k] were; X[m] comes behind them all.
 */
function tellApart(
  z: Float64Array,
  roots: Float64Array,
  m: number,
  start: number,
  end: number,
): void {
  for (let k = start; k < end; k++) {
    const a = 2 * k;
    const b = k === 0 ? 0 : 2 * (m - k);
    const ar = z[a] as number;
    const ai = z[a + 1] as number;
    const br = z[b] as number;
    const bi = z[b + 1] as number;
    const wr = roots[a] as number;
    const wi = roots[a + 1] as number;
    const er = (ar + br) / 2;
    const ei = (ai - bi) / 2;
    const or = (ai + bi) / 2;
    const oi = (br - ar) / 2;
    const tr = wr * or - wi * oi;
    const ti = wr * oi + wi * or;
    const mirrored = 2 * (m - k);
    z[a] = er + tr;
    z[a + 1] = ei + ti;
    z[mirrored] = er - tr;
    z[mirrored + 1] = ti - ei;
  }
}

/** Radices whose product is `n`; undefined when it has another prime factor. */
function factorsOf(n: number): readonly number[] | undefined {
  const factors: number[] = [];
  let rest = n;
  for (const radix of radices) {
    for (; rest % radix === 0; rest /= radix) factors.push(radix);
  }
  return rest === 1 ? factors : undefined;
}

function passTransform(n: number, factors: readonly number[]): ComplexTransform {
  const writeRoot = rootsOfUnity(n);
  let groups = 1;
  const passes = factors.map((radix) => {
    const span = n / (groups * radix);
    const roots = new Float64Array(span === 1 ? 0 : 2 * span * (radix - 1));
    for (let i = 0, at = 0; i * 2 * (radix - 1) < roots.length; i++) {
      for (let j = 1; j < radix; j++, at += 2) writeRoot(i * j * groups, roots, at);
    }
    const pass = passOf(radix, span, groups, roots);
    groups *= radix;
    return pass;
  });
  const memory = [new Float64Array(2 * n + 2), new Float64Array(2 * n + 2)] as const;
  return (values) => {
    let from = values;
    passes.forEach((pass, index) => {
      const to = memory[index % 2 === 0 ? 0 : 1];
      pass(from, to);
      from = to;
    });
    if (from === values) memory[0].set(values.subarray(0, 2 * n));
    return from === values ? memory[0] : from;
  };
}

/**
 * Any length: jk = (j² + k² - (k-j)²) / 2 makes the transform a convolution with the chirp
 * e^(πi j²/n), which transforms of a longer, smooth length do (Bluestein, 1970).
 */
function chirpTransform(n: number): ComplexTransform {
  const size = smoothSize(2 * n - 1);
  const forward = passTransform(size, factorsOf(size) ?? []);
  // The squares are taken modulo 2n, where they stay exact.
  const chirp = new Float64Array(2 * n);
  const writeRoot = rootsOfUnity(2 * n);
  for (let j = 0, square = 0; j < n; j++) {
    writeRoot(square, chirp, 2 * j);
    square = (square + 2 * j + 1) % (2 * n);
  }
  const response = new Float64Array(2 * size);
  for (let j = 0; j < n; j++) {
    const [re, im] = [chirp[2 * j] as number, -(chirp[2 * j + 1] as number)];
    const mirrored = j === 0 ? 0 : size - j;
    response[2 * j] = response[2 * mirrored] = re / size;
    response[2 * j + 1] = response[2 * mirrored + 1] = im / size;
  }
  const factor = forward(response).slice();
  const padded = new Float64Array(2 * size);
  const result = new Float64Array(2 * n + 2);
  return (values) => {
    padded.fill(0, 2 * n);
    multiply(values, chirp, padded, n);
    const spectrum = forward(padded);
    multiply(spectrum, factor, padded, size);
    // A transform of conjugates is the conjugate of the inverse transform.
    conjugate(padded, size);
    const convolved = forward(padded);
    conjugate(convolved, size);
    multiply(convolved, chirp, result, n);
    return result;
  };
}

/** The smallest product of 2, 3 and 5 that is at least `size` and has few odd factors. */
function smoothSize(size: number): number {
  const candidates = [1, 3, 5, 9, 15].map((odd) => {
    let smooth = odd;
    while (smooth < size) smooth *= 2;
    return smooth;
  });
  return Math.min(...candidates);
}

function multiply(a: Float64Array, b: Float64Array, to: Float64Array, count: number): void {
  for (let i = 0; i < 2 * count; i += 2) {
    const ar = a[i] as number;
    const ai = a[i + 1] as number;
    const br = b[i] as number;
    const bi = b[i + 1] as number;
    to[i] = ar * br - ai * bi;
    to[i + 1] = ar * bi + ai * br;
  }
}

function conjugate(values: Float64Array, count: number): void {
  for (let i = 1; i < 2 * count; i += 2) values[i] = -(values[i] as number);
}
