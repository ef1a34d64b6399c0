// Patterns for file names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fitsName, isPattern } from "../../../src/host/glob.ts";

test("a star stands for any characters and a question mark for one", () => {
  const fits: [string, string][] = [
    ["a.csv", "*.csv"],
    ["a.csv", "*"],
    ["a.csv", "a.???"],
    ["aXbXc", "a*b*c"],
    ["abab", "*ab"],
    [".hidden", ".*"],
    ["a(b)[c].csv", "a(b)[c].*"],
    ["", "*"],
  ];
  for (const [name, pattern] of fits)
    assert.equal(fitsName(name, pattern), true, `${name} ${pattern}`);
  const differs: [string, string][] = [
    ["a.csv", "*.CSV"],
    ["a.csv", "a.??"],
    ["a.csv", "b*"],
    [".hidden", "*"],
    [".hidden", "?hidden"],
    ["a.csv.gz", "*.csv"],
    ["x", ""],
  ];
  for (const [name, pattern] of differs) {
    assert.equal(fitsName(name, pattern), false, `${name} ${pattern}`);
  }
});

test("many stars are no slower than one", () => {
  // With going back at every star this would take longer than anybody waits.
  assert.equal(fitsName("a".repeat(20_000), `${"*a".repeat(200)}b`), false);
});

test("only stars and question marks make a pattern", () => {
  assert.equal(isPattern("a[b]{c}.csv"), false);
  assert.equal(isPattern("a?.csv"), true);
});
