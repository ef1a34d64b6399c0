/** The envelope of an oscillation: the magnitude of the analytic signal, as scipy.signal.hilbert has it. */
import { complexFourier } from "./fourier.ts";

/**
 * The envelope of finite values, as many as there are. It is taken through the Fourier transform, so
 * that the signal counts as periodic: near its ends the envelope is less true.
 */
export function envelopeOf(values: Float64Array): Float64Array {
  const n = values.length;
  if (n === 0) return new Float64Array(0);
  const transform = complexFourier(n);
  const work = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) work[2 * i] = values[i] as number;
  const spectrum = transform(work);
  // Positive frequencies count twice, negative ones not at all; 0 and half the rate have no other side.
  // What is transformed again is the conjugate: that is the inverse transform, but for conjugating.
  for (let k = 0; k < n; k++) {
    const weight = k === 0 || 2 * k === n ? 1 : 2 * k < n ? 2 : 0;
    work[2 * k] = weight * (spectrum[2 * k] as number);
    work[2 * k + 1] = -weight * (spectrum[2 * k + 1] as number);
  }
  const analytic = transform(work);
  const envelope = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const re = analytic[2 * i] as number;
    const im = analytic[2 * i + 1] as number;
    envelope[i] = Math.sqrt(re * re + im * im) / n;
  }
  return envelope;
}
