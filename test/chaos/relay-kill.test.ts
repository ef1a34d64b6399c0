/**
 * T2: either of two relays, or both, killed at random instants while jobs of every kind run: each job
 * ends once and right, whoever submits it again gets the same job, and the same id never becomes
 * another.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rtl } from "../../src/index.ts";
import { Random } from "../sim/random.ts";
import { failureOf } from "../support/failures.ts";
import { startSystem } from "../support/system.ts";
import { submitted, untilAnswered } from "./client.ts";
import { type ChaosJob, jobOf, kinds } from "./jobs.ts";
import { chaosTasks } from "./keeper.ts";
import { openLedger, repeated } from "./ledger.ts";
import { long, seedOf } from "./length.ts";
import { RelayKeeper } from "./relay-keeper.ts";
import { report } from "./report.ts";
import { endOf, Verdict } from "./verdict.ts";
import { witnessOf } from "./witness.ts";

const KILLS = long ? 100 : 3;
const STREAMS = 4;
const THREADS = 2;
const NODES = 2;
const ENDS_WITHIN_MS = 120_000;
const TAKEOVER_MS = 2_000;

test("relays that are killed at random lose no job, and none ends twice", async (t) => {
  const random = new Random(seedOf(t));
  const ledger = openLedger(t);
  const nodes = Array.from({ length: NODES }, () => ({ threads: THREADS, tasks: chaosTasks }));
  const system = await startSystem(t, { relays: 0, nodes });
  const witness = await witnessOf(system);
  const keeper = new RelayKeeper(system, random, witness);
  await keeper.start(2);
  const [rtl, other] = [await system.connect(), await system.connect()];
  const shared: string[] = [];
  rtl.onResult("chaos", ({ job }) => shared.push(job));

  let killing = true;
  const killed = keeper.kill(KILLS, long ? 1_500 : 500).finally(() => {
    killing = false;
  });
  const verdict = new Verdict((text) => t.diagnostic(text));
  const known = new Map<string, undefined>();
  const counted = { jobs: 0, chunks: 0 };
  const runOne = async (job: ChaosJob) => {
    known.set(job.id, undefined);
    counted.jobs++;
    counted.chunks += job.chunks;
    const handle = await submitted(rtl, job, "chaos");
    await submittedAgain(other, job, verdict);
    const ended = await endOf(handle, ENDS_WITHIN_MS);
    verdict.judge(job.id, ended, { state: "completed", columns: job.expected }, witness);
    // Whoever comes after the end finds the same.
    const late = await submitted(other, job);
    if (late.created === true) verdict.count("doubled", `${job.id} was accepted again at its end`);
    const again = await endOf(late, ENDS_WITHIN_MS);
    verdict.judge(job.id, again, { state: "completed", columns: job.expected });
  };
  /** Inside of messages; with an input that the store keeps; in blocks that the nodes hold. */
  const sizes = [
    { chunks: long ? 100 : 8, ms: 40, rows: 10 },
    { chunks: long ? 12 : 8, ms: 150, rows: 1_000 },
    { chunks: long ? 12 : 8, ms: 150, rows: 6_000 },
  ];
  const stream = async (name: number) => {
    for (let number = 0; killing || number === 0; number++) {
      const [kind, size] = [random.oneOf(kinds), random.oneOf(sizes)];
      await runOne(
        jobOf(kind, `${kind}-${name}-${number}`, size, { ledger: ledger.file, ...system }),
      );
    }
  };
  await Promise.all([killed, ...Array.from({ length: STREAMS }, (_, name) => stream(name))]);

  const executions = ledger.executions();
  verdict.judgeWork(executions, known);
  for (const id of known.keys()) {
    const times = shared.filter((job) => job === id).length;
    verdict.count("lost", `${id} was not told to its group`, times === 0 ? 1 : 0);
  }
  system.assertAlive();
  report({
    fault: "relay killed (one of two, or both)",
    injected: keeper.kills.length,
    ...counted,
    ...verdict.counts,
    executions: {
      doubled: repeated(executions),
      allowed: keeper.kills.length * NODES * THREADS,
    },
    recoveryMs: keeper.recoveryMs(),
    aims: [{ name: "relay-takeover", withinMs: TAKEOVER_MS }],
  });
});

/** The same job again is the same job; another document under its id is refused. */
async function submittedAgain(rtl: Rtl, job: ChaosJob, verdict: Verdict): Promise<void> {
  const again = await submitted(rtl, job);
  if (again.created === true) verdict.count("doubled", `${job.id} was accepted twice`);
  const { id, input } = job;
  const another = { stages: { work: { tasks: ["null"] } } };
  const refused = untilAnswered(
    () =>
      failureOf(rtl.submit(another, { id, ...(input && { input }) })).then((error) => {
        if (error.code === "RTL_NO_RELAY") throw error;
        return error;
      }),
    `the submit of another document as ${id}`,
  );
  assert.equal((await refused).code, "RTL_JOB_CONFLICT");
}
