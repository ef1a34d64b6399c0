import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { confinedFiles } from "../../../src/host/files.ts";
import { unpackStates } from "../../../src/protocol/codec.ts";
import type { OrderItem } from "../../../src/protocol/messages.ts";
import { numericColumn } from "../../../src/table/column.ts";
import { decodeTable, encodeTable } from "../../../src/table/ipc.ts";
import { makeTable, sliceRows, type Table } from "../../../src/table/table.ts";
import type { TaskLibrary } from "../../../src/task/library.ts";
import { loadLibrary } from "../../../src/task/load-library.ts";
import { runOrder } from "../../../src/tasknode/run-order.ts";
import {
  board,
  createBoard,
  type ThreadDone,
  type ThreadOrder,
} from "../../../src/tasknode/thread-messages.ts";
import { callOf, numbersIn, tableOf } from "../../support/orders.ts";
import { nodeTasks } from "../../support/running-node.ts";

let library: TaskLibrary;
before(async () => {
  const loaded = await loadLibrary([nodeTasks]);
  assert.deepEqual(loaded.problems, []);
  library = loaded.library;
});

const bytesOf = (table: Table) => ({ bytes: encodeTable(table) });
const item = (chunk: number, inputs: OrderItem["inputs"], more: Partial<OrderItem> = {}) => ({
  chunk,
  attempt: 1,
  inputs,
  ...more,
});

function run(order: Partial<ThreadOrder>, shared = createBoard()): Promise<ThreadDone> {
  const given = { calls: [], measure: false, runMs: 0, items: [], tables: [], ...order };
  const files = confinedFiles([join(nodeTasks)]);
  const nextSignal = () => new AbortController().signal;
  const fetch = () => Promise.reject(new Error("no network here"));
  return runOrder(given, { library, files, fetch, board: shared, nextSignal });
}

function outputOf(done: ThreadDone, index: number): Table {
  const slice = done.items[index]?.output;
  assert.ok(slice, `item ${index} has no output: ${JSON.stringify(done.items[index])}`);
  const table = done.tables[slice[0]];
  assert.ok(table && "bytes" in table, "it goes out as it came in");
  return sliceRows(decodeTable(table.bytes), slice[1], slice[2]);
}

test("outputs with the same columns become one table, in the order of the items", async () => {
  const done = await run({
    calls: [callOf("double")],
    tables: [bytesOf(tableOf(1, 2)), bytesOf(tableOf(3))],
    items: [item(0, [[[1, 0, 1]]]), item(1, [[[0, 0, 2]]]), item(2, [[[0, 1, 1]]])],
  });
  assert.equal(done.tables.length, 1);
  assert.deepEqual(
    done.items.map(({ rows, output }) => [rows, output]),
    [
      [1, [0, 0, 1]],
      [2, [0, 1, 3]],
      [0, [0, 3, 3]],
    ],
  );
  assert.deepEqual(numbersIn(outputOf(done, 1)), [2, 4]);
  assert.equal(done.calls[0]?.rowsIn, 3);
});

test("outputs with different columns are tables of their own", async () => {
  const done = await run({
    calls: [callOf("mark")],
    tables: [bytesOf(tableOf(1, 2, 1))],
    items: [item(0, [[[0, 0, 1]]]), item(1, [[[0, 1, 2]]]), item(2, [[[0, 2, 3]]])],
  });
  assert.deepEqual(
    done.items.map(({ output }) => output),
    [
      [0, 0, 1],
      [1, 0, 1],
      [0, 1, 2],
    ],
  );
  assert.deepEqual(outputOf(done, 1).names, ["x", "y2"]);
});

test("the pieces of an item's input are put together in their order", async () => {
  const done = await run({
    calls: [callOf("echo")],
    tables: [bytesOf(tableOf(1, 2, 3)), bytesOf(tableOf(4, 5))],
    items: [
      item(0, [
        [
          [1, 1, 2],
          [0, 0, 1],
          [0, 1, 3],
        ],
      ]),
    ],
  });
  assert.deepEqual(numbersIn(outputOf(done, 0)), [5, 1, 2, 3]);
});

test("a table that passes through unchanged stays where it is", async () => {
  const tables = [bytesOf(tableOf(3)), bytesOf(tableOf(1, 2))];
  const items = [item(0, [[[1, 0, 2]]])];
  const done = await run({ calls: [callOf("echo")], tables, items });
  assert.deepEqual(done.tables, [{ rows: 2, from: 1 }]);
  assert.deepEqual(done.items[0]?.output, [0, 0, 2]);
});

test("several inputs are put together for a task that takes any rows", async () => {
  const tables = [bytesOf(tableOf(1)), bytesOf(tableOf(2, 3))];
  const items = [item(0, [[[0, 0, 1]], [[1, 0, 2]]])];
  const done = await run({ calls: [callOf("echo")], tables, items });
  assert.deepEqual(numbersIn(outputOf(done, 0)), [1, 2, 3]);
});

test("several inputs that do not fit together reach a task that looks at each, and no other", async () => {
  const other = makeTable([
    numericColumn("a", Float64Array.of(1)),
    numericColumn("b", Float64Array.of(2)),
  ]);
  const tables = [bytesOf(tableOf(1)), bytesOf(other)];
  const items = [item(0, [[[0, 0, 1]], [[1, 0, 1]]])];
  const seen = await run({ calls: [callOf("widths")], tables, items });
  assert.deepEqual(numbersIn(outputOf(seen, 0)), [1, 2]);
  const lost = await run({ calls: [callOf("echo")], tables, items });
  const { failure } = lost.items[0] ?? {};
  assert.equal(failure?.code, "RTL_TABLE_INVALID");
  assert.equal(
    failure?.message,
    "echo takes one table, but the needs of its stage have different columns: " +
      '"x" is <f8 in 1 and missing in 2; "a" is missing in 1 and <f8 in 2; ' +
      '"b" is missing in 1 and <f8 in 2',
  );
  assert.match(failure?.fix ?? "", /begin the stage with concat .* or join/);
});

test("a source reads its range, and is measured when that is asked", async () => {
  const calls = [callOf("numbers", { rows: 10 })];
  const read = await run({ calls, items: [item(3, [], { range: { start: 4, end: 6 } })] });
  assert.deepEqual(numbersIn(outputOf(read, 0)), [4, 5]);
  const measured = await run({ calls, measure: true, items: [item(-1, [])] });
  assert.deepEqual(measured.items, [
    { chunk: -1, attempt: 1, rows: 0, extent: { units: 10, unit: "rows", unitsMin: 2 } },
  ]);
  const wrong = await run({ calls: [callOf("echo")], measure: true, items: [item(-1, [])] });
  assert.match(wrong.items[0]?.failure?.message ?? "", /echo failed: it is no source/);
  const bad = await run({ calls: [callOf("numbers", {})], measure: true, items: [item(-1, [])] });
  assert.equal(bad.items[0]?.failure?.code, "RTL_PARAMS_INVALID");
  assert.equal(bad.items[0]?.failure?.at?.task, "numbers");
});

test("a fold is measured per item, merged once and applied per item", async () => {
  const fold = (part: "measure" | "merge" | "apply") => [{ task: "lessMean", params: {}, part }];
  const tables = [bytesOf(tableOf(1, 2, 3, 6))];
  const halves = [item(0, [[[0, 0, 2]]]), item(1, [[[0, 2, 4]]])];
  const measured = await run({ calls: fold("measure"), tables, items: halves });
  const opened = (state: unknown) => (state instanceof Uint8Array ? unpackStates(state) : []);
  const rows = (...counts: number[]) => Float64Array.from(counts);
  assert.deepEqual(
    measured.items.flatMap(({ state }) => opened(state)),
    [
      { state: { sum: 3, rows: 2 }, rows: rows(2) },
      { state: { sum: 9, rows: 2 }, rows: rows(2) },
    ],
  );
  assert.deepEqual(measured.tables, [{ rows: 4, from: 0 }], "what was measured stays where it is");
  assert.deepEqual(measured.items[1]?.output, [0, 2, 4]);

  const states = measured.items.map(({ state }) => state);
  const merged = await run({ calls: fold("merge"), states, items: [item(0, [])] });
  assert.deepEqual(opened(merged.items[0]?.state), [
    { state: { sum: 12, rows: 4 }, rows: rows(2, 2) },
  ]);
  assert.equal(merged.items[0]?.output, undefined);
  assert.deepEqual(merged.calls[0]?.lines, ["mean 3"]);

  const apply = { calls: fold("apply"), tables, states: [merged.items[0]?.state], items: halves };
  const applied = await run(apply);
  assert.deepEqual(numbersIn(outputOf(applied, 1)), [0, 3]);
});

test("an item that fails leaves the others as they are", async () => {
  const done = await run({
    calls: [callOf("picky", { bad: 2 }), callOf("double")],
    tables: [bytesOf(tableOf(1, 2, 3))],
    items: [item(0, [[[0, 0, 1]]]), item(1, [[[0, 1, 2]]]), item(2, [[[0, 2, 3]]])],
  });
  assert.deepEqual(
    done.items.map(({ failure }) => failure?.code),
    [undefined, "RTL_TASK_FAILED", undefined],
  );
  assert.deepEqual(numbersIn(outputOf(done, 2)), [6]);
  assert.equal(done.items[1]?.retry, undefined);
  assert.equal(done.calls[1]?.rowsIn, 2);
});

test("bytes that are no table fail the items that need them, and only those", async () => {
  const done = await run({
    calls: [callOf("double")],
    tables: [{ bytes: Uint8Array.of(1, 2, 3) }, bytesOf(tableOf(4)), { json: { rows: "x" } }],
    items: [0, 1, 2, 3].map((at) => item(at, [[[at, 0, 1]]])),
  });
  assert.deepEqual(
    done.items.map(({ failure }) => failure?.code),
    ["RTL_TABLE_INVALID", undefined, "RTL_TABLE_INVALID", "RTL_MESSAGE_INVALID"],
  );
});

test("what is cancelled before it begins is not begun", async () => {
  const shared = createBoard();
  shared[board.cancelled] = 1;
  const done = await run(
    { calls: [callOf("deaf")], tables: [bytesOf(tableOf(1))], items: [item(0, [[[0, 0, 1]]])] },
    shared,
  );
  assert.equal(done.items[0]?.failure?.code, "RTL_JOB_CANCELLED");
});

test("an item that ran over its limit fails alone", async () => {
  const shared = createBoard();
  shared[board.lateItem] = 1;
  const items = [item(0, [[[0, 0, 1]]]), item(1, [[[0, 0, 1]]])];
  const order = { calls: [callOf("echo")], tables: [bytesOf(tableOf(1))], items, runMs: 50 };
  const done = await run(order, shared);
  assert.deepEqual(
    done.items.map(({ failure }) => failure?.code),
    ["RTL_TASK_TIMEOUT", undefined],
  );
});
