/** What tests of tasks that work row by row have in common: random columns, cuts, refusals. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import fc from "fast-check";
import {
  type Column,
  type NumericDtype,
  numericColumn,
  textColumn,
} from "../../src/table/column.ts";
import { tableDifference } from "../../src/table/compare.ts";
import { tableToJson } from "../../src/table/json.ts";
import { makeTable, type Table } from "../../src/table/table.ts";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import { checkProperty } from "./properties.ts";
import { chunkedTableOf, tableOf } from "./run-task.ts";
import { columns } from "./tables.ts";

const dtypes: readonly NumericDtype[] = ["<f8", "<f4", "<i8", "<u8", "<i4", "|u1", "|b1"];

/** A table with columns of these names and any numeric dtypes, with and without nulls. */
export const numericTables = (...names: readonly string[]): fc.Arbitrary<Table> =>
  fc
    .tuple(fc.integer({ min: 0, max: 30 }), ...names.map(() => fc.constantFrom(...dtypes)))
    .chain(([rows, ...chosen]) =>
      fc
        .tuple(...names.map((name, index) => columns(name, chosen[index] ?? "<f8", rows)))
        .map((made: Column[]) => makeTable(made, rows)),
    );

/** Chunks give exactly what the whole gives, also where some are empty. */
export async function checkCuts<P, S>(
  t: TestContext,
  task: TaskDefinition<P, S>,
  params: unknown,
  tables: fc.Arbitrary<Table>,
  runs = 100,
): Promise<void> {
  const cases: [Table, number[]][] = [];
  const cuts = fc.array(fc.nat(30), { maxLength: 4 });
  checkProperty(
    t,
    fc.property(tables, cuts, (table, ends) => void cases.push([table, ends])),
    runs,
  );
  for (const [table, ends] of cases) {
    const whole = await tableOf(task, params, table);
    const parts = await chunkedTableOf(task, params, table, ends);
    assert.equal(tableDifference(whole, parts), undefined, `cut at ${ends}`);
  }
}

/** The new columns that a task makes of these, as JSON values by name. */
export async function madeOf(
  task: TaskDefinition,
  params: unknown,
  given: Readonly<Record<string, Parameters<typeof numericColumn>[1] | readonly (string | null)[]>>,
): Promise<Record<string, readonly unknown[]>> {
  const table = makeTable(
    Object.entries(given).map(([name, values]) =>
      ArrayBuffer.isView(values)
        ? numericColumn(name, values as Parameters<typeof numericColumn>[1])
        : textColumn(name, values as readonly (string | null)[]),
    ),
  );
  const result = await tableOf(task, params, table);
  const old = new Set<unknown>(table.columns);
  const added = result.columns.filter((column) => !old.has(column));
  return Object.fromEntries(
    Object.entries(tableToJson(makeTable(added, result.rows)).columns).map(([name, column]) => [
      name,
      (column as { values: readonly unknown[] }).values,
    ]),
  );
}

/** Each of these parameters is refused with its code, for a table with numbers `a` and text `t`. */
export async function checkRefused(
  task: TaskDefinition,
  refused: readonly (readonly [code: string, params: unknown])[],
): Promise<void> {
  const table = makeTable([numericColumn("a", Float64Array.of(1)), textColumn("t", ["x"])]);
  for (const [code, params] of refused) {
    await assert.rejects(tableOf(task, params, table), { code }, JSON.stringify(params));
  }
}
