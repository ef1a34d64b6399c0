/**
 * Stages with several needs, as whole jobs: the tables come as one where their columns agree, and no
 * task is given one of them while the others are lost.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "../../../src/protocol/document.ts";
import { valueAt } from "../../../src/table/column.ts";
import { tableFromContents } from "../../../src/table/contents.ts";
import { takesSeparateInputs } from "../../../src/task/define-task.ts";
import { loadLibrary } from "../../../src/task/load-library.ts";
import { resolveShape } from "../../../src/task/shape.ts";
import { projectPath } from "../../support/project.ts";
import { type Ran, runDocument } from "../../support/run-document.ts";

const { library } = await loadLibrary([projectPath("dist", "tasks")]);
const input = tableFromContents({ x: [3, 1, 2], y: [4, 5, 6] });

/** A job whose stage `both` needs two that make these columns of the input. */
const run = (left: string[], right: string[], tasks: object[], more: object = {}): Promise<Ran> =>
  runDocument(
    parseSpec({
      version: 1,
      stages: {
        first: { needs: [], tasks: [{ select: { columns: left } }] },
        second: { needs: [], tasks: [{ select: { columns: right } }] },
        both: { needs: ["first", "second"], tasks, ...more },
      },
    }),
    { library, input },
  );

const sort = { sort: { axis: 0, method: "quicksort", column: "x" } };
const sum = { groupBy: { by: [], operations: [{ method: "sum", a: "x", column: "sum" }] } };

test("a task that makes one table of all rows is never given the first of two tables", async () => {
  for (const split of [{}, { split: { chunks: 2 } }]) {
    for (const task of [sort, sum]) {
      await assert.rejects(run(["x"], ["y"], [task], split), {
        message:
          `${Object.keys(task)[0]} takes one table, but the needs of its stage have different ` +
          'columns: "x" is <i8 in 1 and missing in 2; "y" is missing in 1 and <i8 in 2',
      });
      const { table } = await run(["x"], ["x"], [task], split);
      const [column] = table.columns;
      assert.ok(column);
      const values = Array.from({ length: table.rows }, (_, row) => valueAt(column, row));
      assert.deepEqual(values, task === sort ? [1n, 1n, 2n, 2n, 3n, 3n] : [12n]);
    }
  }
});

test("what the message advises works", async () => {
  const { table } = await run(["x"], ["x", "y"], [{ concat: {} }, sum]);
  assert.equal(valueAt(table.column("sum"), 0), 12n);
  const joined = await run(["x"], ["x", "y"], [{ join: { on: "x" } }, sort]);
  assert.deepEqual(joined.table.names, ["x", "y"]);
  assert.equal(joined.table.rows, 3);
});

test("every task of the bundle takes all of its needs, or refuses those that differ", async () => {
  const separate: string[] = [];
  for (const task of library.tasks) {
    if (takesSeparateInputs(task)) separate.push(task.name);
    // What reads files waits for its needs, and takes no table of them.
    if (takesSeparateInputs(task) || resolveShape(task.shape, task.example) === "source") continue;
    await assert.rejects(
      run(["x"], ["y"], [{ [task.name]: task.example }]),
      { message: new RegExp(`^${task.name} takes one table, but the needs of its stage have`) },
      task.name,
    );
  }
  assert.deepEqual(separate.sort(), ["concat", "join"]);
});
