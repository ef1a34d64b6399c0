import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { pack, unpack } from "../../../src/protocol/codec.ts";
import { numericColumn, valueAt } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { columnFromJson } from "../../../src/table/json.ts";
import { makeTable } from "../../../src/table/table.ts";
import average from "../../../tasks/average.ts";
import { checkChunked } from "../../support/chunked.ts";
import { numberTables, wholes } from "../../support/number-tables.ts";
import { projectPath } from "../../support/project.ts";
import { checkProperty } from "../../support/properties.ts";
import { chunkedTableOf, runTask, tableOf } from "../../support/run-task.ts";

interface Reference {
  readonly data: Readonly<Record<string, unknown>>;
  readonly cases: readonly { readonly data: string; readonly mean: number }[];
}
const reference = JSON.parse(
  readFileSync(projectPath("test", "vectors", "reference", "columns-mean.json"), "utf8"),
) as Reference;

const params = { operations: [{ a: "x", column: "m" }] };
const meanOf = async (x: Parameters<typeof numericColumn>[1], validity?: Uint8Array) => {
  const table = makeTable([numericColumn("x", x, { validity })]);
  return valueAt((await tableOf(average, params, table)).column("m"), 0);
};

test("average of chunks with huge and tiny numbers loses nothing in merging", async () => {
  const table = makeTable([numericColumn("x", Float64Array.of(1e16, 1, -1e16, 1))]);
  const result = await chunkedTableOf(average, params, table, [1, 2, 3]);
  assert.equal(valueAt(result.column("m"), 0), 0.5);
});

test("average of a million equal numbers is that number, to the last digits", async () => {
  const mean = Number(await meanOf(new Float64Array(1_000_001).fill(0.1)));
  assert.ok(Math.abs(mean - 0.1) < 1e-15, String(mean));
});

test("average skips rows without a value, and NaN or opposite infinities make NaN", async () => {
  assert.equal(await meanOf(Float64Array.of(1, 99, 3), Uint8Array.of(0b101)), 2);
  assert.equal(await meanOf(Float64Array.of(1, Number.NaN)), Number.NaN);
  assert.equal(await meanOf(Float64Array.of(Infinity, -Infinity)), Number.NaN);
  assert.equal(await meanOf(Float64Array.of(Infinity, 1)), Infinity);
  assert.equal(await meanOf(BigInt64Array.of(1n, 2n)), 1.5);
});

test("means are those of exact sums, of whole numbers of any size too", async () => {
  for (const { data, mean } of reference.cases) {
    const table = makeTable([columnFromJson("x", reference.data[data])]);
    const whole = await tableOf(average, params, table);
    const parts = await chunkedTableOf(average, params, table, [1, 2, 40]);
    for (const found of [whole, parts].map((result) => Number(valueAt(result.column("m"), 0)))) {
      const exact = table.column("x").dtype !== "<f8";
      assert.ok(Math.abs(found / mean - 1) <= (exact ? 0 : 4e-16), `${data}: ${found} and ${mean}`);
    }
  }
});

test("the sum of whole numbers may leave 64 bits, and skips rows without a value", async () => {
  const most = 2n ** 63n - 1n;
  assert.equal(await meanOf(new BigInt64Array(20_000).fill(most)), 2 ** 63);
  const some = BigInt64Array.of(most, -5n, most);
  assert.equal(await meanOf(some, Uint8Array.of(0b010)), -5);
  assert.equal(await meanOf(BigUint64Array.of(2n ** 64n - 1n)), 2 ** 64);
  const { state } = await runTask(
    average,
    { params, part: "measure" },
    makeTable([numericColumn("x", new BigInt64Array(20_000).fill(most))]),
  );
  assert.deepEqual(unpack(pack({ state })), { state });
});

test("whole numbers have the same mean in any chunks, to the last bit", async (t) => {
  const tables = numberTables({ x: ["<i8", wholes] });
  await checkChunked(t, average, { params: () => fc.constant(params), tables });
});

test("an operation can average the column that one before it made", async () => {
  const table = makeTable([numericColumn("x", Float64Array.of(1, 4))]);
  const operations = [...params.operations, { a: "m", column: "again" }];
  const result = await chunkedTableOf(average, { operations }, table, [1]);
  assert.equal(valueAt(result.column("again"), 1), 2.5);
});

test("an operation cannot read a column that only a later one makes", async () => {
  const table = makeTable([numericColumn("x", Float64Array.of(1))]);
  const operations = [{ a: "m", column: "early" }, ...params.operations];
  await assert.rejects(tableOf(average, { operations }, table), { code: "RTL_COLUMN_UNKNOWN" });
});

test("average gives the same in any chunks, and its state is plain data", async (t) => {
  const values = fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { minLength: 1 });
  const cases: [number[], number[]][] = [];
  checkProperty(
    t,
    fc.property(values, fc.array(fc.nat(20)), (x, cuts) => void cases.push([x, cuts])),
    100,
  );
  for (const [x, cuts] of cases) {
    const table = makeTable([numericColumn("x", Float64Array.from(x))]);
    const whole = await tableOf(average, params, table);
    const parts = await chunkedTableOf(average, params, table, cuts);
    // Around a mean near zero only the size of the numbers tells how much rounding is fair.
    const scale = Math.max(...x.map(Math.abs)) * 1e-12;
    const difference = Math.abs(
      Number(valueAt(whole.column("m"), 0)) - Number(valueAt(parts.column("m"), 0)),
    );
    assert.ok(difference <= scale, tableDifference(whole, parts));
  }
  const { state } = await runTask(
    average,
    { params, part: "measure" },
    makeTable([numericColumn("x", Float64Array.of(2))]),
  );
  assert.deepEqual(state, [{ sum: 2, carry: 0, count: 1 }]);
});
