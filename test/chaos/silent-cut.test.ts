/**
 * T4: a node, a relay, a client is cut off without a word, and comes back. Its work is given to others
 * after a lease, and what it says when it is back changes nothing.
 */
import { type TestContext, test } from "node:test";
import type { JobHandle, Rtl } from "../../src/index.ts";
import { clocks } from "../../src/protocol/limits.ts";
import { lastFirst } from "../support/last-first.ts";
import { netNamespace } from "../support/net-namespace.ts";
import { type Service, type System, startSystem } from "../support/system.ts";
import { withTcpProxy } from "../support/tcp-proxy.ts";
import { waitUntil } from "../support/wait-until.ts";
import { type Shape, Tally } from "./bus-jobs.ts";
import { long } from "./length.ts";
import { report } from "./report.ts";

const env = { RTL_LEASE_MS: "900ms" };
const shape: Shape = { rows: 60, rowsPerChunk: 1, ms: 30 };
const rounds = long ? 5 : 1;

/** How a cut is made and mended. */
interface Cut {
  readonly fault: string;
  cut(): void;
  heal(): void;
}

const said = (service: Service, text: string): number => service.log().split(text).length - 1;

/** In the long form a cut lasts until pings have told of it; in the short one until it has no effect. */
async function noticed(service: Service, before: number): Promise<void> {
  if (!long) return;
  const within = 3 * clocks.pingMs;
  const isNoticed = () => said(service, "bus disconnected") > before;
  // Some more for a machine that is busy.
  await waitUntil(isNoticed, `not noticed within three pings (${within} ms)`, 2 * within);
}

async function someDone(job: JobHandle, atLeast: number): Promise<void> {
  for await (const event of job.watch()) {
    if (event.type === "job.done") return;
    if (event.type !== "job.progress") continue;
    if (event.stages.some(({ done }) => done >= atLeast)) return;
  }
}

/** Cuts a service in the middle of a job, which must end all the same, and mends it. */
async function harm(
  t: TestContext,
  { rtl, system, service, link }: { rtl: Rtl; system: System; service: Service; link: Cut },
): Promise<void> {
  const tally = new Tally();
  const recoveryMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const job = await tally.submit(rtl, shape);
    await someDone(job, 5);
    const before = said(service, "bus disconnected");
    const began = Date.now();
    link.cut();
    await tally.completed(job, shape);
    recoveryMs.push(Date.now() - began);
    await noticed(service, before);
    link.heal();
    await waitUntil(() => there(rtl, service.id), `${service.id} did not come back`, 60_000);
    // What was there before the cut serves again, the one that was cut included.
    const next = await tally.submit(rtl, shape);
    await tally.completed(next, shape);
  }
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: link.fault, injected: rounds, jobs, chunks, ...counts, recoveryMs });
}

async function there(rtl: Rtl, id: string): Promise<boolean> {
  const { nodes, relays } = await rtl.nodes();
  return nodes.some(({ node }) => node === id) || relays.some(({ relay }) => relay === id);
}

test("a node that is cut off without a word costs its work a lease, and no result", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], env });
  const proxy = await withTcpProxy({ after: system.server.after }, system.server);
  const service = await system.startNode({ threads: 2 }, { NATS_URL: proxy.url });
  const rtl = await system.connect();
  const cut = () => proxy.swallow();
  const link = { fault: "node cut silently", cut, heal: () => proxy.heal() };
  await harm(t, { rtl, system, service, link });
});

test("a node that hears nothing but is heard, or is deaf and mute in turn", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], env });
  const proxy = await withTcpProxy({ after: system.server.after }, system.server);
  const service = await system.startNode({ threads: 2 }, { NATS_URL: proxy.url });
  const rtl = await system.connect();
  const cut = () => proxy.swallow("up");
  const link = { fault: "node cut one way", cut, heal: () => proxy.heal() };
  await harm(t, { rtl, system, service, link });
});

test("a node behind a link that is pulled: what it sent comes late, and changes nothing", async (t) => {
  const scope = lastFirst(t);
  const network = netNamespace(scope);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], env });
  const address = network?.hostAddress ?? "127.0.0.1";
  const proxy = await withTcpProxy({ after: system.server.after }, system.server, address);
  if (network === undefined) t.diagnostic("no network namespaces here: a proxy cuts instead");
  const service = await system.startNode(
    { threads: 2, ...(network !== undefined && { namespace: network.name }) },
    { NATS_URL: proxy.url },
  );
  const rtl = await system.connect();
  const link = { cut: () => proxy.swallow(), heal: () => proxy.heal(), ...network };
  await harm(t, { rtl, system, service, link: { ...link, fault: "node's link down" } });
});

test("a relay that is cut off gives up no job by itself, and disturbs none that was taken over", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], relays: 1, env });
  const proxy = await withTcpProxy({ after: system.server.after }, system.server);
  const service = await system.startRelay({ NATS_URL: proxy.url });
  const rtl = await system.connect();
  await waitUntil(() => there(rtl, service.id), "the relay is not heard");
  const tally = new Tally();
  const recoveryMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // Whichever relay takes them: some of these jobs are the cut one's.
    const jobs = await Promise.all(Array.from({ length: 6 }, () => tally.submit(rtl, shape)));
    const before = said(service, "bus disconnected");
    const began = Date.now();
    proxy.swallow();
    for (const job of jobs) await tally.completed(job, shape);
    recoveryMs.push(Date.now() - began);
    await noticed(service, before);
    proxy.heal();
    await waitUntil(() => there(rtl, service.id), "the relay did not come back", 60_000);
    for (const job of jobs) {
      const isCompleted = async () => (await job.status()).state === "completed";
      await waitUntil(isCompleted, `${job.id} is said to run though it has ended`, 60_000);
    }
  }
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  report({ fault: "relay cut silently", injected: rounds, jobs, chunks, ...counts, recoveryMs });
});

test("the only relay is cut off for several leases: its jobs wait, and go on", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], relays: 0, env });
  const proxy = await withTcpProxy({ after: system.server.after }, system.server);
  const service = await system.startRelay({ NATS_URL: proxy.url });
  const rtl = await system.connect();
  await waitUntil(() => there(rtl, "node-1"), "the relay hears no node");
  const tally = new Tally();
  const job = await tally.submit(rtl, shape);
  await someDone(job, 5);
  const before = said(service, "bus disconnected");
  proxy.swallow();
  // All that was dealt is done by then, and several leases have passed.
  const began = Date.now();
  await waitUntil(() => Date.now() - began > 4 * 900, "the clock stands still");
  await noticed(service, before);
  proxy.heal();
  const healed = Date.now();
  await tally.completed(job, shape);
  system.assertAlive();
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  const recoveryMs = [Date.now() - healed];
  report({ fault: "only relay cut silently", injected: 1, jobs, chunks, ...counts, recoveryMs });
});

test("a client that was cut off learns how its jobs ended meanwhile", async (t) => {
  const scope = lastFirst(t);
  const system = await startSystem(scope, { nodes: [{ threads: 2 }], env });
  const proxy = await withTcpProxy({ after: system.server.after }, system.server);
  const rtl = await system.connect({ servers: proxy.url });
  const other = await system.connect();
  const tally = new Tally();
  const job = await tally.submit(rtl, shape);
  await someDone(job, 5);
  proxy.swallow();
  await other.job(job.id).done();
  proxy.heal();
  const healed = Date.now();
  await tally.completed(job, shape);
  t.diagnostic(tally.notes.join("\n"));
  const { jobs, chunks, counts } = tally;
  const recoveryMs = [Date.now() - healed];
  report({ fault: "client cut silently", injected: 1, jobs, chunks, ...counts, recoveryMs });
});
