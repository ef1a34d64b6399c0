/**
 * One service process under supervision: started, awaited until it is ready, started again when it
 * crashes, stopped when told. It knows its own child only, and ends it by asking first.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { z } from "zod";
import { nameOf, type Role, type ServiceState } from "../host/local-state.ts";
import type { Log } from "../host/log.ts";
import { isErrorCode, RtlError } from "../protocol/errors.ts";

const READY_MS_MAX = 30_000;
const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 10_000;
/** One that was ready for this long is started again without waiting. */
const STEADY_MS = 30_000;
/** Added to the time a service gives itself, before it is ended by force. */
const STOP_SLACK_MS = 2_000;
const LOG_BYTES_MAX = 16 * 1024 * 1024;
/** A wrong configuration does not get better by starting again. */
const EXIT_CONFIG = 78;

export interface ChildPlan {
  readonly role: Role;
  readonly name: string;
  /** The compiled main file. */
  readonly program: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where its stderr goes; "inherit" shows it. */
  readonly logFile: string | "inherit";
  /** How long the service may take to stop by itself. */
  readonly stopWaitMs: number;
}

export interface ChildService {
  state(): ServiceState;
  /** Asks the process to end, by force if it does not, and never starts it again. */
  stop(): Promise<void>;
}

/** What the child sends: a readiness message of run-service.ts, or why it failed. */
const messageSchema = z.union([
  z.looseObject({ ready: z.literal(true) }),
  z.looseObject({
    ready: z.literal(false),
    failure: z.looseObject({ code: z.string(), message: z.string(), fix: z.string().optional() }),
  }),
]);

/**
 * Starts a service and resolves when it is ready for the first time. Throws what the service failed
 * with, or RTL_INTERNAL when it ended or kept silent; `signal` cuts the waiting short. `changed` is
 * called after every change of state.
 */
export async function startChild(
  plan: ChildPlan,
  log: Log,
  changed: () => void,
  signal: AbortSignal,
): Promise<ChildService> {
  let current = launch(plan, 0);
  let stopped = false;
  let backoff = BACKOFF_MS_MIN;
  let wake: () => void = () => undefined;

  const keepAlive = async () => {
    for (;;) {
      const code = await current.ended;
      if (stopped) return;
      log.error({ name: plan.name, pid: current.state.pid, code }, "service ended by itself");
      current.state = { ...current.state, ready: false };
      changed();
      if (code === EXIT_CONFIG) return;
      if (Date.now() - Date.parse(current.state.startedAt) > STEADY_MS) backoff = BACKOFF_MS_MIN;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, backoff);
      });
      backoff = Math.min(2 * backoff, BACKOFF_MS_MAX);
      if (stopped) return;
      const next = launch(plan, current.state.restarts + 1);
      current = next;
      changed();
      next.ready.then(changed, (error) => {
        log.error({ name: plan.name, error }, "service did not start again");
        // One that hangs is worse than none: its end starts the next.
        next.child.kill("SIGKILL");
      });
    }
  };
  const stop = async () => {
    stopped = true;
    wake();
    await endChild(current, plan.stopWaitMs + STOP_SLACK_MS, log);
  };

  try {
    await Promise.race([current.ready, aborted(signal)]);
  } catch (error) {
    await stop();
    throw error;
  }
  const alive = keepAlive();
  return {
    state: () => current.state,
    async stop() {
      await stop();
      await alive;
    },
  };
}

async function aborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const cut = () => reject(signal.reason);
    if (signal.aborted) cut();
    signal.addEventListener("abort", cut, { once: true });
  });
}

interface Launched {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string | null>;
  state: ServiceState;
}

function launch(plan: ChildPlan, restarts: number): Launched {
  const out = plan.logFile === "inherit" ? "inherit" : openLog(plan.logFile);
  const child = spawn(process.execPath, [plan.program], {
    env: plan.environment,
    stdio: ["ignore", out, out, "ipc"],
    // Its own process group: Ctrl-C in a terminal reaches the supervisor, which keeps the order.
    detached: true,
  });
  if (typeof out === "number") closeSync(out);
  const ended = once(child, "exit").then(
    ([code, signal]) => code ?? signal,
    () => null,
  );
  const launched: Launched = {
    child,
    ended,
    ready: readyOf(child, plan, ended).then(() => {
      launched.state = { ...launched.state, ready: true };
    }),
    state: {
      role: plan.role,
      name: plan.name,
      ...nameOf(child.pid ?? process.pid),
      startedAt: new Date().toISOString(),
      ready: false,
      restarts,
      logFile: plan.logFile === "inherit" ? "" : plan.logFile,
    },
  };
  return launched;
}

/** Opens the log for adding; a long one is put aside first, so that it never fills the disk. */
function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(file, `${file}.old`);
  return openSync(file, "a", 0o600);
}

async function readyOf(
  child: ChildProcess,
  plan: ChildPlan,
  ended: Promise<number | string | null>,
): Promise<void> {
  const see = plan.logFile === "inherit" ? "see its log above" : `see ${plan.logFile}`;
  const fault = (what: string) =>
    new RtlError("RTL_INTERNAL", `${plan.name} ${what}`, { fix: see });
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("message", (raw) => {
        const { success, data } = messageSchema.safeParse(raw);
        if (!success) return;
        if (data.ready) return resolve();
        const { code, message, fix } = data.failure;
        const known = isErrorCode(code) ? code : "RTL_INTERNAL";
        reject(new RtlError(known, `${plan.name}: ${message}`, { fix: fix ?? see }));
      });
      child.on("error", (error) => reject(fault(`could not be started: ${error.message}`)));
      // The message, if there was one, is older than the end.
      void ended.then((code) =>
        setImmediate(reject, fault(`ended with ${code} before it was ready`)),
      );
      timer = setTimeout(() => {
        reject(fault(`was not ready within ${READY_MS_MAX / 1_000} s`));
      }, READY_MS_MAX);
    });
  } finally {
    clearTimeout(timer);
  }
}

async function endChild(launched: Launched, withinMs: number, log: Log): Promise<void> {
  launched.child.kill("SIGTERM");
  const force = setTimeout(() => {
    log.warn({ name: launched.state.name }, "service did not stop in time and is killed");
    launched.child.kill("SIGKILL");
  }, withinMs);
  await launched.ended;
  clearTimeout(force);
}
