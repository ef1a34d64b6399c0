/**
 * T3: the NATS server is killed in each phase of jobs and comes back after a while. No job that was
 * handed in is lost, whatever was under way; nobody is restarted but the server.
 */
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { JobHandle, Rtl } from "../../src/index.ts";
import { type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";
import { type Shape, Tally } from "./bus-jobs.ts";
import { long } from "./length.ts";
import { report } from "./report.ts";

/** How long the server stays away. */
const outagesMs = long ? [200, 5_000, 60_000] : [200];
const repeats = long ? { 200: 10, 5000: 3, 60000: 1 } : { 200: 1 };
/** A client that waits out the longest of them. */
const patienceMs = 180_000;
const env = { RTL_LEASE_MS: "900ms" };
const brief: Shape = { rows: 40, rowsPerChunk: 2, ms: 20 };
const wide: Shape = { rows: 60_000, rowsPerChunk: 10_000, ms: 20 };

interface Stage {
  readonly system: System;
  readonly rtl: Rtl;
  readonly tally: Tally;
  /** Kills the server; resolves when it is back. */
  outage(): Promise<void>;
}

async function reached(job: JobHandle, done: number): Promise<void> {
  for await (const event of job.watch()) {
    if (event.type === "job.done") return;
    if (event.type !== "job.progress") continue;
    if (event.stages.some((stage) => stage.done >= done)) return;
  }
}

const phases: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async submit({ rtl, tally, outage }) {
    const submits = Array.from({ length: 4 }, () => tally.submit(rtl, brief));
    const back = outage();
    for (const job of await Promise.all(submits)) await tally.completed(job, brief);
    await back;
  },
  async split({ rtl, tally, outage }) {
    const job = await tally.submit(rtl, brief);
    const back = outage();
    await tally.completed(job, brief);
    await back;
  },
  async run({ rtl, tally, outage }) {
    const job = await tally.submit(rtl, brief);
    await reached(job, 5);
    const back = outage();
    await tally.completed(job, brief);
    await back;
  },
  async assemble({ rtl, tally, outage }) {
    const job = await tally.submit(rtl, wide);
    await reached(job, wide.rows / wide.rowsPerChunk - 1);
    const back = outage();
    await tally.completed(job, wide);
    await back;
  },
  async cancel({ rtl, tally, outage }) {
    const job = await tally.submit(rtl, { ...brief, ms: 200 });
    await reached(job, 1);
    const asked = job.cancel({ reason: "a test", graceMs: 0 });
    const back = outage();
    await asked;
    await tally.cancelled(job);
    await back;
  },
};

for (const outageMs of outagesMs) {
  test(`no job is lost to a server that is killed and away for ${outageMs} ms`, async (t) => {
    const nodes = [{ threads: 2 }, { threads: 2 }];
    const system = await startSystem(t, { relays: 2, nodes, env });
    const rtl = await system.connect({ patienceMs });
    const tally = new Tally();
    const recoveryMs: number[] = [];
    let injected = 0;
    const outage = async () => {
      injected++;
      await system.server.kill();
      // Not to wait for anything: this is how long the server is away.
      await pause(outageMs);
      await system.server.restart();
    };
    for (let round = 0; round < (repeats[outageMs as keyof typeof repeats] ?? 1); round++) {
      for (const [name, run] of Object.entries(phases)) {
        const began = Date.now();
        await run({ system, rtl, tally, outage });
        recoveryMs.push(Date.now() - began - outageMs);
        t.diagnostic(`${name}: ${recoveryMs.at(-1)} ms beside the outage`);
        await served(system, rtl);
      }
    }
    system.assertAlive();
    t.diagnostic(tally.notes.join("\n"));
    const { jobs, chunks, counts } = tally;
    report({
      fault: `nats-server killed, ${outageMs} ms`,
      injected,
      jobs,
      chunks,
      ...counts,
      recoveryMs,
    });
  });
}

/** Every service is connected again, and known: the next harm finds a whole system. */
async function served({ relays, nodes }: System, rtl: Rtl): Promise<void> {
  const said = (log: string, text: string) => log.split(text).length;
  const isBack = (log: string) => said(log, "bus reconnected") === said(log, "bus disconnected");
  await waitUntil(async () => {
    if (![...relays, ...nodes].every((service) => isBack(service.log()))) return false;
    const known = await rtl.nodes();
    return known.nodes.length === nodes.length && known.relays.length === relays.length;
  }, "the system did not come together again");
}
