/**
 * Three nats-servers that keep everything three times: the one that leads the jobs' records is killed
 * in the middle of many jobs, and none of them is lost.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buckets, eventStream } from "../../src/cache/bounds.ts";
import { lastFirst } from "../support/last-first.ts";
import { withNatsCluster } from "../support/nats-cluster.ts";
import { busOn } from "../support/quiet-bus.ts";
import { startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { type Shape, Tally } from "./bus-jobs.ts";
import { long } from "./length.ts";
import { report } from "./report.ts";

const shape: Shape = { rows: 40, rowsPerChunk: 2, ms: 20 };
const jobsAtOnce = long ? 20 : 6;
const rounds = long ? 4 : 1;
const records = `KV_${buckets.jobs.name}`;

test("no job is lost when the leader of a cluster is killed in the middle of many", async (t) => {
  const scope = lastFirst(t);
  const cluster = await withNatsCluster(scope);
  const nodes = [{ threads: 2 }, { threads: 2 }];
  const env = { RTL_REPLICAS: "3" };
  const system = await startSystem(scope, { relays: 2, nodes, env, bus: cluster });
  const rtl = await system.connect({ patienceMs: 120_000 });
  const { streams } = await (await busOn(cluster, "looker")).connection.jetstreamManager();
  for (const name of [records, `KV_${buckets.results.name}`, eventStream.name]) {
    assert.equal((await streams.info(name)).config.num_replicas, 3, name);
  }
  const tally = new Tally();
  const recoveryMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await Promise.all(
      Array.from({ length: jobsAtOnce / 2 }, () => tally.submit(rtl, shape)),
    );
    const leader = await cluster.leaderOf(records);
    const began = Date.now();
    await cluster.kill(leader);
    // Half of them are handed in while nobody leads.
    const after = Array.from({ length: jobsAtOnce / 2 }, () => tally.submit(rtl, shape));
    for (const job of [...before, ...(await Promise.all(after))]) await tally.completed(job, shape);
    recoveryMs.push(Date.now() - began);
    await cluster.restart(leader);
    const isWhole = async () => (await cluster.currentOf(records)) === 3;
    await waitUntil(isWhole, "the member that was killed does not catch up", 60_000);
  }
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "cluster leader killed", injected: rounds, jobs, chunks, ...counts, recoveryMs });
});
