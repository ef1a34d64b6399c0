/**
 * A whole system of real processes for one workload: a nats-server, a relay, tasknodes and a client
 * in this process. It ends what it started, by process id, and nothing else. It measures nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect as connectNats, type NatsConnection } from "nats";
import { startNatsServer } from "../src/host/nats-server.ts";
import { connect, type Rtl } from "../src/index.ts";
import { withNatsCluster } from "../test/support/nats-cluster.ts";

/** How a run of workloads is to be carried out. */
export interface Bench {
  /** Folder for CPU profiles of the services; none are taken without it. */
  readonly profiles?: string;
  /** Python interpreters that are asked for numpy, instead of those that the system has. */
  readonly pythons?: readonly string[];
}

export interface SystemPlan {
  /** Pieces of work that each tasknode runs at once; one tasknode per entry. */
  readonly threads: readonly number[];
  /** Whether the process that echoes messages is wanted. */
  readonly echo?: boolean;
  /** One by default. */
  readonly relays?: number;
  /** Three nats-servers that keep everything three times, instead of one. */
  readonly cluster?: boolean;
  /** More environment for every service. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface System {
  readonly client: Rtl;
  /** A folder that tasks may read and write. */
  readonly folder: string;
  /** Another client, which takes its turns as another submitter. */
  connect(name: string): Promise<Rtl>;
  /** The bare connection of this process, for baselines. */
  readonly nats: NatsConnection;
  readonly relayPid: number;
  readonly nodePids: readonly number[];
  readonly echoPid: number | undefined;
}

/** The subject on which the echo process answers. */
export const ECHO = "bench.echo";

/** Folders of the task bundle and of the bench's own tasks. */
export const taskFolders = ["../tasks", "./tasks"].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

const READY_MS_MAX = 600_000;
const STARTED_AT_ONCE = 1;
const STOP_MS_MAX = 10_000;
const LOOK_MS = 5;

const ownMain = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Runs `use` on a system of its own and ends that, whatever happens. */
export async function withSystem<T>(
  bench: Bench,
  plan: SystemPlan,
  use: (system: System) => Promise<T>,
): Promise<T> {
  const ends: (() => unknown)[] = [];
  try {
    return await use(await start(bench, plan, ends));
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function start(bench: Bench, plan: SystemPlan, ends: (() => unknown)[]): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), "rtl-bench-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const servers = await startBus(plan, join(folder, "nats"), ends);
  const data = join(folder, "data");
  mkdirSync(data);
  const environment = cleanEnvironment({
    NATS_URL: servers,
    RTL_TASKS: taskFolders.join(":"),
    RTL_DATA_ROOTS: data,
    RTL_SPILL_DIR: join(folder, "spill"),
    RTL_LOG_LEVEL: "error",
    RTL_PARENT_PID: String(process.pid),
    ...(plan.cluster === true && { RTL_REPLICAS: "3" }),
    ...plan.env,
  });
  const run = (path: string, extra: NodeJS.ProcessEnv): ChildProcess => {
    const child = startProcess(ownMain(path), { ...environment, ...extra }, bench.profiles);
    ends.push(() => endProcess(child));
    return child;
  };
  const relays = Array.from({ length: plan.relays ?? 1 }, (_, index) =>
    run("../src/relay/main.js", { RTL_RELAY_ID: `bench-relay-${index + 1}` }),
  );
  const echo = plan.echo === true ? run("./echo.js", {}) : undefined;
  await Promise.all([...relays, ...(echo ? [echo] : [])].map(ready));
  const nodes: ChildProcess[] = [];
  // A whole rack that starts on one machine at once stands in its own way.
  for (let first = 0; first < plan.threads.length; first += STARTED_AT_ONCE) {
    const few = plan.threads.slice(first, first + STARTED_AT_ONCE).map((threads, index) =>
      run("../src/tasknode/main.js", {
        RTL_NODE_ID: nodeName(first + index),
        RTL_THREADS: String(threads),
      }),
    );
    await Promise.all(few.map(ready));
    nodes.push(...few);
  }
  const nats = await connectNats({ servers: servers.split(","), noAsyncTraces: true });
  ends.push(() => nats.close());
  const connectAs = async (name: string): Promise<Rtl> => {
    const one = await connect({ servers, name });
    ends.push(() => one.close());
    return one;
  };
  const client = await connectAs("bench");
  await allKnown(client, nodes.length);
  const [relay] = relays;
  return {
    client,
    folder: data,
    connect: connectAs,
    nats,
    relayPid: relay === undefined ? Number.NaN : pidOf(relay),
    nodePids: nodes.map(pidOf),
    echoPid: echo && pidOf(echo),
  };
}

/** The name of the n-th tasknode, from 0, for placing work. */
export const nodeName = (index: number): string => `bench-node-${index + 1}`;

/** One nats-server, or three of them; their addresses. */
async function startBus(
  plan: SystemPlan,
  storeDir: string,
  ends: (() => unknown)[],
): Promise<string> {
  if (plan.cluster === true) {
    return (await withNatsCluster({ after: (end) => void ends.push(end) })).url;
  }
  const server = await startNatsServer({ storeDir });
  ends.push(() => server.stop());
  return server.url;
}

/** What somebody set for their own services is not the bench's business; the server's place is. */
function cleanEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(RTL_(?!NATS_SERVER$)|NATS_)|^(LOG_LEVEL|DEBUG|JOURNAL_STREAM)$/;
  const kept = Object.entries(process.env).filter(([key]) => !foreign.test(key));
  return { ...Object.fromEntries(kept), ...own };
}

function startProcess(
  program: string,
  env: NodeJS.ProcessEnv,
  profiles: string | undefined,
): ChildProcess {
  const flags = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
  return spawn(process.execPath, [...flags, program], {
    env,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** Resolves with the first message of the process, which says that it is ready. */
async function ready(child: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(READY_MS_MAX);
  const ended = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`a process of the bench ended with ${code} before it was ready`);
  });
  ended.catch(() => undefined);
  const [message] = await Promise.race([once(child, "message", { signal }), ended]);
  if (message?.ready !== true) throw new Error(`not ready: ${JSON.stringify(message)}`);
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await ended;
  clearTimeout(force);
}

/** Waits until the relay has heard of every node and of its tasks. */
async function allKnown(client: Rtl, nodes: number): Promise<void> {
  const until = Date.now() + READY_MS_MAX;
  for (;;) {
    const [known, tasks] = await Promise.all([client.nodes(), client.tasks()]);
    const offering = tasks.find((task) => task.name === "null")?.nodes.length ?? 0;
    if (known.nodes.length === nodes && offering === nodes) return;
    if (Date.now() > until) throw new Error("the relay does not see all tasknodes");
    await pause(LOOK_MS);
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("a process of the bench was not started");
  return child.pid;
}
