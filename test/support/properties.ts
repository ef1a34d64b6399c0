/** Random tests that say their seed, so that a failure can be repeated with RTL_TEST_SEED. */
import type { TestContext } from "node:test";
import fc from "fast-check";

/** Checks a property on random values; the seed is in the test's output in any case. */
export function checkProperty<Values extends [unknown, ...unknown[]]>(
  t: TestContext,
  property: fc.IProperty<Values>,
  numRuns = 200,
): void {
  fc.assert(property, { seed: seedOf(t), numRuns });
}

/** The same for a property that waits for something. */
export function checkAsyncProperty<Values extends [unknown, ...unknown[]]>(
  t: TestContext,
  property: fc.IAsyncProperty<Values>,
  numRuns = 200,
): Promise<void> {
  return fc.assert(property, { seed: seedOf(t), numRuns });
}

function seedOf(t: TestContext): number {
  const given = Number(process.env["RTL_TEST_SEED"]);
  const seed =
    Number.isSafeInteger(given) && given !== 0 ? given : Math.trunc(Math.random() * 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  return seed;
}
