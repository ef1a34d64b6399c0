/**
 * T10: every message of the bus said twice, the second time late and out of order: what comes out is
 * what comes out of a clean run, and nothing runs twice.
 */
import { test } from "node:test";
import { Random } from "../sim/random.ts";
import { startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { jobOf, kinds } from "./jobs.ts";
import { chaosTasks } from "./keeper.ts";
import { openLedger, repeated } from "./ledger.ts";
import { long, seedOf } from "./length.ts";
import { report } from "./report.ts";
import { tapOn } from "./tap.ts";
import { endOf, Verdict } from "./verdict.ts";
import { witnessOf } from "./witness.ts";

const JOBS = long ? 120 : 8;
const AT_ONCE = 4;
const DELAY_MS_MAX = 200;
const ENDS_WITHIN_MS = 60_000;
/** What at least is to be said twice. */
const subjects = ["rtl.v1.job.submit", "_INBOX.>", "rtl.v1.node.*.beat"];

test("a bus that says everything twice and out of order changes no result", async (t) => {
  const random = new Random(seedOf(t));
  const ledger = openLedger(t);
  const nodes = [1, 2].map(() => ({ threads: 2, tasks: chaosTasks }));
  const system = await startSystem(t, { relays: 2, nodes });
  const witness = await witnessOf(system);
  const tap = await tapOn(system, random, DELAY_MS_MAX);
  const rtl = await system.connect();
  const verdict = new Verdict((text) => t.diagnostic(text));
  const known = new Map<string, { endedAt: number; graceMs: number } | undefined>();
  let chunks = 0;

  const runOne = async (number: number) => {
    const kind = random.oneOf(kinds);
    const size = { chunks: random.whole(1, 12), ms: random.oneOf([0, 5, 40]) };
    const job = jobOf(kind, `${kind}-${number}`, size, { ledger: ledger.file, ...system });
    const { id, input, document } = job;
    known.set(id, undefined);
    chunks += job.chunks;
    const handle = await rtl.submit(document, { id, ...(input && { input }) });
    const isCancelled = number % 4 === 3;
    if (isCancelled) {
      const began = () => ledger.executions().some((execution) => execution.job === id);
      await waitUntil(began, "the job did not begin");
      await handle.cancel();
    }
    const ended = await endOf(handle, ENDS_WITHIN_MS);
    const { state = "failed" } = ended.done ?? {};
    // A cancellation may come when the job is over.
    const cameLate = isCancelled && state === "completed";
    verdict.judge(
      id,
      ended,
      isCancelled && !cameLate
        ? { state: "cancelled" }
        : { state: "completed", columns: job.expected },
      witness,
    );
    if (state === "cancelled") {
      known.set(id, { endedAt: Date.parse(ended.done?.time ?? ""), graceMs: 0 });
    }
  };
  let next = 0;
  const stream = async () => {
    while (next < JOBS) await runOne(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, stream));
  const isSaidTwice = (subject: string) => (tap.copies.get(subject) ?? 0) > 0;
  // On a fast machine all jobs are over before the first beat.
  await waitUntil(() => subjects.every(isSaidTwice), `said once only, of ${subjects.join(", ")}`);
  await tap.close();
  const executions = ledger.executions();
  verdict.judgeWork(executions, known);
  system.assertAlive();
  report({
    fault: "message repeated late and out of order",
    injected: [...tap.copies.values()].reduce((sum, count) => sum + count, 0),
    jobs: JOBS,
    chunks,
    ...verdict.counts,
    executions: { doubled: repeated(executions), allowed: 0 },
  });
});
