import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quantilesOf } from "../../../src/compute/statistics/quantiles.ts";
import { checkProperty } from "../../support/properties.ts";

/** The definition, on values in order. */
function expected(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low === high ? low : low + (high - low) * (place - Math.floor(place));
}

const levels = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 });

test("quantiles are those of the values in order, whatever order they come in", (t) => {
  const few = fc.array(fc.integer({ min: -3, max: 3 }), {
    minLength: 1,
    maxLength: 300,
    size: "max",
  });
  const many = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), {
    minLength: 1,
    maxLength: 300,
    size: "max",
  });
  checkProperty(
    t,
    fc.property(fc.oneof(few, many), levels, (values, qs) => {
      const found = quantilesOf(Float64Array.from(values), qs);
      found.forEach((quantile, index) => {
        const wanted = expected(values, qs[index] ?? 0);
        assert.ok(Math.abs(quantile - wanted) <= 1e-9 * Math.abs(wanted), `${quantile}, ${wanted}`);
      });
    }),
  );
});

test("rising, falling, equal and saw-toothed values are no trouble", () => {
  const shapes: Record<string, (i: number) => number> = {
    rising: (i) => i,
    falling: (i) => -i,
    equal: () => 7,
    saw: (i) => i % 100,
    organ: (i) => Math.min(i, 20_000 - i),
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const values = Array.from({ length: 20_000 }, (_, i) => shape(i));
    for (const q of [0, 0.1, 0.5, 0.999, 1]) {
      assert.deepEqual(quantilesOf(Float64Array.from(values), [q]), [expected(values, q)], name);
    }
  }
});

test("a stretch is looked at by itself, NaN spoils it, and nothing has no quantile", () => {
  const values = () => Float64Array.of(9, 1, 3, 2, Number.NaN);
  assert.deepEqual(quantilesOf(values(), [0.5, 0], 1, 4), [2, 1]);
  assert.deepEqual(quantilesOf(values(), [0.5]), [Number.NaN]);
  assert.deepEqual(quantilesOf(values(), [0.5, 1], 2, 2), [Number.NaN, Number.NaN]);
  const infinite = Float64Array.of(-Infinity, 5, Infinity);
  assert.deepEqual(quantilesOf(infinite, [0, 0.5, 1]), [-Infinity, 5, Infinity]);
});
