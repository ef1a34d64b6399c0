/**
 * A whole system of real processes for one workload: a nats-server, a relay, tasknodes and a client
 * in this process. It ends what it started, by process id, and nothing else. It measures nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect as connectNats, type NatsConnection } from "nats";
import { startNatsServer } from "../src/host/nats-server.ts";
import { connect, type Rtl } from "../src/index.ts";

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
}

export interface System {
  readonly client: Rtl;
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

const READY_MS_MAX = 60_000;
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
  const server = await startNatsServer({ storeDir: join(folder, "nats") });
  ends.push(() => server.stop());
  const environment = cleanEnvironment({
    NATS_URL: server.url,
    RTL_TASKS: taskFolders.join(":"),
    RTL_DATA_ROOTS: folder,
    RTL_LOG_LEVEL: "error",
    RTL_PARENT_PID: String(process.pid),
  });
  const run = (path: string, extra: NodeJS.ProcessEnv): ChildProcess => {
    const child = startProcess(ownMain(path), { ...environment, ...extra }, bench.profiles);
    ends.push(() => endProcess(child));
    return child;
  };
  const relay = run("../src/relay/main.js", { RTL_RELAY_ID: "bench-relay" });
  const nodes = plan.threads.map((threads, index) =>
    run("../src/tasknode/main.js", {
      RTL_NODE_ID: `bench-node-${index + 1}`,
      RTL_THREADS: String(threads),
    }),
  );
  const echo = plan.echo === true ? run("./echo.js", {}) : undefined;
  const all = [relay, ...nodes, ...(echo ? [echo] : [])];
  await Promise.all(all.map(ready));
  const nats = await connectNats({ servers: server.url, noAsyncTraces: true });
  ends.push(() => nats.close());
  const client = await connect({ servers: server.url, name: "bench" });
  ends.push(() => client.close());
  await allKnown(client, nodes.length);
  return {
    client,
    nats,
    relayPid: pidOf(relay),
    nodePids: nodes.map(pidOf),
    echoPid: echo && pidOf(echo),
  };
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
