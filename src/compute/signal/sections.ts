/**
 * Filters as second-order sections, which stay exact where one long polynomial would not: how zeros and
 * poles are grouped to sections, and how sections run over a signal, as scipy.signal has both.
 */

import { BLOCK_ROWS } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import {
  type Complex,
  conjugateOf,
  distance,
  isReal,
  magnitude,
  plus,
  real,
  times,
} from "./complex.ts";

/** A filter by the zeros and poles of its transfer function. */
export interface ZerosPoles {
  readonly zeros: readonly Complex[];
  readonly poles: readonly Complex[];
  readonly gain: number;
}

/** y[i] = b0 x[i] + b1 x[i-1] + b2 x[i-2] - a1 y[i-1] - a2 y[i-2]. */
export interface Section {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/**
 * Sections out of as many zeros as poles, which come as real numbers and conjugate pairs. The pole
 * nearest to the unit circle takes the zeros nearest to it and comes last (scipy's "nearest").
 */
export function sectionsOf({ zeros, poles, gain }: ZerosPoles): readonly Section[] {
  const odd = poles.length % 2 === 1;
  const restPoles = half(odd ? [...poles, real(0)] : poles);
  const restZeros = half(odd ? [...zeros, real(0)] : zeros);
  const sections: Section[] = [];
  while (restPoles.length > 0) {
    const pole = takeLeast(restPoles, offCircle);
    const polePair = isReal(pole) ? takeLeast(restPoles, offCircle, isReal) : conjugateOf(pole);
    const near = (zero: Complex) => distance(zero, pole);
    const zero = takeLeast(restZeros, near);
    const zeroPair = isReal(zero) ? takeLeast(restZeros, near, isReal) : conjugateOf(zero);
    sections.unshift(sectionOf(zero, zeroPair, pole, polePair));
  }
  return sections.map((section, index) =>
    index > 0
      ? section
      : { ...section, b0: section.b0 * gain, b1: section.b1 * gain, b2: section.b2 * gain },
  );
}

const offCircle = (pole: Complex): number => Math.abs(1 - magnitude(pole));

/** Takes the first element of the least measure out of the list. */
function takeLeast(
  list: Complex[],
  measure: (element: Complex) => number,
  among: (element: Complex) => boolean = () => true,
): Complex {
  let least: number | undefined;
  list.forEach((element, index) => {
    if (!among(element)) return;
    const best = least === undefined ? undefined : list[least];
    if (best === undefined || measure(element) < measure(best)) least = index;
  });
  const [taken] = least === undefined ? [] : list.splice(least, 1);
  if (taken === undefined) throw new Error("zeros and poles do not make second-order sections");
  return taken;
}

/** What is not real, once for each conjugate pair, by its real part; then the real numbers, rising. */
function half(points: readonly Complex[]): Complex[] {
  const almostReal = ({ re, im }: Complex) => Math.abs(im) <= REAL_TOLERANCE * Math.hypot(re, im);
  const upper = points
    .filter((point) => !almostReal(point) && point.im > 0)
    .sort((a, b) => a.re - b.re || a.im - b.im);
  const reals = points.filter(almostReal).map(({ re }) => real(re));
  return [...upper, ...reals.sort((a, b) => a.re - b.re)];
}
const REAL_TOLERANCE = 100 * Number.EPSILON;

function sectionOf(z1: Complex, z2: Complex, p1: Complex, p2: Complex): Section {
  return {
    b0: 1,
    b1: -plus(z1, z2).re,
    b2: times(z1, z2).re,
    a1: -plus(p1, p2).re,
    a2: times(p1, p2).re,
  };
}

/** Filters values in place, from the first to the last, as scipy.signal.sosfilt does. */
export function filterForward(sections: readonly Section[], values: Float64Array): void {
  filterFrom(
    values,
    sections.map((section) => ({ section, memory: new Float64Array(2) })),
  );
}

/**
 * The values filtered forwards and backwards, so that nothing is shifted in time and the filter works
 * twice, as scipy.signal.sosfiltfilt does: the ends are extended by `extensionOf` values turned about
 * the end, and the filter starts as if the signal had always been what it begins with. There must be
 * more values than that.
 */
export function filterBothWays(sections: readonly Section[], values: Float64Array): Float64Array {
  const edge = extensionOf(sections);
  const { length } = values;
  const extended = columnMemory("<f8", length + 2 * edge);
  extended.set(values, edge);
  const [first, last] = [values[0] as number, values[length - 1] as number];
  for (let i = 1; i <= edge; i++) {
    extended[edge - i] = 2 * first - (values[i] as number);
    extended[edge + length - 1 + i] = 2 * last - (values[length - 1 - i] as number);
  }
  for (let way = 0; way < 2; way++) {
    filterFrom(extended, settled(sections, extended[0] as number));
    extended.reverse();
  }
  return extended.subarray(edge, edge + length);
}

/** Values that filterBothWays adds at each end: three for each coefficient of the whole filter. */
export function extensionOf(sections: readonly Section[]): number {
  const firstOrder = Math.min(
    sections.filter(({ b2 }) => b2 === 0).length,
    sections.filter(({ a2 }) => a2 === 0).length,
  );
  return 3 * (2 * sections.length + 1 - firstOrder);
}

/** A section with what it remembers of the values before: the two states of direct form II, transposed. */
interface RunningSection {
  readonly section: Section;
  readonly memory: Float64Array;
}

/** The sections as they are after an endless input of one value. */
function settled(sections: readonly Section[], value: number): readonly RunningSection[] {
  let level = value;
  return sections.map((section) => {
    const { b0, b1, b2, a1, a2 } = section;
    const gain = (b0 + b1 + b2) / (1 + a1 + a2);
    const memory = Float64Array.of(level * (gain - b0), level * (b2 - a2 * gain));
    level *= gain;
    return { section, memory };
  });
}

/** All sections block by block, so that a block stays in the core's cache. */
function filterFrom(values: Float64Array, running: readonly RunningSection[]): void {
  for (let start = 0; start < values.length; start += BLOCK_ROWS) {
    const end = Math.min(values.length, start + BLOCK_ROWS);
    for (const { section, memory } of running) runSection(section, memory, values, start, end);
  }
}

function runSection(
  { b0, b1, b2, a1, a2 }: Section,
  memory: Float64Array,
  values: Float64Array,
  start: number,
  end: number,
): void {
  let s0 = memory[0] as number;
  let s1 = memory[1] as number;
  for (let i = start; i < end; i++) {
    const x = values[i] as number;
    const y = b0 * x + s0;
    s0 = b1 * x - a1 * y + s1;
    s1 = b2 * x - a2 * y;
    values[i] = y;
  }
  memory[0] = s0;
  memory[1] = s1;
}
