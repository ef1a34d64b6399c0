import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  fixedText,
  TextSink,
  writeFloat,
  writeLong,
  writeWhole,
} from "../../../src/format/text/number-text.ts";
import { checkProperty } from "../../support/properties.ts";

function written(write: (sink: TextSink) => void): string {
  const sink = new TextSink();
  sink.room(64);
  write(sink);
  return Buffer.concat(sink.finish()).toString("latin1");
}
const floatText = (value: number): string => written((sink) => writeFloat(sink, value));

test("a float is written with the fewest digits that are read back as it", (t) => {
  const decimals = fc
    .tuple(fc.integer({ min: -1e12, max: 1e12 }), fc.integer({ min: 0, max: 12 }))
    .map(([whole, places]) => whole / 10 ** places);
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  checkProperty(
    t,
    fc.property(fc.oneof(decimals, finite), (value) => {
      const text = floatText(value);
      assert.ok(Object.is(Number(text), value), `${value}: ${text}`);
      assert.match(text, /[.e]/);
      const digits = (one: string) =>
        one
          .replace(/e.*/, "")
          .replace(/\D/g, "")
          .replace(/^0+|0+$/g, "");
      assert.equal(digits(text).length, digits(String(value)).length, `${value}: ${text}`);
    }),
    10_000,
  );
  assert.deepEqual([0, -0, 5, 1e20, 1e-7, 0.1, 1e21].map(floatText), [
    "0.0",
    "-0.0",
    "5.0",
    "100000000000000000000.0",
    "0.0000001",
    "0.1",
    "1e+21",
  ]);
});

test("integers are written with all their digits", (t) => {
  checkProperty(
    t,
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
      const halves = new Int32Array(BigInt64Array.of(value).buffer);
      const text = written((sink) => writeLong(sink, halves[1] ?? 0, halves[0] ?? 0, true));
      assert.equal(text, String(value));
      const unsigned = written((sink) => writeLong(sink, halves[1] ?? 0, halves[0] ?? 0, false));
      assert.equal(unsigned, String(BigInt.asUintN(64, value)));
    }),
    3000,
  );
  assert.equal(
    written((sink) => writeWhole(sink, -1_234_567_890_123)),
    "-1234567890123",
  );
});

test("a fixed number of decimals is rounded half to even, as in C", () => {
  assert.deepEqual(
    [0.0078125, 0.0234375, -0.0078125, 2.5, -0.123456789, 1e20].map((x) => fixedText(x, 6)),
    ["0.007812", "0.023438", "-0.007812", "2.500000", "-0.123457", "100000000000000000000.000000"],
  );
  assert.deepEqual(
    [0.5, 1.5, 2.5, -0.5, 1e22, -0].map((x) => fixedText(x, 0)),
    ["0", "2", "2", "-0", "10000000000000000000000", "-0"],
  );
});
