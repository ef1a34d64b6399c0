/**
 * The spaces of columnSpace and regression: for row i of n, the i-th of n points that have nothing
 * to do with that row's value. `linear` and `log` points follow from their number alone, so that any
 * chunk can make its own.
 */
import type { NumericColumn } from "../../table/column.ts";
import { presentValues } from "./present.ts";

/** Writes the points [first, first + out.length) into `out`. */
export type Points = (first: number, out: Float64Array) => void;

/**
 * `count` evenly spaced points from `start` to `stop`, both included, rounded as numpy.linspace
 * rounds them; a single point is `start`.
 */
export function evenPoints(start: number, stop: number, count: number): Points {
  const apart = stop - start;
  const steps = count - 1;
  const step = apart / steps;
  return (first, out) => {
    if (steps > 0 && step !== 0) fillSteps(out, first, step, start);
    // A step too small for a float is not taken on its own.
    else fillShares(out, first, Math.max(1, steps), apart, start);
    if (steps > 0 && steps >= first && steps < first + out.length) out[steps - first] = stop;
  };
}

function fillSteps(out: Float64Array, first: number, step: number, start: number): void {
  for (let i = 0; i < out.length; i++) out[i] = (first + i) * step + start;
}

function fillShares(
  out: Float64Array,
  first: number,
  steps: number,
  apart: number,
  start: number,
): void {
  for (let i = 0; i < out.length; i++) out[i] = ((first + i) / steps) * apart + start;
}

const LOG_START = 0.001;
const LOG_STOP = 1;

/** 10 to the power of `count` evenly spaced exponents from 0.001 to 1. */
export function logPoints(count: number): Points {
  const exponents = evenPoints(LOG_START, LOG_STOP, count);
  return (first, out) => {
    exponents(first, out);
    for (let i = 0; i < out.length; i++) out[i] = 10 ** (out[i] as number);
  };
}

/** Whether points follow from their number and the greatest value; others are the sorted column. */
export const isComputedSpace = (space: string): space is "linear" | "log" =>
  space === "linear" || space === "log";

/** The points of a computed space over `count` rows of a column whose greatest value is `max`. */
export const computedPoints = (space: "linear" | "log", max: number, count: number): Points =>
  space === "linear" ? evenPoints(0, max, count) : logPoints(count);

/** The values a column has, in a copy, ascending, NaN last. */
export const sortedValues = (column: NumericColumn): Float64Array =>
  presentValues(column).slice().sort();
