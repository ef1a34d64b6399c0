/**
 * T6: the store's disk is small, and gets full. New jobs are refused with a reason and a fix, those that
 * run come to an end, nobody hangs, and when there is room again the next job is taken as ever.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { buckets } from "../../src/cache/bounds.ts";
import type { Rtl } from "../../src/index.ts";
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
const padding = "x".repeat(200_000);

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
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], ...options });
  return { volume, system, rtl: await system.connect() };
}

/** Hands in jobs with large documents until the store takes no more. */
async function fillStore(rtl: Rtl): Promise<{ readonly taken: number; readonly refusal: Error }> {
  const document = { labels: { padding: "" }, stages: { a: { tasks: [{ linger: { ms: 0 } }] } } };
  for (let taken = 0; taken < 10_000; taken++) {
    const stages = { a: { tasks: [{ linger: { ms: 0 } }, { null: { padding } }] } };
    const submitted = rtl.submit({ ...document, labels: {}, stages });
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
  // Whether its end can be recorded or not, it is told.
  const end = await running.done({ timeoutMs: 60_000 });
  t.diagnostic(
    `the job that ran while the store was full: ${end.state} ${end.failure?.code ?? ""}`,
  );
  await freeStore(system);
  const next = await tally.submit(rtl, shape);
  await tally.completed(next, shape);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "store full", injected: 1, jobs, chunks, ...counts });
});

test("a disk that others fill does no harm while it is full only beside the store", async (t) => {
  const { volume, system, rtl } = await onSmallVolume(t);
  const tally = new Tally();
  const before = await tally.submit(rtl, { ...shape, ms: 100 });
  volume?.fill();
  // What is under way needs the store to end; it may wait, and whoever submits is not left hanging.
  const refused = await rtl.submit({ stages: { a: { tasks: [{ linger: { ms: 0 } }] } } }).then(
    () => undefined,
    (error: Error & { readonly code?: string }) => error,
  );
  t.diagnostic(`a submit while the disk was full: ${refused?.message ?? "taken"}`);
  volume?.free();
  if (volume !== undefined) {
    // 2.9.10 may hang for good then: it is ended and started anew, as rtl start does.
    await system.server.kill();
    await system.server.restart();
  }
  await tally.completed(before, { ...shape, ms: 100 });
  await waitUntil(async () => (await rtl.nodes()).nodes.length === 1, "the node is not back");
  const next = await tally.submit(rtl, shape);
  await tally.completed(next, shape);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "disk full", injected: 1, jobs, chunks, ...counts });
});
