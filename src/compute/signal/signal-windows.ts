/** Windows: weights that let a stretch of signal fade in and out before its spectrum is taken. */

/** Weights of the cosines of a window: Σ weight[k] cos(2πk (i/n - 1/2)), i = 0, 1, …, n - 1. */
const cosines = {
  none: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  flattop: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
} as const;

export type WindowKind = keyof typeof cosines;
export const windowKinds = Object.keys(cosines) as [WindowKind, ...WindowKind[]];

/**
 * The `n` weights of a window, as scipy.signal.get_window makes them: for spectra, so that the window
 * would go on with its first weight. A `symmetric` one ends with the weight it begins with.
 */
export function windowOf(kind: WindowKind, n: number, symmetric = false): Float64Array {
  const weights = new Float64Array(n).fill(1);
  if (kind === "none" || n === 1) return weights;
  const period = symmetric ? n - 1 : n;
  for (let i = 0; i < n; i++) {
    const angle = (2 * Math.PI * i) / period - Math.PI;
    weights[i] = cosines[kind].reduce((sum, weight, k) => sum + weight * Math.cos(k * angle), 0);
  }
  return weights;
}
