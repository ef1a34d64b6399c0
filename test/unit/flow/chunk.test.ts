import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesMin, type Cut, cut, rangeOf, rowsMin } from "../../../src/flow/chunk.ts";
import { limits } from "../../../src/protocol/limits.ts";

const seed = Date.now() % 1_000_000;
const rows = { unit: "rows", unitsMin: rowsMin, slots: 4, split: undefined } as const;
const sizes = (units: number, how: Cut) =>
  Array.from({ length: how.count }, (_, index) => rangeOf(index, how, units)).map(
    ({ start, end }) => end - start,
  );

test("small inputs are one chunk, even an empty one", () => {
  for (const units of [0, 1, rowsMin, 2 * rowsMin - 1]) assert.equal(cut(units, rows).count, 1);
  assert.deepEqual(rangeOf(0, cut(0, rows), 0), { start: 0, end: 0 });
});

test("each free slot gets work, as soon as there is enough of it", () => {
  assert.equal(cut(4 * rowsMin, rows).count, 4);
  assert.equal(cut(1_000_000, rows).count, 12);
  assert.equal(cut(1_000_000, { ...rows, slots: 0 }).count, 3);
});

test("no chunk is below the smallest, and none too large for a node", () => {
  const file = { unit: "bytes", unitsMin: bytesMin, slots: 2, split: undefined } as const;
  const small = cut(10 * bytesMin, { ...file, slots: 100 });
  assert.ok(Math.min(...sizes(10 * bytesMin, small)) >= bytesMin);
  const large = cut(2 ** 40, file);
  assert.ok(large.size <= 256 * bytesMin);
});

test("what the document fixes is obeyed exactly", () => {
  assert.deepEqual(sizes(100, cut(100, { ...rows, split: { rows: 30 } })), [30, 30, 30, 10]);
  assert.deepEqual(sizes(10, cut(10, { ...rows, split: { chunks: 4 } })), [2, 3, 2, 3]);
  assert.equal(cut(1, { ...rows, split: { chunks: 512 } }).count, 512);
  const bytes = { ...rows, unit: "bytes", split: { bytes: 64 } } as const;
  assert.deepEqual(sizes(130, cut(130, bytes)), [64, 64, 2]);
});

test("a file that is read in one piece is never read twice", () => {
  const files = { unit: "files", unitsMin: 1, slots: 4, split: { chunks: 6 } } as const;
  assert.deepEqual(sizes(1, cut(1, files)), [1]);
  assert.deepEqual(sizes(3, cut(3, files)), [1, 1, 1]);
  assert.equal(cut(0, files).count, 1);
});

test("a size in another unit than the input's leaves the choice to the planner", () => {
  assert.equal(cut(100, { ...rows, split: { bytes: 10 } }).count, 1);
});

test("no split exceeds the bound of chunks", () => {
  assert.ok(cut(2 ** 40, { ...rows, split: { rows: 1 } }).count <= limits.chunksMax);
  assert.equal(cut(5, { ...rows, split: { chunks: 2 ** 40 } }).count, limits.chunksMax);
});

test(`chunks follow each other without gap or overlap (seed ${seed})`, () => {
  const split = fc.oneof(
    fc.constant(undefined),
    fc.record({ rows: fc.integer({ min: 1, max: 1_000 }) }),
    fc.record({ chunks: fc.integer({ min: 1, max: 300 }) }),
  );
  const property = fc.property(fc.nat(20_000), split, fc.nat(40), (units, fixed, slots) => {
    const how = cut(units, { unit: "rows", unitsMin: 10, slots, split: fixed });
    let end = 0;
    for (let index = 0; index < how.count; index++) {
      const range = rangeOf(index, how, units);
      assert.equal(range.start, end);
      assert.ok(range.end >= range.start);
      end = range.end;
    }
    assert.equal(end, units);
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test("a chunk that is none has no range", () => {
  assert.throws(() => rangeOf(3, { size: 1, count: 3 }, 3), /no chunk 3/);
});
