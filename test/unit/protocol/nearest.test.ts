import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../../src/protocol/nearest.ts";

test("a word with one wrong, missing, extra or swapped letter is recognised", () => {
  const tasks = ["average", "filterRows", "openArray"];
  for (const word of ["avarage", "averge", "averrage", "avergae", "AVERAGE"]) {
    assert.equal(nearest(word, tasks), "average", word);
  }
});

test("a word that is near to nothing has no nearest", () => {
  assert.equal(nearest("histogram", ["average", "filterRows"]), undefined);
  assert.equal(nearest("", ["a"]), undefined);
  assert.equal(nearest("ab", ["xy"]), undefined);
});

test("the nearer of two candidates wins", () => {
  assert.equal(nearest("colum", ["volume", "column"]), "column");
});

test("a word of hostile length is not compared", () => {
  assert.equal(nearest("x".repeat(1_000_000), ["x".repeat(1_000_000)]), undefined);
});
