/**
 * T9: a client that reads slowly, a node that is slow, and a producer that hands in far more than is
 * done. Nothing is dropped, the server cuts nobody off, and the relay's memory stays as it was.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JobHandle } from "../../src/index.ts";
import { lastFirst } from "../support/last-first.ts";
import { type System, startSystem } from "../support/system.ts";
import { withTcpProxy } from "../support/tcp-proxy.ts";
import { type Shape, Tally } from "./bus-jobs.ts";
import { long } from "./length.ts";
import { report } from "./report.ts";

/** Of what it was when all had warmed up. */
const growthMax = 1.2;

/** Memory that a process takes up, in bytes. */
function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1] ?? Number.NaN) * 1024;
}

function assertNobodyCutOff(system: System): void {
  const log = readFileSync(join(system.server.storeDir, "nats-server.log"), "utf8");
  assert.doesNotMatch(log, /slow consumer/i);
}

test("a producer that is far too fast fills no memory and loses nothing", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }] });
  const rtl = await system.connect();
  const tally = new Tally();
  // As many as are handed in at once, and chunks that take a tenth of what it takes to do them.
  const batch = long ? 400 : 30;
  const batches = long ? 12 : 4;
  const shape: Shape = { rows: 2_000, rowsPerChunk: 1_000, ms: long ? 10 : 2 };
  const [relay] = system.relays;
  assert.ok(relay);
  const seen: number[] = [];
  for (let number = 0; number < batches; number++) {
    const jobs = await Promise.all(Array.from({ length: batch }, () => tally.submit(rtl, shape)));
    for (const job of jobs) await tally.completed(job, shape);
    seen.push(residentBytes(relay.pid));
  }
  const megabytes = seen.map((bytes) => Math.round(bytes / 2 ** 20));
  t.diagnostic(`the relay's memory after each batch, in MB: ${megabytes.join(" ")}`);
  // The first half warms up: code is compiled, and the heap finds its size.
  const warm = Math.max(...seen.slice(0, batches / 2));
  const last = Math.min(...seen.slice(batches / 2));
  assert.ok(last <= growthMax * warm, `it grew: ${megabytes.join(" ")} MB`);
  assertNobodyCutOff(system);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "producer too fast", injected: batches, jobs, chunks, ...counts });
});

test("a client that reads slowly gets all of it, and holds nobody else up", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }] });
  const proxy = await withTcpProxy({ after: system.server.after }, system.server);
  const slow = await system.connect({ servers: proxy.url });
  const fast = await system.connect();
  const tally = new Tally();
  const large: Shape = { rows: long ? 400_000 : 100_000, rowsPerChunk: 10_000, ms: 0 };
  const small: Shape = { rows: 20, rowsPerChunk: 2, ms: 2 };
  const job = await tally.submit(slow, large);
  await job.done();
  const [relay] = system.relays;
  assert.ok(relay);
  const before = residentBytes(relay.pid);
  // Three columns of eight bytes: in the short form about two seconds of reading.
  proxy.slow(1_000_000);
  const reading = tally.completed(job, large);
  let isRead = false;
  void reading.finally(() => {
    isRead = true;
  });
  let others = 0;
  while (!isRead) {
    await tally.completed(await tally.submit(fast, small), small);
    others++;
  }
  await reading;
  t.diagnostic(`${others} jobs of another client meanwhile`);
  assert.ok(others > 1, "the other client was held up");
  const after = residentBytes(relay.pid);
  t.diagnostic(`the relay's memory: ${before} bytes before, ${after} after`);
  assertNobodyCutOff(system);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "client reads slowly", injected: 1, jobs, chunks, ...counts });
});

test("a node behind a slow and distant link takes less of the work, and nothing is dropped", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 1, id: "near" }] });
  const proxy = await withTcpProxy({ after: system.server.after }, system.server);
  await system.startNode({ threads: 1, id: "far" }, { NATS_URL: proxy.url });
  const rtl = await system.connect();
  const tally = new Tally();
  proxy.delay(100);
  proxy.slow(200_000);
  const shape: Shape = { rows: long ? 600 : 60, rowsPerChunk: 1, ms: 20 };
  const jobs: JobHandle[] = [];
  for (let number = 0; number < (long ? 5 : 1); number++) {
    const job = await tally.submit(rtl, shape);
    await tally.completed(job, shape);
    jobs.push(job);
  }
  const shares = { near: 0, far: 0 };
  for (const job of jobs) {
    for (const { nodes } of (await job.done()).stages) {
      shares.near += nodes["near"] ?? 0;
      shares.far += nodes["far"] ?? 0;
    }
  }
  t.diagnostic(`chunks done near: ${shares.near}, far: ${shares.far}`);
  assert.ok(shares.near > shares.far, "the slow node was given as much as the fast one");
  assertNobodyCutOff(system);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { chunks, counts } = tally;
  report({ fault: "node slow and far", injected: 1, jobs: tally.jobs, chunks, ...counts });
});
