/** What the tests of add, subtract, multiply and divide have in common. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { numericColumn, textColumn, valueAt } from "../../src/table/column.ts";
import { equalTables } from "../../src/table/compare.ts";
import { makeTable, type Table } from "../../src/table/table.ts";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import { checkProperty } from "./properties.ts";
import { chunkedTableOf, tableOf } from "./run-task.ts";
import { columns } from "./tables.ts";

const operation = (b: unknown, a = "a") => ({ operations: [{ a, b, column: "c" }] });

/** The values that a task computes of one column and an operand. */
export async function computed(
  task: TaskDefinition,
  a: Parameters<typeof numericColumn>[1],
  b: unknown,
): Promise<unknown[]> {
  const table = makeTable([numericColumn("a", a), numericColumn("twin", a)]);
  const column = (await tableOf(task, operation(b), table)).column("c");
  assert.equal(column.dtype, "<f8");
  return Array.from({ length: table.rows }, (_, row) => valueAt(column, row));
}

/** Chunks give what the whole gives, for operands of every dtype with and without nulls. */
export async function checkChunks(t: TestContext, task: TaskDefinition): Promise<void> {
  const dtype = fc.constantFrom("<f8", "<f4", "<i8", "<u8", "<i4", "|u1", "|b1" as const);
  const twoColumns = fc
    .tuple(dtype, dtype, fc.integer({ min: 0, max: 30 }))
    .chain(([a, b, rows]) => fc.tuple(columns("a", a, rows), columns("b", b, rows)));
  const cases: [Table, number[]][] = [];
  checkProperty(
    t,
    fc.property(twoColumns, fc.array(fc.nat(30), { maxLength: 3 }), (made, cuts) => {
      cases.push([makeTable(made), cuts]);
    }),
    100,
  );
  for (const [table, cuts] of cases) {
    const whole = await tableOf(task, operation("b"), table);
    assert.ok(equalTables(await chunkedTableOf(task, operation("b"), table, cuts), whole));
  }
}

/** What no operator accepts is refused with a clear error. */
export async function checkRefusals(task: TaskDefinition): Promise<void> {
  const table = makeTable([numericColumn("a", Float64Array.of(1)), textColumn("t", ["x"])]);
  const refused = (params: unknown, code: string) =>
    assert.rejects(tableOf(task, params, table), { code }, JSON.stringify(params));
  await refused(operation("missing"), "RTL_COLUMN_UNKNOWN");
  await refused(operation("t"), "RTL_TABLE_INVALID");
  await refused(operation(1, "t"), "RTL_TABLE_INVALID");
  await refused(operation([1, 2]), "RTL_PARAMS_INVALID");
  await refused(operation(null), "RTL_PARAMS_INVALID");
  await refused({}, "RTL_PARAMS_INVALID");
  await refused({ operations: [{ a: "a", b: 1, column: "t" }] }, "RTL_TABLE_INVALID");
}
