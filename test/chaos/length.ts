/**
 * How long a test of the chaos suite is, and where its chance comes from. Both are read from the
 * environment here and nowhere else: `npm run chaos` asks for the long forms, `npm test` runs the
 * short ones.
 */
import { randomInt } from "node:crypto";
import type { TestContext } from "node:test";

/** True for the long form of each test. */
export const long: boolean = process.env["RTL_CHAOS"] === "long";

/** The seed of a random test: RTL_SEED, or a fresh one. It is in the test's output in any case. */
export function seedOf(t: Pick<TestContext, "diagnostic">): number {
  const given = Number(process.env["RTL_SEED"]);
  const seed = Number.isSafeInteger(given) && given > 0 ? given : randomInt(1, 2 ** 31);
  t.diagnostic(`RTL_SEED=${seed}`);
  return seed;
}
