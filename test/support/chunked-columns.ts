/** Holds tasks to the rule that chunks never change a result, over random tables and random cuts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { RtlError } from "../../src/protocol/errors.ts";
import type { NumericDtype } from "../../src/table/column.ts";
import {
  allValid,
  arrayOfDtype,
  clearBit,
  numericColumn,
  valueAt,
} from "../../src/table/column.ts";
import { equalTables, tableDifference } from "../../src/table/compare.ts";
import { tableFromJson } from "../../src/table/json.ts";
import { makeTable, schemaDifference, type Table } from "../../src/table/table.ts";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import type { GoldenCase } from "../../src/task/golden.ts";
import { projectPath } from "./project.ts";
import { checkProperty } from "./properties.ts";
import { chunkedTableOf, tableOf } from "./run-task.ts";

/** What comes of it: a table, or the code of the error. */
export async function outcomeOf(run: Promise<Table>): Promise<Table | string> {
  try {
    return await run;
  } catch (error) {
    if (error instanceof RtlError) return error.code;
    throw error;
  }
}

interface Options {
  /** How far floats may differ, as a share of the greatest of the table. */
  readonly relative?: number;
  readonly runs?: number;
}

/** One table, and cuts of it, give the same table or the same error. */
export async function checkChunked<P, S>(
  t: TestContext,
  task: TaskDefinition<P, S>,
  params: fc.Arbitrary<unknown>,
  tables: fc.Arbitrary<Table>,
  { relative = 0, runs = 100 }: Options = {},
): Promise<void> {
  const cases: [unknown, Table, number[]][] = [];
  const cuts = fc.array(fc.nat(30), { maxLength: 4 });
  checkProperty(
    t,
    fc.property(params, tables, cuts, (...drawn) => void cases.push(drawn)),
    runs,
  );
  for (const [given, table, ends] of cases) {
    const whole = await outcomeOf(tableOf(task, given, table));
    const parts = await outcomeOf(chunkedTableOf(task, given, table, ends));
    const told = `${JSON.stringify(given)} at ${ends} of ${table.rows} rows`;
    if (typeof whole === "string" || typeof parts === "string") {
      assert.equal(parts, whole, told);
      continue;
    }
    if (isClose(whole, parts, relative)) continue;
    assert.equal(tableDifference(whole, parts), undefined, told);
  }
}

/**
 * Whether no float is further from the other one than `relative` times the greatest float of the
 * table; all else must be equal.
 */
export function isClose(a: Table, b: Table, relative: number): boolean {
  if (a.rows !== b.rows || schemaDifference(a, b) !== undefined) return false;
  const apart = relative * greatestFloat(a);
  return a.columns.every((left) => {
    const right = b.column(left.name);
    if (left.dtype !== "<f8") return equalTables(makeTable([left]), makeTable([right]));
    const pairs = Array.from({ length: a.rows }, (_, row) => [
      valueAt(left, row),
      valueAt(right, row),
    ]);
    return pairs.every(([one, other]) => {
      if (Object.is(one, other) || one === other) return true;
      if (typeof one !== "number" || typeof other !== "number") return false;
      return Math.abs(one - other) <= apart;
    });
  });
}

function greatestFloat({ columns }: Table): number {
  let greatest = 0;
  for (const { values } of columns.filter((column) => column.kind === "numeric")) {
    if (!(values instanceof Float64Array)) continue;
    for (const value of values)
      if (Number.isFinite(value)) greatest = Math.max(greatest, Math.abs(value));
  }
  return greatest;
}

/** The cases of test/vectors/<task>.json that expect a table, in chunks. */
export async function checkVectorsInChunks<P, S>(
  task: TaskDefinition<P, S>,
  relative = 0,
): Promise<void> {
  const file = projectPath("test", "vectors", `${task.name}.json`);
  const cases = JSON.parse(readFileSync(file, "utf8")) as GoldenCase[];
  for (const { name, params, input, expect } of cases) {
    if (expect === "error") continue;
    const table = tableFromJson(input);
    const result = await chunkedTableOf(task, params, table, [0, 1, 3, table.rows >> 1]);
    const difference = tableDifference(tableFromJson(expect), result, { relative });
    assert.equal(difference, undefined, `${name}: ${difference}`);
  }
}

/** A table with these columns, of up to 30 rows; about one in eight values is missing in some. */
export function numberTables(
  columns: Readonly<Record<string, readonly [NumericDtype, fc.Arbitrary<number | bigint>]>>,
  rowsMin = 0,
): fc.Arbitrary<Table> {
  const entries = Object.entries(columns);
  return fc.integer({ min: rowsMin, max: 30 }).chain((rows) => {
    const size = { minLength: rows, maxLength: rows };
    const missing = fc.oneof(
      fc.constant<readonly number[]>([]),
      fc.array(fc.nat(Math.max(0, rows - 1)), { maxLength: rows >> 2 }),
    );
    const drawn = entries.map(([, [, elements]]) => fc.tuple(fc.array(elements, size), missing));
    return fc.tuple(...drawn).map((made) =>
      makeTable(
        made.map(([values, holes], index) => {
          const [name = "", [dtype] = ["<f8"]] = entries[index] ?? [];
          const array = new arrayOfDtype[dtype as NumericDtype](rows);
          for (const [row, value] of values.entries()) array[row] = value;
          if (holes.length === 0 || rows === 0) return numericColumn(name, array);
          const validity = allValid(rows);
          for (const row of holes) clearBit(validity, row);
          return numericColumn(name, array, { validity });
        }),
        rows,
      ),
    );
  });
}

/** Floats of moderate size and at least a millionth, as measurements have them. */
export const measurements = fc.oneof(
  fc.double({ min: -1000, max: 1000, noNaN: true }).map((value) => Math.round(value * 1e6) / 1e6),
  fc.integer({ min: -5, max: 5 }),
);
/** Any floats, NaN and infinities among them. */
export const floats = fc.oneof(
  { weight: 4, arbitrary: measurements },
  { weight: 1, arbitrary: fc.double() },
);
/** Whole numbers of 64 bits, often at the ends. */
export const wholes = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.bigInt(-9n, 9n),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
