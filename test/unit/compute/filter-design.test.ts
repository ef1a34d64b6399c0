import assert from "node:assert/strict";
import { test } from "node:test";
import { type Band, butterworth, chebyshev } from "../../../src/compute/signal/filter-design.ts";
import { filterForward } from "../../../src/compute/signal/sections.ts";
import { readReference } from "../../support/signal-vectors.ts";

const bandOf = (kind: string, edges: readonly number[]): Band => {
  const [first = 0, second = 0] = edges;
  if (kind === "lowPass" || kind === "highPass") return { kind, cutoff: first };
  return { kind: kind === "bandPass" ? "bandPass" : "bandStop", low: first, high: second };
};

test("sections are scipy's, coefficient by coefficient, to 1e-13", () => {
  const { cases } = readReference("filter-designs") as {
    readonly cases: readonly {
      readonly name: string;
      readonly kind: string;
      readonly edges: readonly number[];
      readonly order: number;
      readonly sections: readonly (readonly number[])[];
    }[];
  };
  assert.ok(cases.length > 0);
  for (const { name, kind, edges, order, sections } of cases) {
    const made =
      kind === "chebyshev"
        ? chebyshev(order, 0.05, { kind: "lowPass", cutoff: edges[0] ?? 0 }, 2)
        : butterworth(order, bandOf(kind, edges), 100);
    assert.equal(made.length, sections.length, name);
    made.forEach(({ b0, b1, b2, a1, a2 }, index) => {
      [b0, b1, b2, a1, a2].forEach((value, place) => {
        const wanted = sections[index]?.[place] ?? Number.NaN;
        // The gain in the first section may be tiny; 1e-15 is small against every other coefficient.
        const say = `${name}, section ${index}, ${value} instead of ${wanted}`;
        assert.ok(Math.abs(value - wanted) <= 1e-13 * Math.abs(wanted) + 1e-15, say);
      });
    });
  }
});

test("a Butterworth filter has half the power at its cutoff, whatever its order", () => {
  for (let order = 1; order <= 12; order++) {
    const sections = butterworth(order, { kind: "lowPass", cutoff: 7 }, 50);
    const gain = sections.reduce((sofar, { b0, b1, b2, a1, a2 }) => {
      const angle = (2 * Math.PI * 7) / 50;
      const at = (c0: number, c1: number, c2: number) =>
        Math.hypot(
          c0 + c1 * Math.cos(angle) + c2 * Math.cos(2 * angle),
          c1 * Math.sin(angle) + c2 * Math.sin(2 * angle),
        );
      return (sofar * at(b0, b1, b2)) / at(1, a1, a2);
    }, 1);
    assert.ok(Math.abs(gain * gain - 0.5) < 1e-12, `order ${order}: ${gain * gain}`);
  }
});

test("a high order at a low cutoff stays stable and keeps a constant", () => {
  const values = new Float64Array(200_000).fill(1);
  filterForward(butterworth(8, { kind: "lowPass", cutoff: 0.001 }, 1), values);
  assert.ok(Math.abs((values.at(-1) ?? 0) - 1) < 1e-9, String(values.at(-1)));
});
