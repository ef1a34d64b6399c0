/**
 * T11: a power cut takes what the server had acknowledged but not yet written. Its model: the store as
 * it was a while ago is put under a server that is started anew. Jobs that it does not know any more
 * are reported as unknown, nobody waits for them for ever, and who submits them again gets them done.
 */
import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Rtl } from "../../src/index.ts";
import { failureOf } from "../support/failures.ts";
import { lastFirst } from "../support/last-first.ts";
import { startSystem } from "../support/system.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitUntil } from "../support/wait-until.ts";
import { type Shape, Tally } from "./bus-jobs.ts";
import { long } from "./length.ts";
import { report } from "./report.ts";

const shape: Shape = { rows: 20, rowsPerChunk: 2, ms: 10 };
const slow: Shape = { rows: 400, rowsPerChunk: 2, ms: 100 };
const jobsLost = long ? 20 : 3;
const env = { RTL_LEASE_MS: "900ms" };

const hasNode = (rtl: Rtl) => async () => (await rtl.nodes()).nodes.length === 1;

test("jobs that a power cut took are reported as unknown, and submitted again they are done", async (t) => {
  const scope = lastFirst(t);
  const copy = tempFolder(scope);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], env });
  const { storeDir } = system.server;
  const rtl = await system.connect();
  const tally = new Tally();
  const kept = await tally.submit(rtl, shape, "kept");
  await tally.completed(kept, shape);
  // The server is still; a copy of a store that is written to is what no disk would hold.
  await system.server.stop();
  cpSync(join(storeDir, "jetstream"), join(copy, "jetstream"), { recursive: true });
  await system.server.restart();
  await waitUntil(hasNode(rtl), "the node is not back");

  const ids = Array.from({ length: jobsLost }, (_, at) => `taken-${at}`);
  for (const id of ids) await tally.completed(await tally.submit(rtl, shape, id), shape);
  const running = await rtl.submit({ stages: { a: { tasks: [{ gate: { file: "open" } }] } } });

  await system.server.kill();
  for (const relay of system.relays) await relay.kill("SIGKILL");
  rmSync(join(storeDir, "jetstream"), { recursive: true });
  cpSync(join(copy, "jetstream"), join(storeDir, "jetstream"), { recursive: true });
  const began = Date.now();
  await system.server.restart();
  await system.startRelay();
  await waitUntil(hasNode(rtl), "the node is not back");

  assert.equal((await rtl.job("kept").status()).state, "completed");
  // Who waits is told, whether the wait began before or after.
  await failureOf(running.done({ timeoutMs: 60_000 }), "RTL_JOB_UNKNOWN");
  for (const id of ids) {
    await failureOf(rtl.job(id).status(), "RTL_JOB_UNKNOWN");
    await failureOf(rtl.job(id).done({ timeoutMs: 60_000 }), "RTL_JOB_UNKNOWN");
    const again = await tally.submit(rtl, shape, id);
    assert.equal(again.created, true);
    await tally.completed(again, shape);
  }
  const recoveryMs = [Date.now() - began];
  writeFileSync(join(system.data, "open"), "");
  // What was kept is the same job still.
  const same = await tally.submit(rtl, shape, "kept");
  assert.equal(same.created, false);
  await tally.completed(same, shape);
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "power cut", injected: 1, jobs, chunks, ...counts, recoveryMs });
});

test("a job that runs while its record is taken ends, and is told once", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], env });
  const { storeDir } = system.server;
  const rtl = await system.connect();
  const tally = new Tally();
  const job = await tally.submit(rtl, { ...slow, rows: 40 });
  await system.server.kill();
  rmSync(join(storeDir, "jetstream"), { recursive: true });
  await system.server.restart();
  await tally.completed(job, { ...slow, rows: 40 });
  const next = await tally.submit(rtl, shape);
  await tally.completed(next, shape);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "store lost", injected: 1, jobs, chunks, ...counts });
});
