/** Logarithms, powers and square roots against 80-bit and C's results, which test/vectors/scripts/make_elementary.py made. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { naturalLog, power, squareRoot } from "../../../src/compute/arithmetic/elementary.ts";
import { sourceDigest } from "../../../src/compute/arithmetic/elementary-code.ts";
import { withConstants } from "../../../src/compute/arithmetic/elementary-design.ts";
import { projectPath } from "../../support/project.ts";
import { checkProperty } from "../../support/properties.ts";

type Numbers = readonly (number | string)[];
interface Reference {
  readonly log: { readonly x: Numbers; readonly log: Numbers };
  readonly power: { readonly x: Numbers; readonly y: Numbers; readonly power: Numbers };
  readonly special: { readonly values: Numbers; readonly powers: readonly Numbers[] };
}
const reference = JSON.parse(
  readFileSync(projectPath("test", "vectors", "reference", "elementary.json"), "utf8"),
) as Reference;
const floats = (numbers: Numbers) => Float64Array.from(numbers, Number);

const bits = new BigInt64Array(1);
const float = new Float64Array(bits.buffer);
function bitsOf(value: number): bigint {
  float[0] = value;
  return bits[0] ?? 0n;
}
/** How many float64 lie between two numbers of one sign. */
const distance = (a: number, b: number): number =>
  Object.is(a, b) ? 0 : Math.abs(Number(bitsOf(a) - bitsOf(b)));

const logsOf = (x: Float64Array) => {
  const logs = new Float64Array(x.length);
  naturalLog(x, logs);
  return logs;
};
const powersOf = (x: Float64Array, y: Float64Array | number) => {
  const powers = new Float64Array(x.length);
  power(x, y, powers);
  return powers;
};

test("the compiled module was made of the source beside it", () => {
  const source = readFileSync(
    projectPath("src", "compute", "arithmetic", "elementary.wat"),
    "utf8",
  );
  const digest = createHash("sha256").update(withConstants(source)).digest("hex");
  assert.equal(digest, sourceDigest, "run scripts/write-elementary.mjs after a build");
});

test("logarithms are within 2 units in the last place, over the whole range and around 1", () => {
  const logs = logsOf(floats(reference.log.x));
  const far = reference.log.log.map((exact, row) => distance(Number(exact), logs[row] ?? 0));
  assert.ok(Math.max(...far) <= 2, `${Math.max(...far)} at ${far.indexOf(Math.max(...far))}`);
});

test("powers are within 3 units in the last place, up to the ends of the range", () => {
  const { x, y, power: exact } = reference.power;
  const powers = powersOf(floats(x), floats(y));
  const far = exact.map((value, row) => distance(Number(value), powers[row] ?? 0));
  assert.ok(Math.max(...far) <= 3, `${Math.max(...far)} at ${far.indexOf(Math.max(...far))}`);
});

test("a constant exponent gives what a column of it gives, to the last bit", () => {
  const x = floats(reference.power.x);
  for (const y of [1.7, -12.25, 65_535, 0.1, 4]) {
    assert.deepEqual(powersOf(x, y), powersOf(x, new Float64Array(x.length).fill(y)));
  }
});

test("special cases are those of C, in columns and by constants", () => {
  const values = floats(reference.special.values);
  const check = (got: number, expected: number, place: string) => {
    const same = Object.is(got, expected);
    // Where both are numbers, the last bit may differ, and the simple powers may differ by two.
    assert.ok(same || distance(got, expected) <= 2, `${place}: ${got} instead of ${expected}`);
  };
  reference.special.powers.forEach((row, index) => {
    const base = values[index] ?? 0;
    const powers = powersOf(new Float64Array(values.length).fill(base), values);
    row.forEach((expected, at) => {
      const place = `${base} to the power of ${values[at]}`;
      check(powers[at] ?? 0, Number(expected), place);
      const constant = powersOf(Float64Array.of(base), values[at] ?? 0);
      check(constant[0] ?? 0, Number(expected), `${place} as a constant`);
    });
  });
});

test("whole results below 2^53 are exact, also of negative numbers", () => {
  const [x, y, exact]: number[][] = [[], [], []];
  for (let base = -30; base <= 30; base++) {
    for (let exponent = 0; exponent <= 53; exponent++) {
      const result = BigInt(base) ** BigInt(exponent);
      if (result > 2n ** 53n || result < -(2n ** 53n)) break;
      x?.push(base);
      y?.push(exponent);
      exact?.push(Number(result));
    }
  }
  assert.ok((exact?.length ?? 0) > 900);
  assert.deepEqual([...powersOf(Float64Array.from(x ?? []), Float64Array.from(y ?? []))], exact);
});

test("logarithms of zeros, negatives, subnormals, infinities and NaN are those of C", () => {
  const x = [0, -0, -1, 5e-324, 2 ** -1023, Infinity, -Infinity, Number.NaN, 1];
  const expected = [-Infinity, -Infinity, Number.NaN, ...[-1074, -1023].map((n) => n * Math.LN2)];
  const logs = [...logsOf(Float64Array.from(x))];
  assert.deepEqual(logs.slice(0, 3), expected.slice(0, 3));
  for (const row of [3, 4]) assert.ok(distance(logs[row] ?? 0, expected[row] ?? 0) <= 1);
  assert.deepEqual(logs.slice(5), [Infinity, Number.NaN, Number.NaN, 0]);
});

test("a row's result does not hang on where it stands or on its neighbours", (t) => {
  const some = fc.oneof(
    { weight: 3, arbitrary: fc.double({ min: 1e-3, max: 1e3, noNaN: true }) },
    { weight: 1, arbitrary: fc.double() },
  );
  // Around e^708, where two ways of computing meet.
  const border = fc.double({ min: 707.999, max: 708.001, noNaN: true });
  const pairs = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(some, some) },
    { weight: 1, arbitrary: border.map((scale): [number, number] => [Math.exp(scale / 8), 8]) },
  );
  const rows = fc.array(pairs, { minLength: 1, maxLength: 9 });
  checkProperty(
    t,
    fc.property(rows, fc.integer({ min: 1015, max: 1033 }), (drawn, before) => {
      // Ordinary rows, so that the others cross the end of a block.
      const [x, y] = [0, 1].map((side) => {
        const numbers = new Float64Array(before + drawn.length).fill(1.5);
        numbers.set(
          drawn.map((pair) => pair[side] ?? 0),
          before,
        );
        return numbers;
      }) as [Float64Array, Float64Array];
      const [logs, powers] = [logsOf(x), powersOf(x, y)];
      drawn.forEach(([base, exponent], row) => {
        assert.equal(logs[before + row], logsOf(Float64Array.of(base))[0]);
        const alone = powersOf(Float64Array.of(base), Float64Array.of(exponent))[0];
        assert.equal(powers[before + row], alone, `${base} ** ${exponent}`);
      });
    }),
  );
});

test("square roots are those of Math.sqrt, bit by bit, in blocks of any length", (t) => {
  const check = (x: Float64Array) => {
    const roots = new Float64Array(x.length);
    squareRoot(x, roots);
    const wrong = roots.findIndex((root, row) => !Object.is(root, Math.sqrt(x[row] ?? 0)));
    assert.equal(wrong, -1, `${x[wrong]}: ${roots[wrong]}`);
  };
  const special = [0, -0, 1, 2, -1, 5e-324, 2 ** -1022, 1.7976931348623157e308];
  check(Float64Array.of(...special, Infinity, -Infinity, Number.NaN));
  for (const rows of [0, 1, 1023, 1024, 1025, 2048, 5001]) {
    check(Float64Array.from({ length: rows }, (_, row) => row * 1.25 - 3));
  }
  checkProperty(
    t,
    fc.property(fc.float64Array({ maxLength: 40 }), (x) => check(x)),
    300,
  );
});
