/** Properties of what takes turns of the event loop: random cases, checked one after the other. */
import type { TestContext } from "node:test";
import fc from "fast-check";
import { checkProperty } from "./properties.ts";

/** Checks every one of some random cases; the seed is in the test's output. */
export async function checkEach<T>(
  t: TestContext,
  arbitrary: fc.Arbitrary<T>,
  runs: number,
  check: (value: T) => Promise<void>,
): Promise<void> {
  const values: T[] = [];
  const collect = fc.property(arbitrary, (value) => {
    values.push(value);
  });
  checkProperty(t, collect, runs);
  for (const value of values) await check(value);
}
