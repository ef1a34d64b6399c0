/** Whole numbers beyond 2^53 against bigints, and powers of them against exact arithmetic in Python. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import {
  addition,
  columnOperand,
  combine,
  constantOperand,
  exponentiation,
  multiplication,
  type Operator,
  subtraction,
} from "../../../src/compute/arithmetic/operators.ts";
import { numericColumn } from "../../../src/table/column.ts";
import { projectPath } from "../../support/project.ts";
import { checkProperty } from "../../support/properties.ts";

/** Of all sizes, and around the ends of 2^53 and of 64 bits. */
const sizes = fc.oneof(
  fc.bigInt(0n, 2n ** 63n - 1n),
  fc.integer({ min: 0, max: 62 }).chain((bits) => fc.bigInt(0n, 2n ** BigInt(bits))),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 21n + 1n, 3n),
);
const int64 = fc.oneof(
  sizes,
  sizes.map((size) => -size),
  fc.constant(-(2n ** 63n)),
);
const uint64 = fc.oneof(
  sizes,
  sizes.map((size) => 2n ** 64n - 1n - size),
);
const column = (values: BigInt64Array | BigUint64Array | Int32Array) =>
  columnOperand(numericColumn("x", values));

const operators: readonly (readonly [Operator, (a: bigint, b: bigint) => bigint])[] = [
  [addition, (a, b) => a + b],
  [subtraction, (a, b) => a - b],
  [multiplication, (a, b) => a * b],
];

test("sums, differences and products of 64 bits are the float64 nearest to the true ones", (t) => {
  const rows = fc.array(fc.tuple(int64, uint64), { minLength: 1, maxLength: 20 });
  checkProperty(
    t,
    fc.property(rows, (pairs) => {
      const signed = column(BigInt64Array.from(pairs, ([a]) => a));
      const unsigned = column(BigUint64Array.from(pairs, ([, b]) => b));
      for (const [operator, exact] of operators) {
        assert.deepEqual(
          [...combine(operator, signed, unsigned, pairs.length)],
          pairs.map(([a, b]) => Number(exact(a, b))),
        );
        assert.deepEqual(
          [...combine(operator, signed, signed, pairs.length)],
          pairs.map(([a]) => Number(exact(a, a))),
        );
      }
    }),
    300,
  );
});

test("constants and narrower columns beside them are exact too", (t) => {
  const rows = fc.array(fc.tuple(int64, fc.integer()), { minLength: 1, maxLength: 9 });
  const constants = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2 ** 62, -(2 ** 63), 2 ** 63));
  checkProperty(
    t,
    fc.property(rows, constants, (pairs, constant) => {
      const wide = column(BigInt64Array.from(pairs, ([a]) => a));
      const narrow = column(Int32Array.from(pairs, ([, b]) => b));
      for (const [operator, exact] of operators) {
        assert.deepEqual(
          [...combine(operator, wide, constantOperand(constant), pairs.length)],
          pairs.map(([a]) => Number(exact(a, BigInt(constant)))),
        );
        assert.deepEqual(
          [...combine(operator, narrow, wide, pairs.length)],
          pairs.map(([a, b]) => Number(exact(BigInt(b), a))),
        );
      }
    }),
  );
});

test("beside a float, whole numbers are taken as float64", () => {
  const wide = column(BigInt64Array.of(2n ** 53n + 1n));
  const float = columnOperand(numericColumn("y", Float64Array.of(0.5)));
  assert.deepEqual([...combine(addition, wide, float, 1)], [2 ** 53 + 0.5]);
  assert.deepEqual([...combine(addition, wide, constantOperand(0.5), 1)], [2 ** 53 + 0.5]);
});

test("powers of whole numbers beyond 2^53 are those of exact arithmetic", () => {
  const file = projectPath("test", "vectors", "reference", "elementary.json");
  const { whole } = JSON.parse(readFileSync(file, "utf8")) as {
    whole: Readonly<Record<"base" | "exponent" | "power", readonly (string | number)[]>>;
  };
  const [base, exponent] = [whole.base, whole.exponent].map((values) =>
    column(BigInt64Array.from(values, BigInt)),
  );
  assert.ok(base && exponent);
  const powers = combine(exponentiation, base, exponent, whole.base.length);
  whole.power.forEach((text, row) => {
    const [got, expected] = [powers[row] ?? 0, Number(text)];
    const near = Math.abs(got - expected) <= 1e-15 * Math.abs(expected);
    const place = `${whole.base[row]} ** ${whole.exponent[row]}`;
    assert.ok(Object.is(got, expected) || near, `${place}: ${got} instead of ${expected}`);
  });
});
