/** Whole jobs over many chunks, through the real planner, job loop and runner of orders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { parseSpec } from "../../../src/protocol/document.ts";
import { numericColumn } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { makeTable, sliceRows, type Table, withColumns } from "../../../src/table/table.ts";
import { defineTask, type TaskDefinition } from "../../../src/task/define-task.ts";
import { createLibrary } from "../../../src/task/library.ts";
import { checkProperty } from "../../support/properties.ts";
import { runDocument } from "../../support/run-document.ts";

const about = { summary: "test", params: z.looseObject({}), example: {} } as const;
const values = (table: Table): Float64Array => {
  const column = table.column("x");
  if (column.kind !== "numeric" || !(column.values instanceof Float64Array)) throw new Error("x");
  return column.values;
};
const place = defineTask({
  ...about,
  name: "place",
  shape: "fold",
  measure: (table) => ({
    sum: values(table).reduce((a, b) => a + b, 0),
    bulk: new Float64Array(2_000),
  }),
  merge: (a, b) => ({ sum: a.sum + b.sum, bulk: a.bulk }),
  apply: (table, { sum }, _params, { firstRow }) =>
    withColumns(table, [
      numericColumn(
        "row",
        Float64Array.from(values(table), (_, row) => firstRow + row),
      ),
      numericColumn("sum", new Float64Array(table.rows).fill(sum)),
    ]),
});
const largest = defineTask({
  ...about,
  name: "largest",
  shape: "reduce",
  partial: (table) => makeTable([numericColumn("x", values(table).slice().sort().slice(-3))]),
  combine: (table) => makeTable([numericColumn("x", values(table).slice().sort().slice(-3))]),
});
const numbers = defineTask({
  ...about,
  name: "numbers",
  shape: "source",
  measure: () => ({ units: 40, unit: "rows" as const, unitsMin: 1, detail: { first: 100 } }),
  run: (_table, _params, { range, detail }) => {
    const { start, end } = range ?? { start: 0, end: 40 };
    const { first } = detail as { first: number };
    return makeTable([
      numericColumn(
        "x",
        Float64Array.from({ length: end - start }, (_, row) => first + start + row),
      ),
    ]);
  },
});
const odd = defineTask({
  ...about,
  name: "odd",
  shape: "map",
  run: (table) =>
    makeTable([
      numericColumn(
        "x",
        values(table).filter((value) => value % 2 !== 0),
      ),
    ]),
});
const library = createLibrary([place, largest, numbers, odd] as TaskDefinition[]);
const document = (chunks: number, ...tasks: string[]) =>
  parseSpec({
    version: 1,
    stages: { only: { tasks: tasks.map((task) => ({ [task]: {} })), split: { chunks } } },
  });

test("a fold's apply knows the row that its chunk begins with, and large states arrive", async () => {
  const { table, stages } = await runDocument(document(7, "numbers", "odd", "place"), { library });
  const expected = makeTable([
    numericColumn(
      "x",
      Float64Array.from({ length: 20 }, (_, row) => 101 + 2 * row),
    ),
    numericColumn(
      "row",
      Float64Array.from({ length: 20 }, (_, row) => row),
    ),
    numericColumn("sum", new Float64Array(20).fill(2_400)),
  ]);
  assert.equal(tableDifference(expected, table), undefined);
  assert.deepEqual(
    stages.map(({ calls, chunks }) => `${calls.join()} ${chunks}`),
    ["numbers,odd,place:measure 7", "place:merge 1", "place:apply 7"],
  );
});

test("a reduce makes one table of all chunks", async () => {
  const { table, stages } = await runDocument(document(9, "numbers", "largest"), { library });
  assert.deepEqual(Array.from(values(table)), [137, 138, 139]);
  assert.deepEqual(
    stages.map(({ calls, chunks }) => `${calls.join()} ${chunks}`),
    ["numbers,largest:partial 9", "largest:combine 1"],
  );
});

test("a failing task fails the job with its words", async () => {
  const input = makeTable([numericColumn("y", Float64Array.of(1))]);
  await assert.rejects(runDocument(document(1, "odd"), { library, input }), /no column "x"/);
});

test("the order in which chunks are finished cannot be seen", async (t) => {
  const cases: { order: number[]; chunks: number; rows: number }[] = [];
  checkProperty(
    t,
    fc.property(
      fc.array(fc.nat(7), { minLength: 1 }),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(30),
      (order, chunks, rows) => void cases.push({ order, chunks, rows }),
    ),
    60,
  );
  const all = makeTable([
    numericColumn(
      "x",
      Float64Array.from({ length: 30 }, (_, row) => (row * 7) % 11),
    ),
  ]);
  for (const { order, chunks, rows } of cases) {
    let drawn = 0;
    const choose = (count: number) => (order[drawn++ % order.length] ?? 0) % count;
    const input = sliceRows(all, 0, rows);
    const whole = await runDocument(document(1, "odd", "place", "odd", "largest"), {
      library,
      input,
    });
    const parts = await runDocument(document(chunks, "odd", "place", "odd", "largest"), {
      library,
      input,
      choose,
    });
    assert.equal(tableDifference(whole.table, parts.table), undefined);
  }
});
