import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ledger } from "../../../src/flow/assemble.ts";
import type { ChunkIndex, StageIndex } from "../../../src/protocol/ids.ts";
import { planned, spec, stage } from "./catalog.ts";

const seed = Date.now() % 1_000_000;
const s = (index: number) => index as StageIndex;
const c = (index: number) => index as ChunkIndex;

test("outputs come in any order, and are read in the order of the input", () => {
  const plan = planned(spec(["s", [], "add", "sort"]));
  const ledger = new Ledger<string>();
  ledger.commit(s(0), c(2), { rows: 1, ref: "c" });
  ledger.commit(s(0), c(0), { rows: 2, ref: "a" });
  ledger.commit(s(0), c(1), { rows: 0, ref: "b" });
  const slices = [
    { ref: "a", start: 0, end: 2 },
    { ref: "c", start: 0, end: 1 },
  ];
  const whole = [{ from: 0, by: "whole", slices, states: [] }];
  assert.deepEqual(ledger.inputsOf(plan, s(1), undefined, c(0)), whole);
  ledger.commit(s(1), c(0), { rows: 3, ref: "end" });
  assert.deepEqual(ledger.result(plan), [{ ref: "end", start: 0, end: 3 }]);
});

test("an empty output still says what columns there are", () => {
  const plan = planned(spec(["s", [], "add", "sort"]));
  const ledger = new Ledger<string>();
  for (const chunk of [0, 1]) ledger.commit(s(0), c(chunk), { rows: 0, ref: `e${chunk}` });
  const [input] = ledger.inputsOf(plan, s(1), undefined, c(0));
  assert.deepEqual(input?.slices, [{ ref: "e0", start: 0, end: 0 }]);
});

test("a fold reads states to merge, and a chunk with the merged state to apply", () => {
  const plan = planned(spec(["s", [], "normalize"]));
  const ledger = new Ledger<string, number>();
  ledger.commit(s(0), c(1), { rows: 4, ref: "b", state: 20 });
  ledger.commit(s(0), c(0), { rows: 3, ref: "a", state: 10 });
  assert.deepEqual(ledger.inputsOf(plan, s(1), undefined, c(0)), [
    { from: 0, by: "states", slices: [], states: [10, 20] },
  ]);
  ledger.commit(s(1), c(0), { rows: 0, state: 30 });
  assert.deepEqual(ledger.inputsOf(plan, s(2), undefined, c(1)), [
    { from: 0, by: "chunk", slices: [{ ref: "b", start: 0, end: 4 }], states: [] },
    { from: 1, by: "state", slices: [], states: [30] },
  ]);
});

test("the job's input is cut by rows, and absent where there is none", () => {
  const plan = planned(spec(["s", [], "add"]));
  const range = { start: 3, end: 7 };
  const ledger = new Ledger<string>({ rows: 10, ref: "input" });
  assert.deepEqual(ledger.inputsOf(plan, s(0), range, c(0)), [
    { from: "input", by: "rows", slices: [{ ref: "input", start: 3, end: 7 }], states: [] },
  ]);
  assert.deepEqual(new Ledger<string>().inputsOf(plan, s(0), range, c(0)), []);
});

test(`rows that are cut anew are the same rows (seed ${seed})`, () => {
  const split = { split: { rows: 1 } };
  const document = spec(
    ["a", [], "open"],
    ["b", [], "open"],
    stage(["c", ["b", "a"], "add"], split),
  );
  const plan = planned(document);
  const sizes = fc.array(fc.nat(5), { minLength: 1, maxLength: 8 });
  const property = fc.property(sizes, sizes, fc.nat(80), fc.nat(80), (a, b, x, y) => {
    const ledger = new Ledger<readonly number[]>();
    const all: number[] = [];
    for (const [index, chunks] of [b, a].entries()) {
      for (const [chunk, rows] of chunks.entries()) {
        const ref = Array.from({ length: rows }, (_, row) => all.length + row);
        all.push(...ref);
        ledger.commit(s(1 - index), c(chunk), { rows, ref });
      }
    }
    const [start, end] = [Math.min(x, y, all.length), Math.min(Math.max(x, y), all.length)];
    const inputs = ledger.inputsOf(plan, s(2), { start, end }, c(0));
    const got = inputs.flatMap(({ slices }) =>
      slices.flatMap((slice) => slice.ref.slice(slice.start, slice.end)),
    );
    assert.deepEqual(got, all.slice(start, end));
    assert.ok(
      inputs.every(({ slices }) => slices.length > 0),
      "each input shows its columns",
    );
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test("what is released is forgotten and given back, and reading it is a fault", () => {
  const plan = planned(spec(["s", [], "add", "sort"]));
  const ledger = new Ledger<string>();
  ledger.commit(s(0), c(0), { rows: 1, ref: "a" });
  ledger.commit(s(0), c(1), { rows: 1, ref: "b" });
  assert.deepEqual(ledger.release(s(0), c(0)), [{ rows: 1, ref: "a" }]);
  assert.deepEqual(ledger.release(s(0), c(0)), []);
  assert.throws(() => ledger.inputsOf(plan, s(1), undefined, c(0)), /stage 0, chunk 0/);
  assert.deepEqual(
    [...ledger.held()].map(({ stage: at, chunk }) => [at, chunk]),
    [[0, 1]],
  );
  assert.deepEqual(ledger.release(s(0)), [{ rows: 1, ref: "b" }]);
  assert.equal(ledger.output(s(0), c(1)), undefined);
});
