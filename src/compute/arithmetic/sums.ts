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

/** Numbers that are added without looking after the rounding error, which so stays small. */
const RUN = 128;

/** The sum of one block, by runs of eight sums each, whose rounding errors are carried along. */
export function sumOfBlock(values: Float64Array): number {
  const { length } = values;
  let sum = 0;
  let carry = 0;
  for (let start = 0; start < length; start += RUN) {
    const run = sumOfRun(values, start, Math.min(length, start + RUN));
    // Knuth's two-sum: the error of one addition, without asking which number is larger.
    const total = sum + run;
    const part = total - sum;
    carry += sum - (total - part) + (run - part);
    sum = total;
  }
  return totalOf({ sum, carry });
}

// Eight sums at a time, because each addition has to wait for the one before it.
function sumOfRun(values: Float64Array, start: number, end: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  let i = start;
  for (; i + 7 < end; i += 8) {
    a += values[i] as number;
    b += values[i + 1] as number;
    c += values[i + 2] as number;
    d += values[i + 3] as number;
    e += values[i + 4] as number;
    f += values[i + 5] as number;
    g += values[i + 6] as number;
    h += values[i + 7] as number;
  }
  for (; i < end; i++) a += values[i] as number;
  return a + b + (c + d) + (e + f + (g + h));
}
