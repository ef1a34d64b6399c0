/** The word that was meant: what counts as near, what does not, and that it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { didYouMean, nearest } from "../../../src/protocol/nearest.ts";

const keys = ["needs", "tasks", "split", "cache", "timeout", "retry", "where"];

test("a misspelt key finds the key that was meant", () => {
  const cases = {
    neds: "needs",
    nedes: "needs",
    taks: "tasks",
    timout: "timeout",
    chache: "cache",
  };
  for (const [word, meant] of Object.entries(cases)) assert.equal(nearest(word, keys), meant);
});

test("swapped neighbours are one edit", () => {
  assert.equal(nearest("teh", ["the", "tip"]), "the");
  assert.equal(nearest("rtery", keys), "retry");
});

test("case, underscores and the historical prefix do not count", () => {
  const names = ["openArray", "squareRoot", "filterRows"];
  assert.equal(nearest("task_open_array", names), "openArray");
  assert.equal(nearest("SQUARE_ROOT", names), "squareRoot");
  assert.equal(nearest("filterrow", names), "filterRows");
});

test("a word far from all candidates finds none", () => {
  assert.equal(nearest("banana", keys), undefined);
  assert.equal(nearest("", keys), undefined);
  assert.equal(nearest("needs", []), undefined);
  assert.equal(nearest("xy", ["ab", "cd"]), undefined);
  assert.equal(nearest("n".repeat(1_000_000), keys), undefined);
});

test("of equally near candidates the first wins", () => {
  assert.equal(nearest("bat", ["cat", "rat"]), "cat");
});

test("didYouMean is the end of a message, or nothing", () => {
  assert.equal(didYouMean("neds", keys), ', did you mean "needs"?');
  assert.equal(didYouMean("banana", keys), "");
});

test("a word that is a candidate is its own nearest, whatever else is offered", (t) => {
  const seed = Date.now() >>> 0;
  t.diagnostic(`seed ${seed}`);
  const name = fc.stringMatching(/^[a-z]{4,12}$/);
  fc.assert(
    fc.property(name, fc.array(name), (word, others) => {
      assert.equal(nearest(word, [...others, word]), word);
    }),
    { seed },
  );
});
