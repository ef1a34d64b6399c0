/**
 * The inner loops of a Fourier transform: one pass of Stockham's transform for each radix, written
 * out as text, because a loop over the radix would cost more than the arithmetic. Complex numbers lie
 * as pairs: real part, imaginary part.
 */
import { kernel } from "../../table/kernels.ts";

/**
 * Radices that a pass is made for: four before two, which needs fewer passes over memory, and primes
 * as long as compiling their long text takes less time than it saves.
 */
export const radices = [4, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31] as const;

/** Butterflies per call, so that a long pass is compiled while it runs. */
const CALL_BUTTERFLIES = 512;

/** One pass over 2 · span · groups · radix floats, from one array to another. */
export type Pass = (from: Float64Array, to: Float64Array) => void;

/**
 * Takes `groups` · radix runs of `span` numbers apart, transforms what lies at one place of the
 * `radix` runs of a group, turns the results by `roots`, and lays them out as radix · `groups` runs
 * (Swarztrauber, "FFT algorithms for vector computers", 1984, decimation in frequency).
 * `roots` holds, for each place of a run, the factors of all results but the first; it is not read
 * where `span` is 1.
 */
export function passOf(radix: number, span: number, groups: number, roots: Float64Array): Pass {
  const run = passKernel(radix, span > 1);
  const width = Math.min(span, CALL_BUTTERFLIES);
  const height = Math.max(1, Math.floor(CALL_BUTTERFLIES / span));
  return (from, to) => {
    for (let group = 0; group < groups; group += height) {
      const groupEnd = Math.min(groups, group + height);
      for (let place = 0; place < span; place += width) {
        const placeEnd = Math.min(span, place + width);
        run(from, to, roots, span, groups, group, groupEnd, place, placeEnd);
      }
    }
  };
}

type PassKernel = (
  from: Float64Array,
  to: Float64Array,
  roots: Float64Array,
  span: number,
  groups: number,
  group: number,
  groupEnd: number,
  place: number,
  placeEnd: number,
) => void;

function passKernel(radix: number, turning: boolean): PassKernel {
  const places = Array.from({ length: radix }, (_, j) => j);
  const loads = places.map((j) => {
    const at = `(g * ${radix} + ${j}) * run + i`;
    return `const r${j} = from[${at}], i${j} = from[${at} + 1];`;
  });
  const { steps, results } = butterfly(radix);
  const stores = results.map(([re, im], j) => {
    const at = `(g + ${j} * groups) * run + i`;
    if (j === 0 || !turning) return `to[${at}] = ${re}; to[${at} + 1] = ${im};`;
    return `{
      const wr = roots[t + ${2 * j - 2}], wi = roots[t + ${2 * j - 1}], re = ${re}, im = ${im};
      to[${at}] = re * wr - im * wi;
      to[${at} + 1] = re * wi + im * wr;
    }`;
  });
  return kernel<PassKernel>(
    `fourier pass ${radix}`,
    ["from", "to", "roots", "span", "groups", "g0", "g1", "i0", "i1"],
    `const run = 2 * span;
    for (let g = g0; g < g1; g++) {
      let t = i0 * ${2 * (radix - 1)};
      for (let i = 2 * i0; i < 2 * i1; i += 2) {
        ${[...loads, ...steps, ...stores].join("\n        ")}
        t += ${2 * (radix - 1)};
      }
    }`,
  );
}

/** The text that transforms r0, i0, r1, i1, … and of its results, as real and imaginary part. */
interface Butterfly {
  readonly steps: readonly string[];
  readonly results: readonly (readonly [re: string, im: string])[];
}

function butterfly(radix: number): Butterfly {
  if (radix === 2) {
    return {
      steps: [],
      results: [
        ["r0 + r1", "i0 + i1"],
        ["r0 - r1", "i0 - i1"],
      ],
    };
  }
  if (radix === 4) {
    return {
      steps: [
        "const ar = r0 + r2, ai = i0 + i2, br = r0 - r2, bi = i0 - i2;",
        "const cr = r1 + r3, ci = i1 + i3, dr = r1 - r3, di = i1 - i3;",
      ],
      results: [
        ["ar + cr", "ai + ci"],
        ["br + di", "bi - dr"],
        ["ar - cr", "ai - ci"],
        ["br - di", "bi + dr"],
      ],
    };
  }
  return oddButterfly(radix);
}

/** Input j and input radix - j meet the same cosines and opposite sines: add and subtract them first. */
function oddButterfly(radix: number): Butterfly {
  const half = Array.from({ length: (radix - 1) / 2 }, (_, j) => j + 1);
  const sums = half.map((j) => {
    const k = radix - j;
    return (
      `const pr${j} = r${j} + r${k}, pi${j} = i${j} + i${k}, ` +
      `mr${j} = r${j} - r${k}, mi${j} = i${j} - i${k};`
    );
  });
  const waves = half.map((k) => {
    const angle = (j: number) => (2 * Math.PI * ((j * k) % radix)) / radix;
    const cosines = (part: string) =>
      half.map((j) => ` + ${bracketed(Math.cos(angle(j)))} * ${part}${j}`).join("");
    const sines = (part: string) =>
      half.map((j) => `${bracketed(Math.sin(angle(j)))} * ${part}${j}`).join(" + ");
    return (
      `const er${k} = r0${cosines("pr")}, ei${k} = i0${cosines("pi")}, ` +
      `or${k} = ${sines("mi")}, oi${k} = ${sines("mr")};`
    );
  });
  const sum = (part: string, first: string) =>
    [first, ...half.map((j) => `${part}${j}`)].join(" + ");
  const results: [string, string][] = [[sum("pr", "r0"), sum("pi", "i0")]];
  for (const k of half) {
    results[k] = [`er${k} + or${k}`, `ei${k} - oi${k}`];
    results[radix - k] = [`er${k} - or${k}`, `ei${k} + oi${k}`];
  }
  return { steps: [...sums, ...waves], results };
}

const bracketed = (value: number): string => `(${value})`;
