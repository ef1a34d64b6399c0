import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deviationOf,
  mergeMoments,
  momentsOfBlock,
  noMoments,
} from "../../../src/compute/statistics/moments.ts";

const close = (found: number, expected: number, relative: number) =>
  assert.ok(
    Math.abs(found - expected) <= relative * Math.abs(expected),
    `${found} and ${expected}`,
  );

test("moments of parts merge to those of the whole, in any order of merging", () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => (Math.sin(i) ** 3 + 2) * (i % 17));
  const whole = momentsOfBlock(values);
  const parts = [0, 1, 2, 300, 999].map((start, i, starts) =>
    momentsOfBlock(values.subarray(start, starts[i + 1] ?? 1000)),
  );
  for (const order of [parts, [...parts].reverse()]) {
    const merged = order.reduce(mergeMoments, noMoments);
    assert.equal(merged.count, 1000);
    close(merged.mean + merged.rest, whole.mean + whole.rest, 1e-14);
    close(merged.second, whole.second, 1e-14);
    close(merged.third, whole.third, 1e-12);
  }
});

test("squares that leave the floats by themselves only are weighed before", () => {
  const far = 1.3456e154;
  const [one, other] = [Float64Array.of(0), Float64Array.of(far)].map(momentsOfBlock);
  assert.ok(one && other);
  close(deviationOf(mergeMoments(one, other), 1), far * Math.SQRT1_2, 1e-15);
});

test("a spread far from zero is as exact in parts as it is near zero", () => {
  const near = Float64Array.from({ length: 512 }, (_, i) => (i % 64) / 64);
  const far = near.map((value) => value + 2 ** 33);
  const parts = [0, 100, 101].map((start, i, starts) =>
    momentsOfBlock(far.subarray(start, starts[i + 1] ?? 512)),
  );
  const merged = parts.reduce(mergeMoments, noMoments);
  close(deviationOf(merged, 1), deviationOf(momentsOfBlock(near), 1), 1e-14);
});
