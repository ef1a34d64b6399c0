/**
 * T6: the store's disk is small, and gets full. New jobs are refused with a reason and a fix, those that
 * run come to an end, nobody hangs, and when there is room again the next job is taken as ever.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { buckets } from "../../src/cache/bounds.ts";
import { isAlive } from "../../src/host/process-alive.ts";
import { type Rtl, RtlError } from "../../src/index.ts";
import { failureOf } from "../support/failures.ts";
import { lastFirst } from "../support/last-first.ts";
import { busOn } from "../support/quiet-bus.ts";
import { type SmallVolume, smallVolume } from "../support/small-volume.ts";
import { type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { type Shape, Tally } from "./bus-jobs.ts";
import { report } from "./report.ts";

const shape: Shape = { rows: 40, rowsPerChunk: 2, ms: 20 };
const megabytes = 24;
/** The store's record of a job grows by its document. */
const padding = "x".repeat(50_000);

interface Small {
  readonly volume: SmallVolume | undefined;
  readonly system: System;
  readonly rtl: Rtl;
}

async function onSmallVolume(t: TestContext): Promise<Small> {
  const scope = lastFirst(t);
  const volume = smallVolume(scope, megabytes);
  if (volume === undefined) t.diagnostic("no mounting here: the store is bounded, its disk is not");
  const storeDir = volume?.folder;
  const options = storeDir === undefined ? {} : { storeDir };
  const watch = { everyMs: 500, tries: 4 };
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], watch, ...options });
  return { volume, system, rtl: await system.connect() };
}

/** Hands in jobs with large documents until the store takes no more. */
async function fillStore(rtl: Rtl): Promise<{ readonly taken: number; readonly refusal: Error }> {
  const document = { stages: { a: { tasks: [{ linger: { ms: 0 } }, { null: { padding } }] } } };
  for (let taken = 0; taken < 10_000; taken++) {
    const submitted = rtl.submit(document);
    const error: unknown = await submitted.then(
      () => undefined,
      (thrown) => thrown,
    );
    if (error instanceof Error) return { taken, refusal: error };
  }
  return assert.fail("the store never fills");
}

/** Removes records, as their age would. */
async function freeStore(system: System): Promise<void> {
  const { streams } = await (await busOn(system.server, "cleaner")).connection.jetstreamManager();
  for (const { name } of [buckets.jobs, buckets.results]) await streams.purge(`KV_${name}`);
}

test("a store that is full refuses jobs and says why, ends those that run, and recovers", async (t) => {
  const { system, rtl } = await onSmallVolume(t);
  const tally = new Tally();
  const first = await tally.submit(rtl, shape);
  await tally.completed(first, shape);
  const running = await tally.submit(rtl, { ...shape, ms: 150 });
  const { taken, refusal } = await fillStore(rtl);
  assert.ok(taken > 5, `only ${taken} jobs were taken`);
  const { message, fix } = await failureOf(Promise.reject(refusal), "RTL_LIMIT_EXCEEDED");
  assert.match(message, /store is full/);
  assert.match(fix ?? "", /free space/);
  // Its end is told when it is recorded: now, if there is just room enough, or when some is made.
  const ended = running.done({ timeoutMs: 60_000 });
  await freeStore(system);
  const end = await ended;
  t.diagnostic(
    `the job that ran while the store was full: ${end.state} ${end.failure?.code ?? ""}`,
  );
  const next = await tally.submit(rtl, shape);
  await tally.completed(next, shape);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "store full", injected: 1, jobs, chunks, ...counts });
});

test("a store whose disk others have filled is started anew, and serves when there is room", async (t) => {
  const { volume, system, rtl } = await onSmallVolume(t);
  const tally = new Tally();
  const before = await tally.submit(rtl, { ...shape, ms: 100 });
  const { pid } = system.server;
  volume?.fill();
  const brief = await system.connect({ patienceMs: 2_000 });
  // Either the server hangs, and the submit gets no answer; or it says itself what is wrong.
  const { refusal } = await fillStore(brief);
  t.diagnostic(`a submit while the disk was full: ${refusal}`);
  assert.ok(refusal instanceof RtlError);
  assert.ok(["RTL_NO_RELAY", "RTL_STORE_SILENT", "RTL_LIMIT_EXCEEDED"].includes(refusal.code));
  assert.ok(refusal.fix, "it is not said what to do");
  if (refusal.code !== "RTL_LIMIT_EXCEEDED") {
    await waitUntil(() => !isAlive(pid), "a server that hangs is not ended", 60_000);
  }
  volume?.free();
  await system.server.restart();
  await tally.completed(before, { ...shape, ms: 100 });
  await freeStore(system);
  const next = await tally.submit(rtl, shape);
  await tally.completed(next, shape);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "disk full", injected: 1, jobs, chunks, ...counts });
});
