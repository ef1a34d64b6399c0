/** Inner loops: what is written out in steps does the same as the plain loop. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrayOfDtype, numericColumn } from "../../../src/table/column.ts";
import { floatReader } from "../../../src/table/floats.ts";
import { forBlocks, kernel, loopText } from "../../../src/table/kernels.ts";
import { checkProperty } from "../../support/properties.ts";

test("a loop in steps goes once through every place from start to end, in order", (t) => {
  const visit = kernel<(seen: number[], start: number, end: number) => void>(
    "visit",
    ["seen", "start", "end"],
    loopText((i) => `seen.push(${i});`),
  );
  const places = fc.integer({ min: 0, max: 40 });
  checkProperty(
    t,
    fc.property(places, places, (start, count) => {
      const seen: number[] = [];
      visit(seen, start, start + count);
      assert.deepEqual(
        seen,
        Array.from({ length: count }, (_, index) => start + index),
      );
    }),
  );
});

test("the same kind and text give one function, another kind a copy, other parameters are refused", () => {
  const subtract = (kind: string, ...parameters: string[]) =>
    kernel<(a: number, b: number) => number>(kind, parameters, "return a - b;");
  assert.equal(subtract("one", "a", "b"), subtract("one", "a", "b"));
  assert.notEqual(subtract("one", "a", "b"), subtract("two", "a", "b"));
  assert.throws(() => subtract("one", "b", "a"), /two kernels "one"/);
});

test("whole numbers become the nearest floats, and are exact up to 2^53 only", (t) => {
  for (const [dtype, min, max] of [
    ["<i8", -(2n ** 63n), 2n ** 63n - 1n],
    ["<u8", 0n, 2n ** 64n - 1n],
  ] as const) {
    const near = fc.bigInt(-20n, 20n).map((by) => 2n ** 53n + by);
    const value = fc.oneof(fc.bigInt(min, max), near, fc.bigInt(0n, 100n));
    checkProperty(
      t,
      fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), (values) => {
        const array = dtype === "<i8" ? BigInt64Array.from(values) : BigUint64Array.from(values);
        const reader = floatReader(numericColumn("n", array));
        assert.deepEqual(Array.from(reader.read(0, values.length)), values.map(Number));
        const safe = values.every((one) => one >= -(2n ** 53n) && one < 2n ** 53n);
        assert.equal(reader.exact(), safe);
      }),
    );
  }
});

test("every dtype is read as floats block by block, and a later block is no view of the first", () => {
  for (const dtype of ["<f4", "<i4", "<i2", "|i1", "<u4", "<u2", "|u1"] as const) {
    const values = new arrayOfDtype[dtype](20_000);
    for (let i = 0; i < values.length; i++) values[i] = i;
    const reader = floatReader(numericColumn("n", values));
    const read: number[] = [];
    forBlocks(values.length, (start, end) => read.push(...reader.read(start, end)));
    assert.deepEqual(read, Array.from(values), dtype);
  }
});
