/**
 * Jobs of every kind are cancelled at random moments: before they are measured, while they wait, run
 * and are put together, when they are over; once, twice, by message and by request, on two relays, between
 * cancels of jobs that nobody knows. All settle, nothing of them runs afterwards, and every slot is there
 * again.
 */
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import { isAlive } from "../../src/host/process-alive.ts";
import type { JobDone, JobHandle, JobWireEvent } from "../../src/index.ts";
import { RtlError } from "../../src/index.ts";
import { Random } from "../sim/random.ts";
import { startSystem, testTasks } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { long } from "./length.ts";
import { report } from "./report.ts";
import { type StormJob, stormJob } from "./storm-jobs.ts";

const JOBS = long ? 500 : 40;
/** Jobs under way at once: more than there are slots, so that some wait. */
const AT_ONCE = 6;
const THREADS = 2;
const NODES = 2;
const GRACE_MS = 100;
const AGE_MS_MAX = 400;
/** Longer than any job of the storm may take. */
const SETTLE_MS_MAX = 60_000;

const moments = ["aged", "aged", "running", "running", "assembling", "done"] as const;

interface Ended {
  readonly job: StormJob;
  /** Undefined when it did not settle. */
  readonly done: JobDone | undefined;
  readonly seenAt: number;
  /** From the first cancel to the news of the end. */
  readonly tookMs: number;
  /** The result of a completed job is right; a cancelled one has none. */
  readonly fault: "wrong" | "phantom" | undefined;
  readonly durable: boolean;
}

test(`${JOBS} jobs are cancelled at random moments: all settle, nothing is left, all slots are free`, async (t) => {
  const seed = Number(process.env["RTL_SEED"] ?? randomInt(2 ** 31));
  t.diagnostic(`RTL_SEED=${seed}`);
  const random = new Random(seed);
  const system = await startSystem(t, {
    relays: 2,
    nodes: Array.from({ length: NODES }, () => ({ threads: THREADS, tasks: testTasks })),
    env: { RTL_GRACE_MS: String(GRACE_MS) },
  });
  const files = { data: system.data, ledger: join(system.data, "ledger") };
  writeFileSync(files.ledger, "");
  const clients = await Promise.all([0, 1, 2].map(() => system.connect()));
  const log = createLog({ logLevel: "silent", logFormat: "json" });
  const bus = await connectBus({ servers: system.url, id: "storm", log });
  t.after(() => bus.drain());
  const ends = new Map<string, number>();
  bus.connection.subscribe("rtl.v1.job.*.event", {
    callback: (_error, { subject, data }) => {
      // A look at the bytes is enough: the last event of a job says so in its type.
      if (!Buffer.from(data).includes("job.done")) return;
      ends.set(subject, (ends.get(subject) ?? 0) + 1);
    },
  });
  await bus.flush();

  const traces = () => readFileSync(files.ledger, "utf8").trimEnd().split("\n");
  /** Resolves when so many pieces of a job have begun. */
  const ran = (id: string, pieces: number) =>
    waitUntil(
      () => traces().filter((line) => line.startsWith(`${id} `)).length >= pieces,
      `${pieces} pieces of ${id} did not begin`,
      SETTLE_MS_MAX,
    );
  const one = async (place: number): Promise<Ended> => {
    const job = stormJob(place, files, random);
    const [owner, other] = [random.oneOf(clients), random.oneOf(clients)];
    const mode = random.chance(0.25) ? "ephemeral" : "durable";
    const moment = random.oneOf(moments);
    const [age, part] = [random.whole(0, AGE_MS_MAX), random.whole(1, job.chunks)];
    const graceMs = random.oneOf([0, 50, GRACE_MS]);
    const [bare, twice, unknown] = [random.chance(0.3), random.chance(0.3), random.chance(0.2)];
    const handle = await owner.submit(job.document, { id: job.id, mode });
    if (moment === "aged") await pause(age);
    else if (moment === "running") await ran(job.id, part);
    else if (moment === "done") await reached(handle, "job.done", job.chunks);
    else if (moment === "assembling") await reached(handle, "stage.completed", job.chunks);
    const began = performance.now();
    const unknowns = unknown ? [other.job(`nobody-${place}`).cancel().catch(expectUnknown)] : [];
    if (bare) {
      // Before its relay has the job, what comes from elsewhere cancels an id that nobody knows.
      if (mode === "ephemeral") await heardOf(handle);
      const body = graceMs === GRACE_MS ? "" : JSON.stringify({ graceMs });
      bus.connection.publish(`rtl.v1.job.${job.id}.cancel`, body);
    } else await (mode === "durable" ? other.job(job.id) : handle).cancel({ graceMs });
    if (twice) {
      await handle.cancel({ graceMs });
    }
    const done = await handle.done({ timeoutMs: SETTLE_MS_MAX }).catch(() => undefined);
    const seenAt = Date.now();
    const tookMs = performance.now() - began;
    await Promise.all(unknowns);
    let fault: Ended["fault"];
    try {
      const result = await handle.result({ timeoutMs: SETTLE_MS_MAX });
      if (done?.state !== "completed") fault = "phantom";
      else job.check(result);
    } catch (error) {
      const cancelled = error instanceof RtlError && error.code === "RTL_JOB_CANCELLED";
      if (!cancelled || done?.state !== "cancelled") fault = "wrong";
      if (fault) t.diagnostic(`${job.id} ${job.kind} ${mode} ${done?.state}: ${error}`);
    }
    return { job, done, seenAt, tookMs, fault, durable: mode === "durable" };
  };

  const ended: Ended[] = [];
  let next = 0;
  const lane = async () => {
    while (next < JOBS) ended.push(await one(next++));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));

  const executions = traces().length;
  const slots = NODES * THREADS;
  const crowd = await Promise.all(
    Array.from({ length: slots }, (_, place) =>
      clients[0]?.submit({ 0: { tasks: { crowd: { name: "all", place, count: slots } } } }),
    ),
  );
  const met = await Promise.allSettled(
    crowd.map((handle) => handle?.result({ timeoutMs: SETTLE_MS_MAX })),
  );
  const left = readdirSync(system.data)
    .filter((name) => name.endsWith(".pids"))
    .flatMap((name) => readFileSync(join(system.data, name), "utf8").trim().split("\n"))
    .filter((pid) => isAlive(Number(pid)));
  t.after(() => {
    for (const pid of left) process.kill(Number(pid), "SIGKILL");
  });
  system.assertAlive();

  const seen = new Map(ended.map(({ job, seenAt }) => [job.id, seenAt]));
  const late = traces().filter((line) => {
    const [job = "", at] = line.split(" ");
    return Number(at) > (seen.get(job) ?? Number.POSITIVE_INFINITY);
  });
  // What is kept of a job says the same as its last event did, whoever is asked.
  const kept = await Promise.all(
    ended
      .flatMap(({ job, done, durable }) =>
        durable
          ? [
              clients[1]
                ?.job(job.id)
                .status()
                .then((record) => ({ record, done })),
            ]
          : [],
      )
      .map((one) => one?.catch(() => undefined)),
  );
  const differs = kept.filter(
    (one) => one && !isDeepStrictEqual(endOf(one.record), endOf(one.done)),
  );
  const count = (fault: Ended["fault"]) => ended.filter((one) => one.fault === fault).length;
  const settled = ended.filter(({ done }) => done !== undefined).length;
  t.diagnostic(summary(ended.map(({ job, done }) => `${job.kind} ${done?.state}`)));
  report({
    fault: "cancel storm",
    injected: JOBS,
    jobs: JOBS,
    chunks: executions,
    lost: kept.filter((one) => one === undefined).length,
    wrong: count("wrong") + differs.length,
    doubled: [...ends.values()].filter((times) => times > 1).length,
    phantom: count("phantom") + late.length + (traces().length - executions),
    stuck: JOBS - settled + left.length + met.filter(({ status }) => status !== "fulfilled").length,
    cancelMs: ended.flatMap(({ done, tookMs }) => (done?.state === "cancelled" ? [tookMs] : [])),
  });
});

const endOf = (job: (Pick<JobDone, "cancelled"> & { readonly state: string }) | undefined) => [
  job?.state,
  job?.cancelled?.by,
  job?.cancelled?.reason,
  job?.cancelled?.at,
];

/** Waits for this event of a job that makes progress by itself; the others never come so far. */
async function reached(job: JobHandle, type: JobWireEvent["type"], chunks: number): Promise<void> {
  if (chunks === 1) return;
  for await (const event of job.watch()) if (event.type === type) return;
}

/** Resolves with the first that is heard of a job. */
async function heardOf(job: JobHandle): Promise<void> {
  for await (const _ of job.watch()) return;
}

/** How often each of these was seen. */
function summary(seen: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const one of seen) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([one, count]) => `${count} ${one}`).join(", ");
}

function expectUnknown(error: unknown): void {
  if (!(error instanceof RtlError) || error.code !== "RTL_JOB_UNKNOWN") throw error;
}
