import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { complexFourier, realFourier } from "../../../src/compute/signal/fourier.ts";
import { rootsOfUnity } from "../../../src/compute/signal/roots-of-unity.ts";
import { checkProperty } from "../../support/properties.ts";
import { readReference } from "../../support/signal-vectors.ts";

const numbers = (count: number) =>
  fc
    .array(fc.double({ min: -1000, max: 1000, noNaN: true }), {
      minLength: count,
      maxLength: count,
    })
    .map((list) => Float64Array.from(list));
/** Complex signals of every kind of length: smooth, odd, prime, one. */
const signals = fc
  .oneof(
    fc.integer({ min: 1, max: 64 }),
    fc.constantFrom(77, 96, 97, 143, 169, 186, 210, 256, 257, 667, 1000),
  )
  .chain((n) => numbers(2 * n));

const largest = (values: Float64Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const close = (a: Float64Array, b: Float64Array, tolerance: number): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - (b[i] ?? 0)) <= tolerance);

/** The definition, term by term. */
function slowTransform(values: Float64Array): Float64Array {
  const n = values.length / 2;
  const result = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      const [re, im] = [values[2 * j] ?? 0, values[2 * j + 1] ?? 0];
      result[2 * k] = (result[2 * k] ?? 0) + re * Math.cos(angle) - im * Math.sin(angle);
      result[2 * k + 1] = (result[2 * k + 1] ?? 0) + re * Math.sin(angle) + im * Math.cos(angle);
    }
  }
  return result;
}

test("a transform is what the definition sums up, for any length", (t) => {
  checkProperty(
    t,
    fc.property(signals, (values) => {
      const wanted = slowTransform(values);
      const got = complexFourier(values.length / 2)(values);
      return close(got, wanted, 1e-12 * (1 + largest(values)) * values.length);
    }),
    60,
  );
});

test("the transform of the conjugate transform gives the signal back, n times", (t) => {
  checkProperty(
    t,
    fc.property(signals, (values) => {
      const n = values.length / 2;
      const transform = complexFourier(n);
      const spectrum = transform(values).map((value, i) => (i % 2 === 1 ? -value : value));
      const back = transform(spectrum).map((value, i) => (i % 2 === 1 ? -value : value) / n);
      return close(back, values, 1e-13 * (1 + largest(values)) * Math.log2(n + 2));
    }),
  );
});

test("signal and transform have the same energy, n times (Parseval)", (t) => {
  checkProperty(
    t,
    fc.property(signals, (values) => {
      const energy = (of: Float64Array) => of.reduce((sum, value) => sum + value * value, 0);
      const n = values.length / 2;
      const of = energy(complexFourier(n)(values)) / n;
      return Math.abs(of - energy(values)) <= 1e-12 * energy(values) + Number.MIN_VALUE;
    }),
  );
});

test("a transform is linear, and leaves its input as it is", (t) => {
  const pairs = fc
    .integer({ min: 1, max: 100 })
    .chain((n) => fc.tuple(numbers(2 * n), numbers(2 * n)));
  checkProperty(
    t,
    fc.property(pairs, fc.double({ min: -9, max: 9, noNaN: true }), ([a, b], factor) => {
      const transform = complexFourier(a.length / 2);
      const before = a.slice();
      const ofSum = transform(a.map((value, i) => value + factor * (b[i] ?? 0))).slice();
      const ofB = transform(b).slice();
      const sum = transform(a).map((value, i) => value + factor * (ofB[i] ?? 0));
      assert.deepEqual(a, before);
      return close(ofSum, sum, 1e-12 * (1 + largest(a) + 9 * largest(b)) * a.length);
    }),
  );
});

test("the transform of real numbers is the first half of the complex one", (t) => {
  const reals = fc.integer({ min: 1, max: 300 }).chain(numbers);
  checkProperty(
    t,
    fc.property(reals, (values) => {
      const n = values.length;
      const padded = new Float64Array(2 * n);
      for (let i = 0; i < n; i++) padded[2 * i] = values[i] ?? 0;
      const wanted = complexFourier(n)(padded).slice(0, 2 * (Math.floor(n / 2) + 1));
      return close(realFourier(n)(values), wanted, 1e-12 * (1 + largest(values)) * n);
    }),
  );
});

test("long transforms agree with numpy to 1e-13 of the largest bin", () => {
  const { cases } = readReference("long-fft") as {
    readonly cases: readonly {
      readonly rows: number;
      readonly every: number;
      readonly scale: number;
      readonly real: readonly number[];
      readonly imaginary: readonly number[];
    }[];
  };
  assert.ok(cases.length > 0);
  for (const { rows, every, scale, real, imaginary } of cases) {
    const values = Float64Array.from(
      { length: rows },
      (_, i) => ((i * i * 31 + i * 7) % 1009) / 1009,
    );
    const spectrum = realFourier(rows)(values);
    real.forEach((wanted, index) => {
      const at = 2 * index * every;
      const tolerance = 1e-13 * (index === 0 ? Math.abs(wanted) : scale);
      assert.ok(Math.abs((spectrum[at] ?? 0) - wanted) <= tolerance, `${rows} rows, bin ${at / 2}`);
      assert.ok(Math.abs((spectrum[at + 1] ?? 0) - (imaginary[index] ?? 0)) <= tolerance);
    });
  }
});

test("roots of unity lie on the circle and at their angle, to the last place", () => {
  for (const n of [1, 2, 3, 5, 8, 12, 97, 360, 4096, 99_991]) {
    const write = rootsOfUnity(n);
    const root = new Float64Array(2);
    for (let k = 0; k <= n; k += Math.max(1, n >> 7)) {
      write(k, root, 0);
      const angle = (2 * Math.PI * k) / n;
      assert.ok(Math.abs((root[0] ?? 0) - Math.cos(angle)) < 2e-15, `${k} of ${n}`);
      assert.ok(Math.abs((root[1] ?? 0) + Math.sin(angle)) < 2e-15, `${k} of ${n}`);
      assert.ok(Math.abs(Math.hypot(root[0] ?? 0, root[1] ?? 0) - 1) < 4e-16, `${k} of ${n}`);
    }
  }
});
