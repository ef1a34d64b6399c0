/**
 * Every task of the bundle, on one table and in random chunks that finish in random order, through the
 * real planner, job loop and runner: what comes out must be the same. The cases of each task are in
 * test/support/task-cases.ts, and a task without cases fails here.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { parseSpec } from "../../../src/protocol/document.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { loadLibrary } from "../../../src/task/load-library.ts";
import { overlayFiles } from "../../../src/task/overlay-files.ts";
import { isClose } from "../../support/close-tables.ts";
import { projectPath } from "../../support/project.ts";
import { checkProperty } from "../../support/properties.ts";
import { runDocument } from "../../support/run-document.ts";
import { mixedTable, type TaskCase, taskCases } from "../../support/task-cases.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** What a task writes lies in a folder of its own, which ends with the tests. */
const files = overlayFiles(projectPath("test", "vectors", "files"), tempFolder({ after }));
const { library } = await loadLibrary([projectPath("dist", "tasks")]);
/** Random chunkings of each case; each costs a whole job or two. */
const RUNS = 12;

interface Drawn {
  readonly seed: number;
  readonly rows: number;
  readonly chunks: number;
  readonly order: readonly number[];
}
const drawn: fc.Arbitrary<Drawn> = fc.record({
  seed: fc.nat(),
  rows: fc.oneof(fc.nat(3), fc.nat(120)),
  chunks: fc.integer({ min: 2, max: 9 }),
  order: fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }),
});

test("every task of the bundle has cases here, and every case a task", () => {
  const names = library.tasks.map(({ name }) => name).sort();
  assert.deepEqual(Object.keys(taskCases).sort(), names);
});

for (const [task, cases] of Object.entries(taskCases)) {
  test(`${task} gives the same in chunks as on one table`, async (t) => {
    const inputs: Drawn[] = [];
    checkProperty(
      t,
      fc.property(drawn, (one) => void inputs.push(one)),
      RUNS,
    );
    for (const [index, one] of cases.entries()) {
      for (const input of inputs) await compare(task, one, input, index);
    }
  });
}

async function compare(task: string, one: TaskCase, drawn: Drawn, index: number): Promise<void> {
  const { order, chunks, seed, rows } = drawn;
  let place = 0;
  const choose = (count: number) => (order[place++ % order.length] ?? 0) % count;
  const input = (one.input ?? mixedTable)(Math.max(rows, one.rowsMin ?? 0), seed);
  const options = { library, input, files };
  const document = (split: object) =>
    parseSpec({ version: 1, stages: { only: { tasks: [{ [task]: one.params }], ...split } } });
  const settled = (run: Promise<{ readonly table: Parameters<typeof tableDifference>[0] }>) =>
    run.then(
      ({ table }) => table,
      (error: Error) => error.message,
    );
  const whole = await settled(runDocument(document({ split: { chunks: 1 } }), options));
  const parts = await settled(runDocument(document({ split: { chunks } }), { ...options, choose }));
  const told = `${task}, case ${index}, ${JSON.stringify({ ...drawn, params: one.params })}`;
  if (typeof whole === "string" || typeof parts === "string") {
    // What is refused on one table is refused in chunks, though another row may be named first.
    assert.equal(typeof parts, typeof whole, `${told}: ${String(whole)} / ${String(parts)}`);
    return;
  }
  if (one.tolerance !== undefined && isClose(whole, parts, one.tolerance)) return;
  assert.equal(tableDifference(whole, parts), undefined, told);
}
