/**
 * T1: tasknodes die in every way that processes and threads die, again and again, while they work;
 * what they were at is done by others, and every result is as if nothing had happened.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../sim/random.ts";
import { startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { chaosTasks, NodeKeeper, nextPause, unlucky } from "./keeper.ts";
import { mixed, openLedger, repeated } from "./ledger.ts";
import { long, seedOf } from "./length.ts";
import { report } from "./report.ts";
import { endOf, Verdict } from "./verdict.ts";
import { witnessOf } from "./witness.ts";

/** Long enough that a busy machine takes no node for dead that lives. */
const LEASE_MS = long ? 3_000 : 1_500;
const ENDS_WITHIN_MS = 300_000;
const retry = { attempts: 50, backoff: "20ms" };
const counting = (rows: number) => Float64Array.from({ length: rows }, (_, row) => row);
const truth = (x: Float64Array) => ({ x, y: x.map(mixed) });

test("nodes that are killed at random lose no chunk and commit none twice", async (t) => {
  const chunks = long ? 1_000 : 40;
  const threads = 2;
  const random = new Random(seedOf(t));
  const ledger = openLedger(t);
  const env = { RTL_LEASE_MS: `${LEASE_MS}ms`, ...unlucky };
  const system = await startSystem(t, { nodes: [], env });
  const witness = await witnessOf(system);
  const keeper = new NodeKeeper(system, random, threads);
  await keeper.start(3);
  const rtl = await system.connect();
  const x = counting(4 * chunks);
  const id = "killed-nodes";
  const params = { ledger: ledger.file, job: id, stage: "work", ms: 200 };
  const stage = { tasks: [{ ledgered: params }], split: { rows: 4 }, retry };
  const job = await rtl.submit({ stages: { work: stage } }, { id, input: { x } });

  const over = new AbortController();
  const killing = keeper.killUntil(over.signal, long ? 1_000 : 300);
  const ended = await endOf(job, ENDS_WITHIN_MS);
  over.abort();
  await killing;

  const verdict = new Verdict((text) => t.diagnostic(text));
  verdict.judge(id, ended, { state: "completed", columns: truth(x) }, witness);
  const executions = ledger.executions();
  verdict.judgeWork(executions, new Map([[id, undefined]]));
  system.assertAlive();
  assert.ok(keeper.kills.length > 0, "nobody was killed");
  report({
    fault: "tasknode killed, crashed, exited, told to leave",
    injected: keeper.kills.length,
    jobs: 1,
    chunks,
    ...verdict.counts,
    executions: { doubled: repeated(executions), allowed: keeper.allowed },
  });
});

test("tasks that end their threads cost no other chunk anything", async (t) => {
  const chunks = long ? 400 : 20;
  const every = long ? 5 : 7;
  const ledger = openLedger(t);
  const system = await startSystem(t, {
    nodes: [1, 2].map(() => ({ threads: 2, tasks: chaosTasks })),
    env: unlucky,
  });
  const witness = await witnessOf(system);
  const rtl = await system.connect();
  const x = counting(2 * chunks);
  const id = "ended-threads";
  const troubles = ["exit", "throw", "memory"];
  const params = { ledger: ledger.file, job: id, stage: "work", ms: 60, troubles, every };
  const stage = { tasks: [{ ledgered: params }], split: { rows: 2 }, retry };
  const job = await rtl.submit({ stages: { work: stage } }, { id, input: { x } });
  const ended = await endOf(job, ENDS_WITHIN_MS);

  const verdict = new Verdict((text) => t.diagnostic(text));
  verdict.judge(id, ended, { state: "completed", columns: truth(x) }, witness);
  const executions = ledger.executions();
  verdict.judgeWork(executions, new Map([[id, undefined]]));
  system.assertAlive();
  const injected = Math.ceil(chunks / every);
  report({
    fault: "thread exited, threw, ran out of memory",
    injected,
    jobs: 1,
    chunks,
    ...verdict.counts,
    executions: { doubled: repeated(executions), allowed: injected },
  });
});

test("the work of a node that is lost begins on another one", async (t) => {
  const times = long ? 20 : 1;
  const leaseMs = long ? 3_000 : 900;
  const random = new Random(seedOf(t));
  const ledger = openLedger(t);
  const env = { RTL_LEASE_MS: `${leaseMs}ms`, ...unlucky };
  const system = await startSystem(t, { nodes: [], env });
  const witness = await witnessOf(system);
  const keeper = new NodeKeeper(system, random, 1);
  await keeper.start(2);
  const rtl = await system.connect();
  const x = counting(1);
  const verdict = new Verdict((text) => t.diagnostic(text));
  const known = new Map<string, undefined>();
  const recoveryMs: number[] = [];
  for (let time = 0; time < times; time++) {
    const id = `lost-node-${time}`;
    known.set(id, undefined);
    const params = { ledger: ledger.file, job: id, stage: "work", troubles: ["hang"] };
    const stage = { tasks: [{ ledgered: params }], retry };
    const job = await rtl.submit({ stages: { work: stage } }, { id, input: { x } });
    const runs = () => ledger.executions().filter((execution) => execution.job === id);
    await waitUntil(() => runs().length === 1, "the work did not begin");
    // At any instant between two beats of the node.
    await new Promise((resolve) => setTimeout(resolve, nextPause(random, leaseMs / 3)));
    const holder = keeper.living.find((service) => service.id === runs()[0]?.node);
    assert.ok(holder, "the work runs nowhere");
    const { at } = await keeper.replace(holder, random.oneOf(["SIGKILL", "SIGSEGV", "exit"]));
    const ended = await endOf(job, ENDS_WITHIN_MS);
    verdict.judge(id, ended, { state: "completed", columns: truth(x) }, witness);
    recoveryMs.push((runs()[1]?.beganAt ?? Number.POSITIVE_INFINITY) - at);
  }
  const executions = ledger.executions();
  verdict.judgeWork(executions, known);
  report({
    fault: "node with work killed: until another begins it",
    injected: times,
    jobs: times,
    chunks: times,
    ...verdict.counts,
    executions: { doubled: repeated(executions), allowed: keeper.allowed },
    recoveryMs,
    aims: [{ name: "worker-loss", withinMs: leaseMs + 100 }],
  });
});
