/** What a node remembers of jobs for a relay that takes them over, and whom it heeds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../../../src/protocol/limits.ts";
import type { Done, ItemDone, TableRef } from "../../../src/protocol/messages.ts";
import { KeptAnswers } from "../../../src/tasknode/kept-answers.ts";
import { Terms } from "../../../src/tasknode/terms.ts";

const inline = (bytes: number): TableRef => ({ rows: 1, bytes, inline: new Uint8Array(bytes) });
const block = (name: string): TableRef => ({ rows: 1, bytes: 9, block: name, holder: "node-1" });
const item = (chunk: number, table: number, more: Partial<ItemDone> = {}): ItemDone => {
  return { chunk, attempt: 1, rows: 1, output: [table, 0, 1], ...more };
};
const answer = (tables: TableRef[], items: ItemDone[]): Done => {
  return { v: 1, order: "relay-1/1", node: "node-1", tables, items, calls: [], ms: 1 };
};
const order = (job: string, stage = 0, keep = true) => ({ job, stage, keep });
const chunksOf = (kept: KeptAnswers, job: string): number[] =>
  kept.of(job).flatMap(({ answer: { items } }) => items.map(({ chunk }) => chunk));

test("only what came to something is remembered, and only of orders that ask for it", () => {
  const kept = new KeptAnswers();
  const failure = { code: "RTL_TASK_FAILED", message: "no" } as const;
  kept.keep(order("a"), answer([inline(9)], [item(0, 0), item(1, 0, { failure })]));
  kept.keep(order("a"), answer([], [item(2, 0, { failure })]));
  kept.keep(order("b", 0, false), answer([inline(9)], [item(0, 0)]));
  assert.deepEqual(chunksOf(kept, "a"), [0]);
  assert.deepEqual(chunksOf(kept, "b"), []);
});

test("what lies in a block that is let go is not remembered any more", () => {
  const kept = new KeptAnswers();
  const tables = [block("a.1"), block("a.2"), inline(9)];
  kept.keep(order("a"), answer(tables, [item(0, 0), item(1, 1), item(2, 2, { stateAt: 0 })]));
  assert.deepEqual([...kept.blocksOf("a")], ["a.1", "a.2"]);
  kept.released("a", ["a.1"]);
  assert.deepEqual(chunksOf(kept, "a"), [1]);
  kept.released("a", ["a.2"]);
  assert.deepEqual([chunksOf(kept, "a"), kept.bytes], [[], 0]);
});

test("a stage is forgotten by itself, a job with all of its stages", () => {
  const kept = new KeptAnswers();
  for (const stage of [0, 1, 2])
    kept.keep(order("a", stage), answer([inline(9)], [item(stage, 0)]));
  kept.keep(order("b"), answer([inline(9)], [item(7, 0)]));
  kept.forget("a", 1);
  assert.deepEqual(chunksOf(kept, "a"), [0, 2]);
  kept.forget("a");
  assert.deepEqual([chunksOf(kept, "a"), chunksOf(kept, "b")], [[], [7]]);
  kept.forget("b");
  assert.equal(kept.bytes, 0);
});

test("the oldest goes when there is no more room", () => {
  const kept = new KeptAnswers(10_000);
  for (let chunk = 0; chunk < 20; chunk++) {
    kept.keep(order("a"), answer([inline(1_000)], [item(chunk, 0)]));
  }
  assert.ok(kept.bytes <= 10_000);
  assert.deepEqual(chunksOf(kept, "a"), [12, 13, 14, 15, 16, 17, 18, 19]);
});

test("the highest term that was heard is heeded, and what is behind it is not", () => {
  const terms = new Terms();
  assert.deepEqual([terms.heeds("a", 0), terms.heeds("a", 2)], [true, true]);
  assert.deepEqual([terms.heeds("a", 1), terms.heeds("a", 0)], [false, false]);
  assert.deepEqual([terms.heeds("a", 2), terms.heeds("b", 0)], [true, true]);
});

test("terms take up a bounded room", () => {
  const terms = new Terms();
  for (let job = 0; job <= limits.termsMax; job++) terms.heeds(`job-${job}`, 1);
  assert.equal(terms.heeds("job-0", 0), true, "the oldest is forgotten");
  assert.equal(terms.heeds(`job-${limits.termsMax}`, 0), false);
});
