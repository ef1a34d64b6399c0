import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readFloat, readLong } from "../../../src/format/text/number-bytes.ts";
import { checkProperty } from "../../support/properties.ts";

function float(text: string): number | undefined {
  const bytes = Buffer.from(text);
  const out = new Float64Array(1);
  return readFloat(bytes, 0, bytes.length, out, 0) ? out[0] : undefined;
}

function long(text: string): bigint | string {
  const bytes = Buffer.from(text);
  const values = new BigInt64Array(1);
  const whole = readLong(bytes, 0, bytes.length, new Int32Array(values.buffer), 0);
  return whole === "read" ? (values[0] as bigint) : whole;
}

test("every decimal becomes the float64 that the language takes it for", (t) => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 24 });
  const exponent = fc.option(fc.integer({ min: -330, max: 330 }));
  const decimals = fc
    .tuple(fc.constantFrom("", "-", "+"), digits, fc.option(digits), exponent)
    .map(
      ([sign, whole, part, power]) =>
        `${sign}${whole}${part === null ? "" : `.${part}`}${power === null ? "" : `e${power}`}`,
    );
  const printed = fc
    .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 21 }))
    .chain(([x, count]) => fc.constantFrom(String(x), x.toPrecision(count), x.toExponential(18)));
  checkProperty(
    t,
    fc.property(fc.oneof(decimals, printed), (text) => {
      assert.ok(Object.is(float(text), Number(text)), `${text}: ${float(text)}`);
    }),
    20_000,
  );
});

test("decimals halfway between two floats go to the even one", () => {
  for (const text of ["9007199254740993", "9007199254740993.0", "9007199254740992.999999999"]) {
    assert.equal(float(text), Number(text), text);
  }
  assert.equal(
    float("0.500000000000000166533453693773481063544750213623046875"),
    0.5000000000000002,
  );
});

test("what is not a number is not read as one", () => {
  for (const text of [
    "",
    " ",
    "-",
    ".",
    "e5",
    "1e",
    "1e+",
    "1.2.3",
    "1,5",
    "0x10",
    "1_000",
    "infin",
  ]) {
    assert.equal(float(text), undefined, text);
  }
  assert.deepEqual([float("-0"), float(" 5. "), float("+.5")], [-0, 5, 0.5]);
  assert.deepEqual(
    [float("NaN"), float("-INF"), float("infinity")],
    [Number.NaN, -Infinity, Infinity],
  );
});

test("integers are exact to the last bit, and refused beyond it", (t) => {
  checkProperty(
    t,
    fc.property(fc.bigInt(-(2n ** 65n), 2n ** 65n), (value) => {
      const fits = BigInt.asIntN(64, value) === value;
      assert.equal(long(String(value)), fits ? value : "too-large");
    }),
    5000,
  );
  assert.equal(long("-9223372036854775808"), -(2n ** 63n));
  assert.equal(long("9223372036854775808"), "too-large");
  assert.equal(long("000000000000000000000000012"), 12n);
  assert.deepEqual(["", "-", "1.0", "1e3", "12 3"].map(long), new Array(5).fill("no-integer"));
});
