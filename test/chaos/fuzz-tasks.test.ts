/** Parameters from strangers to every task of the bundle, and expressions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { computeColumn, parseExpression } from "../../src/compute/expression/expression.ts";
import { checkParams } from "../../src/protocol/params.ts";
import { numericColumn, textColumn } from "../../src/table/column.ts";
import { makeTable } from "../../src/table/table.ts";
import { parseParams } from "../../src/task/params.ts";
import { expressions } from "../support/expressions.ts";
import { runTask } from "../support/run-task.ts";
import { bundleLibrary, describeBundle } from "./bundle.ts";
import { holdsOut, holdsOutAsync, reportTried } from "./hold-out.ts";
import { damagedBytes } from "./hostile-bytes.ts";
import { damagedValues, oddValue } from "./hostile-values.ts";
import { used } from "./use-table.ts";

reportTried("hostile parameters and expressions");

const library = await bundleLibrary();
const descriptions = await describeBundle();

/** Columns of all kinds, some of them with the names that examples use. */
const names = JSON.stringify(library.tasks.map(({ example }) => example)).matchAll(/"(\w+)"/g);
const words = [...new Set([...names].map(([, word]) => word as string))].slice(0, 60);
const table = makeTable([
  ...words.map((name, at) => numericColumn(name, Float64Array.of(at, 2, 3, Number.NaN, -1))),
  numericColumn("whole", BigInt64Array.of(1n, -(2n ** 63n), 3n, 4n, 5n)),
  textColumn("words", ["a", null, "", "€", "b"]),
]);

for (const task of library.tasks) {
  const schema = descriptions.find(({ name }) => name === task.name)?.params ?? {};
  const given = damagedValues(fc.constant(task.example));
  test(`${task.name}: hostile parameters are refused, or it runs with them`, async (t) => {
    const run = async (params: unknown) => {
      checkParams(schema, params, "stages.a.tasks[0]");
      parseParams(task, params);
      used((await runTask(task, { params, part: "run" }, table)).table);
    };
    await holdsOutAsync(t, given, run, 12);
  });
}

test("parameters are checked under any schema that a node may send", (t) => {
  const schemas = damagedValues(fc.constantFrom(...descriptions.map(({ params }) => params)));
  const checked = ([schema, params]: readonly [unknown, unknown]) => {
    if (typeof schema !== "object" || schema === null) return;
    assert.ok(Array.isArray(checkParams(schema, params, "x")));
  };
  holdsOut(t, fc.tuple(schemas, oddValue), checked, 100);
});

test("damaged expressions are columns or are refused", (t) => {
  const number = expressions.number.map((sample) => sample.text);
  const text = fc.oneof(
    damagedBytes(number.map((one) => Buffer.from(one))).map((bytes) =>
      Buffer.from(bytes).toString(),
    ),
    fc
      .tuple(
        fc.constantFrom("(", "-", "not ", "a ? ", "if(", "1+", "a.", "[", "'", "`"),
        fc.nat(30_000),
      )
      .map(([piece, count]) => piece.repeat(count)),
  );
  const numbers = makeTable([numericColumn("a", Float64Array.of(1, 2))]);
  holdsOut(t, text, (given) => computeColumn(parseExpression(given), numbers, "y"), 500);
});
