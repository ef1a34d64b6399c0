/** Holds a task's result over chunks against its result over the whole table, on random tables. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { parseSpec } from "../../src/protocol/document.ts";
import { RtlError } from "../../src/protocol/errors.ts";
import { type Tolerance, tableDifference } from "../../src/table/compare.ts";
import type { Table } from "../../src/table/table.ts";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import { createLibrary } from "../../src/task/library.ts";
import { isClose } from "./close-tables.ts";
import { checkProperty } from "./properties.ts";
import { runDocument } from "./run-document.ts";
import { chunkedTableOf, tableOf } from "./run-task.ts";
import { tables } from "./tables.ts";

interface ChunkedCheck {
  /** Parameters that make sense for a table, and some that do not. */
  readonly params: (table: Table) => fc.Arbitrary<unknown>;
  readonly tables?: fc.Arbitrary<Table>;
  /** How far numbers may differ: as a share of each of them. */
  readonly tolerance?: Tolerance;
  /** How far floats may differ: as a share of the greatest of the table. */
  readonly ofGreatest?: number;
  readonly runs?: number;
  /** Called with each result of a whole table, to be checked further. */
  readonly check?: (result: Table, table: Table, params: never) => void;
}

/** What the whole table is refused for, its chunks are refused for as well, and nothing else. */
export async function checkChunked<P, S>(
  t: TestContext,
  task: TaskDefinition<P, S>,
  { params, tables: chosen = tables, runs = 200, check, ...near }: ChunkedCheck,
): Promise<void> {
  const cases: [Table, unknown, number[]][] = [];
  const tableAndParams = chosen.chain((table) => fc.tuple(fc.constant(table), params(table)));
  const cuts = fc.array(fc.nat(40), { maxLength: 4 });
  checkProperty(
    t,
    fc.property(tableAndParams, cuts, ([table, given], ends) => {
      cases.push([table, given, ends]);
    }),
    runs,
  );
  let done = 0;
  for (const [table, given, ends] of cases) {
    const whole = await resultOrError(tableOf(task, given, table));
    const parts = await resultOrError(chunkedTableOf(task, given, table, ends));
    const story = `${JSON.stringify(given)} cut at ${ends.join()}`;
    if (whole instanceof RtlError || parts instanceof RtlError) {
      const codes = [whole, parts].map((one) => (one instanceof RtlError ? one.code : "a table"));
      assert.equal(codes[1], codes[0], `${story}: ${String(whole)}, ${String(parts)}`);
      continue;
    }
    assertNear(whole, parts, near, story);
    check?.(whole, table, given as never);
    if (done++ % DOCUMENT_EVERY > 0) continue;
    const planned = await throughDocument(task, given, table, ends.length + 1);
    assertNear(whole, planned, near, `${story}, as a document`);
  }
}

function assertNear(
  whole: Table,
  parts: Table,
  { tolerance, ofGreatest }: Pick<ChunkedCheck, "tolerance" | "ofGreatest">,
  story: string,
): void {
  if (ofGreatest !== undefined && isClose(whole, parts, ofGreatest)) return;
  assert.equal(tableDifference(whole, parts, tolerance), undefined, story);
}

/** A whole job takes its time: one for each so many cases. */
const DOCUMENT_EVERY = 5;

/** The same by way of the real planner, job loop and runner of orders. */
async function throughDocument<P, S>(
  task: TaskDefinition<P, S>,
  params: unknown,
  input: Table,
  chunks: number,
): Promise<Table> {
  const library = createLibrary([task as TaskDefinition]);
  const only = { tasks: [{ [task.name]: params }], split: { chunks } };
  const spec = parseSpec({ version: 1, stages: { only } });
  return (await runDocument(spec, { library, input })).table;
}

/** A user's mistake must be an RtlError, and never that the task failed. */
async function resultOrError(result: Promise<Table>): Promise<Table | RtlError> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof RtlError && error.code !== "RTL_TASK_FAILED") return error;
    throw error;
  }
}
