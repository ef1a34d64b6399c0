import assert from "node:assert/strict";
import { test } from "node:test";
import { agingMs, type Candidate, pick } from "../../../src/flow/pick.ts";
import type { JobId, Millis } from "../../../src/protocol/ids.ts";

const at = 100_000 as Millis;
const candidate = (job: string, changes: Partial<Candidate> = {}): Candidate => ({
  job: job as JobId,
  submitter: "ann",
  priority: 5,
  ready: 1,
  inFlight: 0,
  lastServed: at,
  ...changes,
});
const picked = (...candidates: Candidate[]) => pick(candidates, at)?.job;

test("nothing is picked where nothing is ready", () => {
  assert.equal(picked(), undefined);
  assert.equal(picked(candidate("a", { ready: 0 })), undefined);
});

test("the more urgent job goes first", () => {
  assert.equal(picked(candidate("a"), candidate("b", { priority: 6 })), "b");
});

test("waiting makes urgent, so that no job starves", () => {
  const patient = candidate("a", { priority: 0, lastServed: (at - 10 * agingMs) as Millis });
  assert.equal(picked(patient, candidate("b", { priority: 9 })), "a");
});

test("submitters take turns, however many jobs each has", () => {
  const served = new Map<string, number>([
    ["ann", 0],
    ["bob", 0],
  ]);
  let jobs: readonly Candidate[] = [
    candidate("a1"),
    candidate("a2"),
    candidate("a3"),
    candidate("b1", { submitter: "bob" }),
  ];
  for (let turn = 0; turn < 100; turn++) {
    const now = (at + 1 + turn) as Millis;
    const next = pick(jobs, now);
    assert.ok(next);
    served.set(next.submitter, (served.get(next.submitter) ?? 0) + 1);
    jobs = jobs.map((one) => (one.job === next.job ? { ...one, lastServed: now } : one));
  }
  assert.deepEqual([...served.values()], [50, 50]);
});

test("within one millisecond the one with less under way goes first", () => {
  assert.equal(picked(candidate("a", { inFlight: 3 }), candidate("b", { inFlight: 2 })), "b");
});

test("the order of the candidates decides nothing", () => {
  const [a, b, c] = [candidate("a"), candidate("b"), candidate("c")];
  assert.equal(picked(a, b, c), picked(c, b, a));
});
