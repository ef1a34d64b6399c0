/**
 * The numbers e^(-2πi k/n), which Fourier transforms multiply by. Each is right to about one unit in
 * the last place, and costs a complex product instead of a sine and a cosine.
 */

/** Writes e^(-2πi k/n), its real part to `to[at]` and its imaginary part behind it; 0 ≤ k ≤ n. */
export type WriteRoot = (k: number, to: Float64Array, at: number) => void;

/**
 * Two tables of about √n numbers: a coarse one of every step-th root c, and a fine one of the first
 * roots, less one: f = e^(-iθ) - 1. A root is c + c·f, in which the rounding error of f is small.
 */
export function rootsOfUnity(n: number): WriteRoot {
  const bits = Math.ceil(Math.log2(Math.max(1, n)) / 2);
  const step = 2 ** bits;
  const coarse = new Float64Array(2 * (Math.floor(n / step) + 1));
  for (let k = 0; k * step <= n; k++) {
    const [cos, sin] = turned(k * step, n);
    coarse[2 * k] = cos;
    coarse[2 * k + 1] = -sin;
  }
  const fine = new Float64Array(2 * step);
  for (let k = 0; k < step; k++) {
    const sinHalf = Math.sin((Math.PI * k) / n);
    fine[2 * k] = -2 * sinHalf * sinHalf;
    fine[2 * k + 1] = -Math.sin((2 * Math.PI * k) / n);
  }
  return (k, to, at) => {
    const c = 2 * (k >> bits);
    const f = 2 * (k & (step - 1));
    const cr = coarse[c] as number;
    const ci = coarse[c + 1] as number;
    const fr = fine[f] as number;
    const fi = fine[f + 1] as number;
    to[at] = cr + (cr * fr - ci * fi);
    to[at + 1] = ci + (cr * fi + ci * fr);
  };
}

/** Cosine and sine of 2πk/n, of an angle brought below 45° in whole numbers, so without error. */
function turned(k: number, n: number): readonly [number, number] {
  const quarters = Math.round((4 * k) / n);
  const angle = ((4 * k - quarters * n) / n) * (Math.PI / 2);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  if (quarters % 4 === 0) return [cos, sin];
  if (quarters % 4 === 1) return [-sin, cos];
  return quarters % 4 === 2 ? [-cos, -sin] : [sin, -cos];
}
