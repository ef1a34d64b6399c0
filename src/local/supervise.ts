/**
 * The services of one machine as one: a bus if there is none, a relay, some tasknodes. They come up
 * in this order and go down in the reverse one, and what crashes is started again. Nothing here
 * knows what the services do.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import {
  clearState,
  logFile,
  nameOf,
  readState,
  runs,
  type ServiceState,
  writeState,
} from "../host/local-state.ts";
import type { Log } from "../host/log.ts";
import { probeNats } from "../host/nats-probe.ts";
import { type NatsServer, natsServerFix, startNatsServer } from "../host/nats-server.ts";
import { usualWatch } from "../host/nats-store-watch.ts";
import { RtlError } from "../protocol/errors.ts";
import { type ChildPlan, type ChildService, startChild } from "./child-service.ts";

const PROBE_MS = 2_000;
const RESTART_MS = 500;
const LEFTOVER_LOOK_MS = 20;

const ownMain = (part: string): string =>
  fileURLToPath(new URL(`../${part}/main.js`, import.meta.url));

/** The package's own services. */
export const ownPrograms = { relay: ownMain("relay"), tasknode: ownMain("tasknode") };

/** What a supervisor is told; all paths are absolute. It travels as JSON on its command line. */
export const supervisionSchema = z.object({
  stateDir: z.string(),
  relay: z.boolean(),
  nodes: z.int().min(0).max(256),
  /** Threads of each tasknode. */
  threads: z.int().min(1),
  dataRoots: z.array(z.string()),
  taskFolders: z.array(z.string()),
  /** A bus that is there already; without one an own server is started. */
  natsUrl: z.string().optional(),
  /** Show the services' logs instead of keeping them in files. */
  showLogs: z.boolean(),
  /** Ends with the process that ordered it, and leaves nothing of its folder. */
  temporary: z.boolean(),
  /** The main file of each role. */
  programs: z.object({ relay: z.string(), tasknode: z.string() }),
});
export type Supervision = z.infer<typeof supervisionSchema>;

export interface Supervised {
  readonly natsUrl: string;
  services(): readonly ServiceState[];
  stop(): Promise<void>;
}

/**
 * Brings everything up and resolves when all are ready; the state file then says so. When a part
 * fails, what was started before is stopped again and its error is thrown: RTL_BUS_UNREACHABLE for
 * a named bus that does not answer, RTL_BUS_UNFIT for one that cannot be used.
 */
export async function supervise(
  order: Supervision,
  stopWaitMs: number,
  log: Log,
  signal: AbortSignal,
): Promise<Supervised> {
  const parts: ChildService[] = [];
  let natsUrl = order.natsUrl ?? "";
  const services = () => parts.map((part) => part.state());
  const save = () => {
    try {
      writeState(order.stateDir, { version: 1, natsUrl, services: services() });
    } catch (error) {
      log.error({ error }, "the state could not be written");
    }
  };
  const stop = async () => {
    // First those that do the work, all at once; what they depend on outlives them.
    for (const role of ["tasknode", "relay", "nats-server"]) {
      const same = parts.filter((part) => part.state().role === role);
      await Promise.all(same.map(async (part) => part.stop()));
    }
    clearState(order.stateDir);
  };
  await endLeftovers(order.stateDir, stopWaitMs, log);
  try {
    if (order.natsUrl === undefined) {
      const bus = await startBus(order, log, save);
      parts.push(bus);
      natsUrl = bus.url;
    } else {
      await demandBus(order.natsUrl);
    }
    await startAll(plansOf(order, natsUrl, stopWaitMs), parts, log, save, signal);
    save();
    return { natsUrl, services, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts all at once and adds those that came up; the first error ends the wait for the others. */
async function startAll(
  plans: readonly ChildPlan[],
  parts: ChildService[],
  log: Log,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const cut = new AbortController();
  const either = AbortSignal.any([signal, cut.signal]);
  const starts = plans.map(async (plan) => {
    try {
      return await startChild(plan, log, changed, either);
    } catch (error) {
      cut.abort(error);
      return undefined;
    }
  });
  for (const part of await Promise.all(starts)) if (part !== undefined) parts.push(part);
  either.throwIfAborted();
}

/**
 * Services of a supervisor that was killed end by themselves, but not at once; two servers on one
 * store would damage it. Only processes that are surely the same are ended by force.
 */
async function endLeftovers(stateDir: string, stopWaitMs: number, log: Log): Promise<void> {
  const state = readState(stateDir);
  if (state === undefined || state === "unreadable") return;
  const until = Date.now() + stopWaitMs;
  for (const service of state.services.filter(({ mark }) => mark !== "")) {
    while (runs(service)) {
      if (Date.now() > until) {
        log.warn({ name: service.name, pid: service.pid }, "killing what an earlier start left");
        process.kill(service.pid, "SIGKILL");
      }
      await pause(LEFTOVER_LOOK_MS);
    }
  }
  clearState(stateDir);
}

function plansOf(order: Supervision, natsUrl: string, stopWaitMs: number): readonly ChildPlan[] {
  const { RTL_NODE_ID: givenId, ...inherited } = process.env;
  const environment = {
    ...inherited,
    NATS_URL: natsUrl,
    RTL_THREADS: String(order.threads),
    RTL_DATA_ROOTS: order.dataRoots.join(":"),
    RTL_TASKS: order.taskFolders.join(":"),
    RTL_STATE_DIR: order.stateDir,
    RTL_STOP_WAIT: `${stopWaitMs}ms`,
  };
  const plan = (role: "relay" | "tasknode", name: string, more = {}): ChildPlan => ({
    role,
    name,
    program: order.programs[role],
    environment: { ...environment, ...more },
    logFile: order.showLogs ? "inherit" : logFile(order.stateDir, name),
    stopWaitMs,
  });
  const nodes = Array.from({ length: order.nodes }, (_, index) => {
    const name = `tasknode-${index + 1}`;
    // Two nodes must never share a name; without one each draws its own.
    return plan("tasknode", name, givenId && { RTL_NODE_ID: `${givenId}-${index + 1}` });
  });
  return [...(order.relay ? [plan("relay", "relay")] : []), ...nodes];
}

async function demandBus(urls: string): Promise<void> {
  const tried: string[] = [];
  for (const url of urls.split(",")) {
    const probe = await probeNats(url, PROBE_MS);
    if (probe.ok && probe.jetstream) return;
    const why = probe.ok ? `NATS ${probe.version}, but JetStream is off` : probe.reason;
    tried.push(`${url.trim()} (${why})`);
  }
  const unfit = tried.some((text) => text.includes("JetStream is off"));
  throw new RtlError(
    unfit ? "RTL_BUS_UNFIT" : "RTL_BUS_UNREACHABLE",
    `no usable NATS server; tried NATS_URL: ${tried.join(", ")}`,
    { fix: unfit ? "start that server with JetStream (-js), or unset NATS_URL" : natsServerFix },
  );
}

/** An own server, started again at the same address when it crashes, so that clients come back. */
async function startBus(
  order: Supervision,
  log: Log,
  changed: () => void,
): Promise<ChildService & { readonly url: string }> {
  const storeDir = join(order.stateDir, "nats");
  const file = logFile(order.stateDir, "nats-server");
  const open = async (port?: number) =>
    startNatsServer({
      storeDir,
      logFile: file,
      watch: usualWatch,
      ...(port !== undefined && { port }),
    });
  let server: NatsServer = await open();
  let state = busState(server, 0, file);
  let stopped = false;

  const keepAlive = async () => {
    while (!stopped) {
      await server.exited;
      if (stopped) return;
      log.error({ pid: server.pid }, "nats-server ended by itself");
      state = { ...state, ready: false };
      changed();
      const again = await open(server.port).catch((error: unknown) => {
        log.error({ error }, "nats-server did not start again");
      });
      if (again === undefined) {
        await pause(RESTART_MS);
        continue;
      }
      server = again;
      state = busState(server, state.restarts + 1, file);
      changed();
    }
  };
  const alive = keepAlive();
  return {
    url: server.url,
    state: () => state,
    async stop() {
      stopped = true;
      await server.stop();
      await alive;
      // A restart that was under way when the order came.
      await server.stop();
    },
  };
}

const busState = (server: NatsServer, restarts: number, file: string): ServiceState => ({
  role: "nats-server",
  name: "nats-server",
  ...nameOf(server.pid),
  startedAt: new Date().toISOString(),
  ready: true,
  restarts,
  logFile: file,
});
