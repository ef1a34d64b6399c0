/** What numpy, scipy and pandas make of small signals; test/vectors/scripts/make_signal.py wrote it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Column, isNull, valueAt } from "../../src/table/column.ts";
import { tableFromJson } from "../../src/table/json.ts";
import { sliceRows, type Table } from "../../src/table/table.ts";
import type { TaskDefinition } from "../../src/task/define-task.ts";
import { projectPath } from "./project.ts";
import { tableOf } from "./run-task.ts";

interface SignalCase {
  readonly name: string;
  readonly task?: string;
  readonly params: unknown;
  readonly input: string;
  readonly rows?: number;
  readonly expect: unknown;
}

/** A case with its tables made. */
interface ReadyCase {
  readonly name: string;
  readonly params: unknown;
  readonly input: Table;
  readonly expect: Table;
}

/** The cases of `signal-<file>.json`, or those of one task in it. */
export function signalCases(file: string, task?: string): readonly ReadyCase[] {
  const { inputs, cases } = readReference(file) as {
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly cases: readonly SignalCase[];
  };
  return cases
    .filter((found) => task === undefined || found.task === task)
    .map(({ name, params, input, rows, expect }) => {
      const table = tableFromJson(inputs[input]);
      const cut = sliceRows(table, 0, rows ?? table.rows);
      return { name, params, input: cut, expect: tableFromJson(expect) };
    });
}

export function readReference(file: string): unknown {
  const path = projectPath("test", "vectors", "reference", `signal-${file}.json`);
  return JSON.parse(readFileSync(path, "utf8")) as unknown;
}

/**
 * Runs the cases; columns that only the input has are not looked at. The scale of the input's column
 * `of` counts too, for results that are small differences of large numbers.
 */
export async function checkSignalCases<P, S>(
  task: TaskDefinition<P, S>,
  cases: readonly ReadyCase[],
  tolerance: number,
  of?: string,
): Promise<void> {
  assert.ok(cases.length > 0);
  for (const { name, input, params, expect } of cases) {
    const result = await tableOf(task, params, input);
    const least = of === undefined ? 0 : scaleOf(input.column(of));
    for (const wanted of expect.columns)
      assertClose(result.column(wanted.name), wanted, tolerance, name, least);
    // A task that adds columns keeps those of its input; any other gives just what is expected.
    const kept = input.names.filter((column) => !expect.has(column) && result.has(column));
    assert.equal(result.names.length, expect.names.length + kept.length, name);
  }
}

/** The greatest magnitude in a column. */
function scaleOf(column: Column): number {
  let scale = 0;
  for (let row = 0; row < column.length; row++) {
    const size = Math.abs(Number(valueAt(column, row)));
    if (size > scale) scale = size;
  }
  return scale;
}

/** Every difference is at most `tolerance` of the greatest value expected, or of `least`. */
export function assertClose(
  got: Column,
  wanted: Column,
  tolerance: number,
  place: string,
  least = 0,
): void {
  assert.equal(got.dtype, wanted.dtype, `${place}, column ${wanted.name}`);
  assert.equal(got.length, wanted.length, `${place}, column ${wanted.name}`);
  const scale = Math.max(least, scaleOf(wanted));
  for (let row = 0; row < wanted.length; row++) {
    const [one, other] = [valueAt(got, row), valueAt(wanted, row)];
    const say = `${place}, column ${wanted.name}, row ${row}: ${one} instead of ${other}`;
    assert.equal(isNull(got, row), isNull(wanted, row), say);
    if (typeof other === "bigint") assert.equal(one, other, say);
    else assert.ok(Math.abs(Number(one) - Number(other)) <= tolerance * scale, say);
  }
}
