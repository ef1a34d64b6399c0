/**
 * Sums of many floats in parts: exact enough that any way of cutting a column into chunks gives the
 * same mean, and cheap enough for every block.
 */

/** A sum whose rounding error is carried along (Neumaier). Plain data: it travels as a state. */
export interface Sum {
  readonly sum: number;
  readonly carry: number;
}

export const zeroSum: Sum = { sum: 0, carry: 0 };

/** The sum and one more number. */
export function addTo({ sum, carry }: Sum, value: number): Sum {
  const total = sum + value;
  const lost = Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
  return { sum: total, carry: carry + lost };
}

/** Both sums together. */
export function addSums(a: Sum, b: Sum): Sum {
  const both = addTo(a, b.sum);
  return { sum: both.sum, carry: both.carry + b.carry };
}

/** The sum as one number. An infinite or undefined sum has no rounding error to add. */
export const totalOf = ({ sum, carry }: Sum): number => (Number.isFinite(sum) ? sum + carry : sum);

/** The sum of one block, by four running sums, which halves both time and rounding error. */
export function sumOfBlock(values: Float64Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  let i = 0;
  for (; i < whole; i += 4) {
    a += values[i] as number;
    b += values[i + 1] as number;
    c += values[i + 2] as number;
    d += values[i + 3] as number;
  }
  for (; i < values.length; i++) a += values[i] as number;
  return a + b + (c + d);
}
