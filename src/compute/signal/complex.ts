/** Complex numbers one by one, for designing filters; signals lie in arrays of floats instead. */

export interface Complex {
  readonly re: number;
  readonly im: number;
}

export const real = (re: number): Complex => ({ re, im: 0 });
export const isReal = ({ im }: Complex): boolean => im === 0;
export const conjugateOf = ({ re, im }: Complex): Complex => ({ re, im: -im });
export const magnitude = ({ re, im }: Complex): number => Math.hypot(re, im);
export const distance = (a: Complex, b: Complex): number => Math.hypot(a.re - b.re, a.im - b.im);

export const plus = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
export const minus = (a: Complex, b: Complex): Complex => ({ re: a.re - b.re, im: a.im - b.im });
export const times = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});
export const scaled = ({ re, im }: Complex, by: number): Complex => ({ re: re * by, im: im * by });

export function over(a: Complex, b: Complex): Complex {
  const square = b.re * b.re + b.im * b.im;
  return scaled(times(a, conjugateOf(b)), 1 / square);
}

/** The root whose real part is not negative. */
export function squareRoot(z: Complex): Complex {
  const size = magnitude(z);
  if (size === 0) return z;
  const half = Math.sqrt((size + Math.abs(z.re)) / 2);
  const other = Math.abs(z.im) / (2 * half);
  const [re, im] = z.re >= 0 ? [half, other] : [other, half];
  return { re, im: z.im < 0 ? -im : im };
}

export const productOf = (factors: readonly Complex[]): Complex => factors.reduce(times, real(1));
