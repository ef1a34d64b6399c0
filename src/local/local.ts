/**
 * Starting, stopping and asking after the services of this machine, for the CLI and the demo. The
 * services belong to a supervisor process; here are only its order, its end and its state.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Config, loadConfig } from "../host/config.ts";
import {
  clearState,
  logFile,
  openStateDir,
  readState,
  runs,
  type ServiceState,
  supervisorOf,
} from "../host/local-state.ts";
import { probeNats } from "../host/nats-probe.ts";
import { type Failure, isErrorCode, RtlError } from "../protocol/errors.ts";
import { ownPrograms, type Supervision } from "./supervise.ts";

const PROBE_MS = 1_000;
const LOOK_MS = 20;

export interface LocalOptions {
  /** Folder for state, logs and the bus's store; RTL_STATE_DIR by default. */
  readonly stateDir?: string;
  /** What is started here; all by default. Without "nats" a bus has to be named. */
  readonly roles?: readonly ServiceState["role"][];
  /** Number of tasknodes; 1 by default. */
  readonly nodes?: number;
  /** Threads of each tasknode; by default RTL_THREADS or the cores, shared among them. */
  readonly threads?: number;
  /** Folders that tasks may touch; RTL_DATA_ROOTS by default. */
  readonly dataRoots?: readonly string[];
  /** Folders with task libraries; RTL_TASKS by default. */
  readonly tasks?: readonly string[];
  /** A bus to use; NATS_URL by default, and without either an own one is started. */
  readonly natsUrl?: string;
  /** Ends with this process, and shows the services' logs on its stderr. */
  readonly foreground?: boolean;
  /**
   * A system of one's own for this process alone: it has its own bus whatever NATS_URL says, and a folder
   * that is gone with it. It ends with this process, also where that is killed.
   */
  readonly temporary?: boolean;
  /** Other main files than the package's own, for tests. */
  readonly programs?: { readonly relay: string; readonly tasknode: string };
}

export interface Local {
  readonly natsUrl: string;
  /** The supervisor's process. */
  readonly pid: number;
  readonly stateDir: string;
  /** As they were when they had started. */
  readonly services: readonly ServiceState[];
  /** Resolves with the supervisor's exit code when it ends, which in the background it does not. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts bus, relay and tasknodes and resolves when all are ready. Throws RTL_USAGE_INVALID when
 * they run already for this folder or no bus was named that they need, RTL_CONFIG_INVALID when the folder cannot be used,
 * RTL_BUS_UNREACHABLE or RTL_BUS_UNFIT when there is no usable bus, and otherwise what the service
 * that did not start said; nothing is left running then.
 */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  const config = loadConfig();
  const temporary = options.temporary === true;
  const own = temporary ? mkdtempSync(join(tmpdir(), "rtl-local-")) : config.stateFolder;
  const stateDir = resolve(options.stateDir ?? own);
  const order = orderOf(options, config, stateDir);
  openStateDir(stateDir);
  const foreground = options.foreground === true;
  const out = foreground ? "inherit" : openSync(logFile(stateDir, "supervisor"), "a", 0o600);
  const program = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    stdio: ["ignore", out, out, "ipc"],
    detached: !foreground,
  });
  if (typeof out === "number") closeSync(out);
  const ended = once(child, "exit").then(([code]) => Number(code ?? 1));
  const { natsUrl, services } = await readyOf(child, ended, stateDir);
  const pid = child.pid;
  if (pid === undefined) throw new RtlError("RTL_INTERNAL", "the supervisor has no process id");
  if (!foreground && !temporary) {
    child.disconnect();
    child.unref();
  }
  return {
    natsUrl,
    services,
    pid,
    stateDir,
    ended,
    stop: async () => void (await stopLocal({ stateDir })),
  };
}

function orderOf(options: LocalOptions, config: Config, stateDir: string): Supervision {
  const roles = options.roles ?? ["nats-server", "relay", "tasknode"];
  const nodes = roles.includes("tasknode") ? (options.nodes ?? 1) : 0;
  const temporary = options.temporary === true;
  const given = config.natsGiven && !temporary ? config.natsServers.join(",") : undefined;
  const named = options.natsUrl ?? given;
  if (named === undefined && !roles.includes("nats-server")) {
    throw new RtlError("RTL_USAGE_INVALID", `no bus was named for: ${roles.join(", ")}`, {
      fix: "name it with --server or NATS_URL, or start one here, too: --role nats",
    });
  }
  const share = Math.max(1, Math.floor(config.threads / Math.max(1, nodes)));
  return {
    stateDir,
    relay: roles.includes("relay"),
    nodes,
    threads: options.threads ?? share,
    dataRoots: (options.dataRoots ?? config.dataRoots).map((folder) => resolve(folder)),
    taskFolders: (options.tasks ?? config.taskFolders).map((folder) => resolve(folder)),
    ...(named !== undefined && { natsUrl: named }),
    showLogs: options.foreground === true,
    temporary,
    programs: options.programs ?? ownPrograms,
  };
}

interface Ready {
  readonly natsUrl: string;
  readonly services: readonly ServiceState[];
}
type FromSupervisor = ({ ready: true } & Ready) | { ready: false; failure: Failure };

async function readyOf(
  child: ChildProcess,
  ended: Promise<number>,
  stateDir: string,
): Promise<Ready> {
  const fault = (what: string) =>
    new RtlError("RTL_INTERNAL", what, { fix: `see ${logFile(stateDir, "supervisor")}` });
  return await new Promise<Ready>((settle, reject) => {
    child.once("message", (message) => {
      // Both ends are of one version of one package: the type is known.
      const told = message as FromSupervisor;
      if (told.ready) return settle(told);
      const error = isErrorCode(told.failure.code)
        ? RtlError.from(told.failure)
        : fault(told.failure.message);
      // Until it has ended, its lock would refuse the next start.
      ended.then(
        () => reject(error),
        () => reject(error),
      );
    });
    ended.then(
      (code) =>
        setImmediate(reject, fault(`the supervisor ended with ${code} before it was ready`)),
      (error) => reject(fault(`the supervisor could not be started: ${error.message}`)),
    );
  });
}

/**
 * Ends the services of a folder in order: tasknodes finish or hand back their work, then relay and
 * bus. Resolves when all are gone, with whether any were there. Takes as long as RTL_STOP_WAIT lets
 * them.
 */
export async function stopLocal(options: { stateDir?: string } = {}): Promise<boolean> {
  const config = loadConfig();
  const stateDir = resolve(options.stateDir ?? config.stateFolder);
  const supervisor = supervisorOf(stateDir);
  if (supervisor === undefined) {
    clearState(stateDir);
    return false;
  }
  const gone = async (withinMs: number) => {
    for (const until = Date.now() + withinMs; Date.now() < until; await pause(LOOK_MS)) {
      if (!runs(supervisor)) return true;
    }
    return false;
  };
  process.kill(supervisor.pid, "SIGTERM");
  // The supervisor gives itself three times the wait; after that its children end with it.
  if (!(await gone(3 * config.stopWaitMs + 5_000))) {
    process.kill(supervisor.pid, "SIGKILL");
    await gone(5_000);
    clearState(stateDir);
  }
  return true;
}

export interface LocalStatus {
  /** As LSB has it: 0 up, 1 degraded, 3 not running, 4 unknown. */
  readonly exitCode: 0 | 1 | 3 | 4;
  readonly state: "up" | "degraded" | "not running" | "unknown";
  /** What is wrong, in sentences; empty when up. */
  readonly problems: readonly string[];
  readonly stateDir: string;
  readonly supervisorPid: number | undefined;
  readonly natsUrl: string | undefined;
  readonly services: readonly ServiceState[];
}

/** Looks at the processes and the bus of a folder. Never throws for what it finds there. */
export async function statusLocal(options: { stateDir?: string } = {}): Promise<LocalStatus> {
  const stateDir = resolve(options.stateDir ?? loadConfig().stateFolder);
  const supervisor = supervisorOf(stateDir);
  const state = readState(stateDir);
  const known = state === "unreadable" ? undefined : state;
  const found = {
    stateDir,
    supervisorPid: supervisor?.pid,
    natsUrl: known?.natsUrl,
    services: known?.services ?? [],
  };
  if (supervisor === undefined) {
    return { ...found, services: [], exitCode: 3, state: "not running", problems: [] };
  }
  if (state === "unreadable") {
    const problems = [`the file services.json in ${stateDir} cannot be read`];
    return { ...found, exitCode: 4, state: "unknown", problems };
  }
  const problems = known === undefined ? ["the services are starting"] : await problemsOf(known);
  if (problems.length === 0) return { ...found, exitCode: 0, state: "up", problems };
  return { ...found, exitCode: 1, state: "degraded", problems };
}

async function problemsOf(state: {
  readonly natsUrl: string;
  readonly services: readonly ServiceState[];
}): Promise<readonly string[]> {
  const problems = state.services.flatMap((service) => {
    if (!runs(service)) return [`${service.name} does not run; see ${service.logFile}`];
    return service.ready ? [] : [`${service.name} is not ready; see ${service.logFile}`];
  });
  const probes = await Promise.all(
    state.natsUrl.split(",").map(async (url) => probeNats(url.trim(), PROBE_MS)),
  );
  if (probes.some((probe) => probe.ok)) return problems;
  return [...problems, `no NATS server answers at ${state.natsUrl}`];
}
