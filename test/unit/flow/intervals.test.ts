import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as intervals from "../../../src/flow/intervals.ts";

const seed = Date.now() % 1_000_000;
const small = fc.integer({ min: -1, max: 40 });
const values = fc.array(small, { maxLength: 40 });
const setOf = (numbers: readonly number[]) =>
  numbers.reduce(intervals.add, intervals.emptyIntervals);
const sorted = (numbers: Iterable<number>) => [...new Set(numbers)].sort((a, b) => a - b);
const check = (property: fc.IProperty<unknown> | fc.IRawProperty<unknown>) =>
  fc.assert(property as fc.IRawProperty<unknown>, { seed, numRuns: 300 });

test(`a set of ranges is what a Set is, whatever is added and removed (seed ${seed})`, () => {
  check(
    fc.property(fc.array(fc.tuple(fc.boolean(), small), { maxLength: 80 }), (changes) => {
      let ranges = intervals.emptyIntervals;
      const model = new Set<number>();
      for (const [isAdded, value] of changes) {
        ranges = isAdded ? intervals.add(ranges, value) : intervals.remove(ranges, value);
        if (isAdded) model.add(value);
        else model.delete(value);
      }
      assert.deepEqual([...intervals.members(ranges)], sorted(model));
      assert.equal(intervals.count(ranges), model.size);
      assert.equal(intervals.first(ranges), sorted(model)[0]);
      for (let value = -2; value < 42; value++) {
        assert.equal(intervals.has(ranges, value), model.has(value), `has ${value}`);
      }
    }),
  );
});

test(`ranges stay sorted, disjoint and joined where they touch (seed ${seed})`, () => {
  check(
    fc.property(values, (numbers) => {
      const ranges = setOf(numbers);
      assert.equal(ranges.length % 2, 0);
      for (let index = 1; index < ranges.length; index++) {
        assert.ok((ranges[index - 1] ?? 0) < (ranges[index] ?? 0), `${ranges} rises`);
      }
    }),
  );
});

test(`both, and one without the other, are what sets say (seed ${seed})`, () => {
  check(
    fc.property(values, values, (left, right) => {
      const [l, r] = [setOf(left), setOf(right)];
      const both = sorted(left).filter((value) => right.includes(value));
      const rest = sorted(left).filter((value) => !right.includes(value));
      assert.deepEqual([...intervals.members(intervals.intersect(l, r))], both);
      assert.deepEqual([...intervals.members(intervals.subtract(l, r))], rest);
      assert.equal(intervals.firstOfDifference(l, r), rest[0]);
    }),
  );
});

test("the first gap is at or above where one begins to look", () => {
  const set = intervals.add(intervals.interval(2, 5), 6);
  assert.equal(intervals.firstGap(set, 0), 0);
  assert.equal(intervals.firstGap(set, 2), 5);
  assert.equal(intervals.firstGap(set, 6), 7);
});

test("counting ends at its bound", () => {
  assert.equal(intervals.count(intervals.interval(0, 1_000_000), 3), 3);
  assert.equal(intervals.count(intervals.interval(5, 5)), 0);
});

test("nothing is ever changed in place", () => {
  const before = Object.freeze([0, 2, 4, 6]);
  intervals.add(before, 2);
  intervals.add(before, 9);
  intervals.remove(before, 4);
  intervals.remove(before, 0);
  assert.deepEqual(before, [0, 2, 4, 6]);
});
