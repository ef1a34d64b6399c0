import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as sparse from "../../../src/flow/sparse.ts";

const seed = Date.now() % 1_000_000;
const keys = fc.oneof(
  fc.integer({ min: 0, max: 70 }),
  fc.integer({ min: 0, max: sparse.sparseKeysMax - 1 }),
);

test(`a sparse map is what a Map is (seed ${seed})`, () => {
  const changes = fc.array(fc.tuple(fc.boolean(), keys, fc.integer()), { maxLength: 100 });
  const property = fc.property(changes, (list) => {
    let map: sparse.Sparse<number> = sparse.emptySparse;
    const model = new Map<number, number>();
    for (const [isSet, key, value] of list) {
      map = isSet ? sparse.set(map, key, value) : sparse.remove(map, key);
      if (isSet) model.set(key, value);
      else model.delete(key);
      assert.equal(map.size, model.size);
      assert.equal(sparse.get(map, key), model.get(key));
    }
    assert.deepEqual(
      sparse.entries(map),
      [...model].sort(([a], [b]) => a - b),
    );
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test("an older version of a map keeps what it had", () => {
  const older = sparse.set(sparse.set<string>(sparse.emptySparse, 7, "a"), 70_000, "b");
  const newer = sparse.remove(sparse.set(older, 7, "c"), 70_000);
  assert.deepEqual(sparse.entries(older), [
    [7, "a"],
    [70_000, "b"],
  ]);
  assert.deepEqual(sparse.entries(newer), [[7, "c"]]);
});

test("a key beyond the bound is refused, and never found", () => {
  assert.throws(() => sparse.set(sparse.emptySparse, sparse.sparseKeysMax, 1), /out of range/);
  assert.equal(sparse.get(sparse.emptySparse, sparse.sparseKeysMax), undefined);
  assert.equal(sparse.get(sparse.emptySparse, -1), undefined);
});
