/** Which table holds which rows of a job, and when a table may be let go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan, Stage } from "../../../src/flow/plan.ts";
import { packState, unpackStates } from "../../../src/protocol/codec.ts";
import type { ChunkIndex, StageIndex } from "../../../src/protocol/ids.ts";
import { limits } from "../../../src/protocol/limits.ts";
import type { TableRef } from "../../../src/protocol/messages.ts";
import { Outputs, TableList } from "../../../src/relay/outputs.ts";
import { planned, spec } from "../flow/catalog.ts";

const index = (stage: number) => stage as StageIndex;
const chunk = (at: number) => at as ChunkIndex;
const block = (name: string, rows: number, holder = "n1"): TableRef => ({
  rows,
  bytes: 8 * rows,
  block: name,
  holder,
});
const input = block("input", 100, "relay-1");
const plan = planned(spec(["one", [], "add"], ["two", ["one"], "sort"]));

function outputsOf(of: Plan = plan) {
  const gone: string[] = [];
  const letGo = (table: TableRef) =>
    void gone.push("block" in table ? `${table.holder}/${table.block}` : "inline");
  const kept: Uint8Array[] = [];
  const keep = (bytes: Uint8Array) => block(`kept${kept.push(bytes) - 1}`, 0, "relay-1");
  return { outputs: new Outputs(of, input, letGo, keep), gone, kept };
}
const stageAt = (at: number, of: Plan = plan): Stage => {
  const stage = of.stages[at];
  if (stage === undefined) throw new Error(`a plan without a stage ${at}`);
  return stage;
};
/** Commits outputs of stage 0, one chunk each: rows of a table from a start on. */
function commit(outputs: Outputs, ...pieces: readonly [TableRef, number, number][]): void {
  pieces.forEach(([table, start, rows], at) => {
    outputs.commit(index(0), chunk(at), { table, start }, rows, undefined);
  });
}

test("an order names each table once, with the rows that its chunks read", () => {
  const { outputs } = outputsOf();
  const list = new TableList();
  const stage = stageAt(0);
  const items = [0, 1].map((at) => {
    const range = { start: 10 * at, end: 10 * at + 10 };
    return outputs.itemOf(stage, chunk(at), at + 1, range, list);
  });
  assert.deepEqual(list.tables, [input]);
  assert.deepEqual(items, [
    { chunk: 0, attempt: 1, inputs: [[[0, 0, 10]]] },
    { chunk: 1, attempt: 2, firstRow: 10, inputs: [[[0, 10, 20]]] },
  ]);
});

test("an item of a source has its range and reads nothing", () => {
  const source = planned(spec(["load", [], "open"]));
  const { outputs } = outputsOf(source);
  const list = new TableList();
  const range = { start: 5, end: 9 };
  const item = outputs.itemOf(stageAt(0, source), chunk(0), 1, range, list);
  assert.deepEqual([item.range, item.inputs, list.tables], [range, [], []]);
});

test("a fold's states are merged in the order of the chunks, then one goes to each", () => {
  const fold = planned(spec(["norm", [], "normalize"]));
  const { outputs } = outputsOf(fold);
  for (const at of [2, 0, 1]) {
    const piece = { table: block(`b${at}`, 1), start: 0 };
    outputs.commit(index(0), chunk(at), piece, 1, Uint8Array.of(at));
  }
  const merge = outputs.itemOf(stageAt(1, fold), chunk(0), 1, undefined, new TableList());
  assert.deepEqual(merge.inputs, []);
  const states = outputs.statesOf(stageAt(1, fold), new TableList());
  assert.deepEqual(states, [Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(2)]);
  outputs.commit(index(1), chunk(0), undefined, 0, Uint8Array.of(9));
  const list = new TableList();
  const apply = outputs.itemOf(stageAt(2, fold), chunk(1), 1, undefined, list);
  assert.deepEqual(apply.inputs, [[[0, 0, 1]]]);
  assert.deepEqual(outputs.statesOf(stageAt(2, fold), list), [Uint8Array.of(9)]);
  assert.deepEqual(list.tables, [block("b1", 1)]);
});

test("a large state stays where it is, is named in the order, and is let go with its chunk", () => {
  const fold = planned(spec(["norm", [], "normalize"]));
  const { outputs, gone } = outputsOf(fold);
  const rest = block("state0", 0);
  outputs.commit(index(0), chunk(0), { table: block("b0", 1), start: 0 }, 1, rest);
  outputs.commit(index(0), chunk(1), { table: block("b1", 1), start: 0 }, 1, Uint8Array.of(1));
  const list = new TableList();
  assert.deepEqual(outputs.statesOf(stageAt(1, fold), list), [0, Uint8Array.of(1)]);
  assert.deepEqual(list.tables, [rest]);
  assert.deepEqual(outputs.within("state0"), [{ stage: 0, chunk: 0 }]);
  assert.equal(outputs.heldBy("n1").length, 2);
  outputs.release(index(0), chunk(0));
  assert.deepEqual(gone, ["n1/b0", "n1/state0"]);
});

test("many small states, and what a source left, go into a block when a message is too small", () => {
  const fold = planned(spec(["load", [], "open"], ["norm", ["load"], "normalize"]));
  const { outputs, kept } = outputsOf(fold);
  const small = packState({ state: new Float64Array(400), rows: Float64Array.of(1) });
  const chunks = Math.ceil(limits.inlineBytesMax / small.length) + 1;
  const source = stageAt(0, fold);
  for (let at = 0; at < chunks; at++) outputs.commit(index(0), chunk(at), undefined, 0, small);
  const list = new TableList();
  assert.deepEqual(outputs.statesOf(stageAt(1, fold), list), [0]);
  assert.deepEqual(list.tables, [block("kept0", 0, "relay-1")]);
  assert.equal(unpackStates(kept[0] ?? new Uint8Array()).length, chunks);
  const detail = packState({ state: "x".repeat(limits.inlineBytesMax), rows: new Float64Array() });
  outputs.learn(source.index, detail);
  const again = new TableList();
  for (let order = 0; order < 2; order++) assert.deepEqual(outputs.statesOf(source, again), [0]);
  assert.deepEqual(again.tables, [block("kept1", 0, "relay-1")]);
  assert.deepEqual(kept[1], detail);
});

test("neighbours in one table are one slice, whatever order they came in", () => {
  const { outputs } = outputsOf();
  const [shared, alone] = [block("shared", 9), block("alone", 1)];
  const pieces: [TableRef, number, number][] = [
    [shared, 0, 3],
    [shared, 3, 2],
    [alone, 0, 1],
    [shared, 5, 4],
  ];
  for (const at of [3, 1, 0, 2]) {
    const [table, start, rows] = pieces[at] ?? [alone, 0, 0];
    outputs.commit(index(0), chunk(at), { table, start }, rows, undefined);
  }
  const list = new TableList();
  const item = outputs.itemOf(stageAt(1), chunk(0), 1, undefined, list);
  assert.deepEqual(list.tables, [shared, alone]);
  const slices = [
    [0, 0, 5],
    [1, 0, 1],
    [0, 5, 9],
  ];
  assert.deepEqual(item.inputs, [slices]);
});

test("the result is the last stage's rows, with its tables each once", () => {
  const { outputs } = outputsOf();
  outputs.commit(index(1), chunk(0), { table: block("end", 9), start: 2 }, 7, undefined);
  assert.deepEqual(outputs.result(), {
    rows: 7,
    tables: [block("end", 9)],
    slices: [[0, 2, 9]],
  });
});

test("a table is let go once, with the last of the outputs that lie in it", () => {
  const { outputs, gone } = outputsOf();
  // The same block comes in two answers: other objects, one name.
  commit(outputs, [block("b", 4), 0, 2], [block("b", 4), 2, 2], [block("c", 1), 0, 1]);
  outputs.release(index(0), chunk(0));
  assert.deepEqual(gone, []);
  outputs.release(index(0), chunk(0));
  outputs.release(index(0), undefined);
  assert.deepEqual(gone, ["n1/b", "n1/c"]);
  outputs.releaseAll(new Set());
  assert.deepEqual(gone, ["n1/b", "n1/c"]);
});

test("blocks of one name with different holders are different tables", () => {
  const { outputs, gone } = outputsOf();
  commit(outputs, [block("b", 1, "n1"), 0, 1], [block("b", 1, "n2"), 0, 1]);
  outputs.release(index(0), chunk(1));
  assert.deepEqual(gone, ["n2/b"]);
});

test("a late output is let go unless others lie in its table", () => {
  const { outputs, gone } = outputsOf();
  commit(outputs, [block("b", 2), 0, 1]);
  outputs.discard({ table: block("b", 2), start: 1 }, Uint8Array.of(1));
  outputs.discard(undefined, undefined);
  assert.deepEqual(gone, []);
  outputs.discard({ table: block("late", 2), start: 0 }, block("state", 0));
  assert.deepEqual(gone, ["n1/late", "n1/state"]);
});

test("at the end all is let go but what the result lies in, and never the job's own input", () => {
  const { outputs, gone } = outputsOf();
  commit(outputs, [block("b", 1), 0, 1], [block("c", 1), 0, 1]);
  outputs.commit(index(1), chunk(0), { table: block("end", 1), start: 0 }, 1, undefined);
  outputs.releaseAll(new Set(outputs.result().tables));
  assert.deepEqual(gone, ["n1/b", "n1/c"]);
});

test("what a node held, and what lay in a block, is named by its chunks", () => {
  const { outputs } = outputsOf();
  const inline: TableRef = { rows: 1, bytes: 1, inline: Uint8Array.of(0) };
  commit(outputs, [block("b", 2), 0, 1], [block("x", 1, "n2"), 0, 1], [block("b", 2), 1, 1]);
  outputs.commit(index(0), chunk(3), { table: inline, start: 0 }, 1, undefined);
  const at = (place: number) => ({ stage: 0, chunk: place });
  assert.deepEqual(outputs.heldBy("n1"), [at(0), at(2)]);
  assert.deepEqual(outputs.heldBy("n2"), [at(1)]);
  assert.deepEqual(outputs.within("b"), [at(0), at(2)]);
  assert.deepEqual(outputs.heldBy("relay-1"), []);
  assert.deepEqual(outputs.within("input"), []);
});
