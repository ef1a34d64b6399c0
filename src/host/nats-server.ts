/**
 * Starts a nats-server of one's own: on loopback, on a free port, with its store where the caller
 * says. The server ends with its owner, however that ends, and nothing else is ever ended here: all
 * is done by process id.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import type { Environment } from "./config.ts";
import { natsFolder } from "./install-nats.ts";
import { makeFolder } from "./make-folder.ts";
import { natsConfFor } from "./nats-conf.ts";
import { probeNats } from "./nats-probe.ts";
import { type StoreWatch, untilHung } from "./nats-store-watch.ts";

const READY_MS_MAX = 10_000;
const STOP_MS_MAX = 5_000;
const LOOK_MS = 5;
const TAIL_BYTES = 2_000;

/** The configuration for one machine that comes with the package. */
export const ownNatsConf = fileURLToPath(new URL("../../../nats.conf", import.meta.url));

/** Where distributions put the program, also where a plain user's PATH does not lead. */
export const natsServerFolders = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

export interface FoundProgram {
  readonly path: string | undefined;
  /** Where was looked, in words. */
  readonly tried: string;
}

export interface NatsServerOptions {
  /** Folder of the JetStream store; made when it is missing. */
  readonly storeDir: string;
  /** A free port by default. */
  readonly port?: number;
  /** Configuration file; the package's own by default. */
  readonly conf?: string;
  /** The program; searched for by default. */
  readonly program?: string;
  /** File that the server's log is appended to; in the store's folder by default. */
  readonly logFile?: string;
  /** What its configuration takes from the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends the server by force when its store hangs, so that its keeper may start it anew. */
  readonly watch?: StoreWatch;
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process is gone, for whatever reason. */
  readonly exited: Promise<void>;
  /** Ends the server: first by asking, after 5 s by force. May be called again. */
  stop(): Promise<void>;
  /** Ends it at once and without warning, as a crash does. */
  kill(): Promise<void>;
}

/** Looks for nats-server: RTL_NATS_SERVER alone if set, else PATH, the usual folders, and our own. */
export function findNatsServer(
  environment: Environment = process.env,
  usual: readonly string[] = natsServerFolders,
): FoundProgram {
  const named = environment["RTL_NATS_SERVER"]?.trim();
  if (named) {
    const path = isProgram(named) ? named : undefined;
    return { path, tried: `RTL_NATS_SERVER (${named})` };
  }
  const search = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const others = [...usual, natsFolder(environment)];
  const paths = [...search, ...others].map((folder) => join(folder, "nats-server"));
  return { path: paths.find(isProgram), tried: `PATH, ${others.join(", ")}` };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What to do where there is no server, one way per line. */
export const natsServerFix = [
  "one of:",
  "  sudo apt-get install nats-server       (Debian, Raspberry Pi OS)",
  "  brew install nats-server               (macOS)",
  "  rtl nats install                       (fetches a release, held to its checksum)",
  "  export RTL_NATS_SERVER=/path/to/nats-server",
  "  export NATS_URL=nats://host:4222       (use an existing one)",
].join("\n");

/**
 * Starts a server and waits until it takes clients with JetStream. Throws RTL_BUS_UNFIT when there
 * is no program, when it does not start, or when it comes up without JetStream.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const program = options.program ?? programOrThrow();
  makeFolder(options.storeDir);
  clearPortsFiles(options.storeDir);
  const logFile = options.logFile ?? join(options.storeDir, "nats-server.log");
  const log = openSync(logFile, "a");
  const port = String(options.port ?? -1);
  const child = spawn(
    program,
    [
      ...[
        "-c",
        options.conf ?? natsConfFor(options.storeDir, ownNatsConf),
        "-a",
        "127.0.0.1",
        "-p",
        port,
      ],
      ...["-sd", options.storeDir, "--ports_file_dir", options.storeDir],
    ],
    // Its own process group: Ctrl-C in a terminal must reach those who drain first.
    {
      stdio: ["ignore", log, log],
      detached: true,
      env: { ...process.env, ...options.environment },
    },
  );
  closeSync(log);
  const exited = exitOf(child);
  const guard = guardOver(child);
  const stop = async () => {
    await end(child, exited);
    guard.stdin?.end("done\n");
  };
  try {
    const url = await portOf(child, options.storeDir, Date.now() + READY_MS_MAX);
    const pid = child.pid;
    if (url === undefined || pid === undefined) throw notStarted(program, tail(logFile));
    await demandJetStream(url);
    const ownPort = Number(new URL(url).port);
    if (options.watch !== undefined) watchOver(child, exited, ownPort, options.watch);
    return {
      url,
      port: ownPort,
      pid,
      exited,
      stop,
      kill: async () => {
        child.kill("SIGKILL");
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function programOrThrow(): string {
  const { path, tried } = findNatsServer();
  if (path !== undefined) return path;
  throw new RtlError("RTL_BUS_UNFIT", `no nats-server was found; tried ${tried}`, {
    fix: natsServerFix,
  });
}

/** A killed server leaves its file, which would be taken for that of a later one with its id. */
function clearPortsFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^nats-server_\d+\.ports$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

async function exitOf(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
}

/**
 * A shell that waits for our end of a pipe to close. When this process is killed, no code of ours
 * runs any more; the guard does, and ends the server.
 */
function guardOver(child: ChildProcess): ChildProcess {
  const script = `trap '' INT TERM HUP; read -r line || kill -TERM ${child.pid}`;
  const guard = spawn("/bin/sh", ["-c", child.pid === undefined ? "" : script], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.on("error", () => undefined);
  guard.stdin?.on("error", () => undefined);
  guard.unref();
  // A server that ended by itself leaves a process id that may soon be another's.
  child.once("exit", () => guard.stdin?.end("done\n"));
  return guard;
}

function watchOver(
  child: ChildProcess,
  exited: Promise<void>,
  port: number,
  watch: StoreWatch,
): void {
  const over = new AbortController();
  void exited.then(() => over.abort());
  untilHung(port, watch, over.signal).then(
    () => child.kill("SIGKILL"),
    // It ended before, by itself or in order.
    () => undefined,
  );
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  // Up to 2.10 the server takes SIGTERM for a failure and SIGINT for a wish.
  child.kill("SIGINT");
  // With a full disk 2.9.10 no longer answers signals.
  const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await exited;
  clearTimeout(force);
}

const portsSchema = z.object({ nats: z.array(z.string()).min(1) });

/** The address that the server wrote down, or undefined when it ended or the time is over. */
async function portOf(
  child: ChildProcess,
  folder: string,
  until: number,
): Promise<string | undefined> {
  const file = join(folder, `nats-server_${child.pid}.ports`);
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    try {
      const { nats } = portsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
      return nats[0];
    } catch {
      // Not there yet, or half written.
    }
    if (Date.now() > until) return undefined;
    await pause(LOOK_MS);
  }
  return undefined;
}

async function demandJetStream(url: string): Promise<void> {
  const probe = await probeNats(url, READY_MS_MAX);
  if (!probe.ok) throw new RtlError("RTL_BUS_UNFIT", `nats-server at ${url}: ${probe.reason}`);
  if (probe.jetstream) return;
  throw new RtlError("RTL_BUS_UNFIT", "nats-server came up without JetStream", {
    fix: "add a jetstream { } block to its configuration; see nats.conf",
  });
}

function notStarted(program: string, said: string): RtlError {
  return new RtlError("RTL_BUS_UNFIT", `${program} did not start; it said:\n${said || "nothing"}`, {
    fix: "check the store folder's rights and free space, or set RTL_NATS_SERVER to another server",
  });
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(-TAIL_BYTES).trim();
  } catch {
    return "";
  }
}
