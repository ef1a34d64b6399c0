/**
 * T8: work that takes its thread or its whole node along, wherever it runs, or that never ends. It
 * costs its own job, within that job's attempts, and nothing else: jobs on the same nodes end right.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { connectBus } from "../../src/bus/connect.ts";
import { DeadLetters } from "../../src/cache/dead-letters.ts";
import { flowLimits } from "../../src/flow/state.ts";
import { createLog } from "../../src/host/log.ts";
import { Random } from "../sim/random.ts";
import { type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { jobOf, kinds } from "./jobs.ts";
import { NodeKeeper, unlucky } from "./keeper.ts";
import { openLedger, repeated } from "./ledger.ts";
import { long, seedOf } from "./length.ts";
import { report } from "./report.ts";
import type { Trouble } from "./tasks/ledgered.ts";
import { endOf, Verdict } from "./verdict.ts";
import { witnessOf } from "./witness.ts";

/** Long enough that a busy machine takes no node for dead that lives. */
const LEASE_MS = long ? 3_000 : 1_500;
const GRACE_MS = 300;
const ENDS_WITHIN_MS = 120_000;
const ATTEMPTS = 3;
/** The loss of a node that was known to have the work costs no attempt, but has a bound of its own. */
const TRIES_MAX = ATTEMPTS + flowLimits.lossesMax - 1;
const ROUNDS = long ? 5 : 1;
const THREADS = 2;

interface Poison {
  readonly trouble: Trouble;
  readonly what: string;
  /** What its dead letter must know; a task that runs over its limit is a task's failure, and has none. */
  readonly evidence?: RegExp;
}
const poisons: readonly Poison[] = [
  { trouble: "segfault", what: "task crashes its node, always", evidence: /node/ },
  { trouble: "exit", what: "task exits, always", evidence: /exit code 3/ },
  { trouble: "memory", what: "task runs out of memory, always", evidence: /out of memory/ },
  { trouble: "hang", what: "task hangs, always" },
  { trouble: "deaf", what: "task loops and heeds nothing, always" },
];

for (const poison of poisons) {
  test(`${poison.what}: its job fails, others do not`, (t) => poisoned(t, poison));
}

async function poisoned(t: TestContext, { trouble, what, evidence }: Poison): Promise<void> {
  const random = new Random(seedOf(t));
  const ledger = openLedger(t);
  const env = { RTL_LEASE_MS: `${LEASE_MS}ms`, RTL_GRACE_MS: `${GRACE_MS}ms`, ...unlucky };
  const system = await startSystem(t, { nodes: [], env });
  const witness = await witnessOf(system);
  const keeper = new NodeKeeper(system, random, THREADS);
  await keeper.start(2);
  const over = new AbortController();
  system.server.after(() => over.abort());
  const keeping = keeper.restartUntil(over.signal);
  const rtl = await system.connect();
  const letters = await deadLettersOf(system);
  const verdict = new Verdict((text) => t.diagnostic(text));
  const known = new Map<string, { endedAt: number; graceMs: number } | undefined>();
  let jobs = 0;
  let chunks = 0;

  const poison = async (round: number) => {
    const id = `poison-${round}`;
    const params = {
      ledger: ledger.file,
      job: id,
      stage: "work",
      troubles: [trouble],
      always: true,
    };
    const stage = {
      tasks: [{ ledgered: params }],
      retry: { attempts: ATTEMPTS, backoff: "20ms" },
      ...((trouble === "hang" || trouble === "deaf") && { timeout: "400ms" }),
    };
    known.set(id, undefined);
    const job = await rtl.submit({ stages: { work: stage } }, { id, input: { x: [1, 2] } });
    const ended = await endOf(job, ENDS_WITHIN_MS);
    verdict.judge(id, ended, { state: "failed" }, witness);
    known.set(id, { endedAt: Date.parse(ended.done?.time ?? ""), graceMs: GRACE_MS });
    // Who reads the failure learns which task did it.
    const failure = ended.done?.failure;
    assert.match(JSON.stringify(failure), /ledgered|work/);
    assert.ok(failure?.at?.stage, JSON.stringify(failure));
    if (evidence === undefined) return;
    const written = async () => (await letters.get(id)) !== undefined;
    await waitUntil(written, "there is no dead letter");
    const letter = await letters.get(id);
    assert.deepEqual([letter?.stage, letter?.chunk, letter?.inputs[0]?.rows], ["work", 0, 2]);
    for (const attempt of letter?.attempts ?? []) {
      assert.match(attempt.message, evidence);
      // A node that ends before its next beat has had no time to say what it had in hand.
      assert.match(attempt.node ?? "node-1", /^node-[12]$/);
    }
  };
  const innocent = async (name: string) => {
    const job = jobOf(
      random.oneOf(kinds),
      name,
      { chunks: 8, ms: 60 },
      { ledger: ledger.file, ...system },
    );
    known.set(job.id, undefined);
    jobs++;
    chunks += job.chunks;
    const { id, input } = job;
    const handle = await rtl.submit(job.document, { id, ...(input && { input }) });
    const expected = { state: "completed", columns: job.expected } as const;
    verdict.judge(id, await endOf(handle, ENDS_WITHIN_MS), expected, witness);
  };
  for (let round = 0; round < ROUNDS; round++) {
    const beside = [0, 1].map((number) => innocent(`beside-${round}-${number}`));
    await Promise.all([...beside, poison(round)]);
    await waitUntil(async () => (await rtl.nodes()).nodes.length > 0, "no node came back");
    await innocent(`after-${round}`);
  }
  over.abort();
  await keeping;
  const executions = ledger.executions();
  verdict.judgeWork(executions, known);
  const poisonous = executions.filter(({ job }) => job.startsWith("poison"));
  assert.ok(poisonous.length > 0 && poisonous.length <= ROUNDS * TRIES_MAX, "it is tried for ever");
  report({
    fault: what,
    injected: poisonous.length,
    jobs: jobs + ROUNDS,
    chunks: chunks + ROUNDS,
    ...verdict.counts,
    executions: {
      doubled: repeated(executions.filter(({ job }) => !job.startsWith("poison"))),
      allowed: keeper.deaths * THREADS,
    },
  });
}

async function deadLettersOf(system: System): Promise<DeadLetters> {
  const log = createLog({ logLevel: "error", logFormat: "json" });
  const bus = await connectBus({ servers: [system.url], id: "undertaker", log });
  system.server.after(() => bus.drain());
  return new DeadLetters(bus);
}
