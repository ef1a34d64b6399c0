/**
 * The life of a service process: configuration, start, readiness, and an end that drains. Only main
 * files call it. It is the only place that ends a process or listens to signals, and it knows
 * nothing of what the service does.
 */
import { type Failure, RtlError, toFailure } from "../protocol/errors.ts";
import { systemClock } from "./clock.ts";
import { type Config, loadConfig } from "./config.ts";
import { createLog, type Log } from "./log.ts";
import { type Metrics, noMetrics, servedMetrics } from "./metrics.ts";
import { isAlive } from "./process-alive.ts";
import { beatWatchdog, notifySystemd } from "./systemd.ts";

export interface Service {
  /** Finishes or hands back what is under way. */
  stop(): Promise<void>;
  /** Why it does not do its work now, for /readyz; undefined where it does. */
  unready?(): string | undefined;
  /** Told to whoever started the process, once it is ready. */
  readonly ready?: Readonly<Record<string, unknown>>;
}

export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
  /** What is counted here is shown where RTL_HTTP_LISTEN says. */
  readonly metrics: Metrics;
  /** Aborted when the service is told to stop, also while it still starts. */
  readonly signal: AbortSignal;
  /** Ends the service with this error's exit code, after stopping it. */
  fail(error: unknown): void;
}

/** What is sent over the IPC channel, if there is one. */
export interface ReadyMessage {
  readonly ready: true;
  readonly service: string;
  readonly pid: number;
  readonly [detail: string]: unknown;
}

/** What is sent instead when the start fails. */
export interface FailedMessage {
  readonly ready: false;
  readonly service: string;
  readonly failure: Failure;
}

export interface ServiceOptions {
  /** Ends with its parent only until it is ready; after that it lives on alone. */
  readonly detaches?: boolean;
  /** How many times RTL_STOP_WAIT the stop may take: a service that stops others takes longer. */
  readonly stopWaits?: number;
}

const exitOf = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const PARENT_LOOK_MS = 500;

/**
 * Runs a service until it is told to end: SIGTERM, SIGINT, SIGHUP, the end of its parent, or a
 * fault.
 *
 * Exit codes: 0 after a clean stop; that of the RtlError which ended it (78 configuration, 69 bus
 * unreachable); 70 for a bug; 1 when the stop took longer than RTL_STOP_WAIT; 128 and the signal's
 * number when a second signal cut it short.
 */
export async function runService(
  name: string,
  start: (context: ServiceContext) => Promise<Service>,
  options: ServiceOptions = {},
): Promise<void> {
  const config = configOrExit(name);
  const log = createLog(config, { service: name });
  const stopping = new AbortController();
  let service: Service | undefined;
  let started: Promise<unknown> = Promise.resolve();

  const stop = async (exitCode: number) => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    exitWithin(config.stopWaitMs * (options.stopWaits ?? 1), exitCode || 1, log);
    notifySystemd("STOPPING=1");
    await started;
    await service?.stop();
    log.info("stopped");
    process.exit(exitCode);
  };
  const fail = (error: unknown) => {
    log.fatal({ error }, "failed");
    void stop(exitCodeOf(error)).catch(crash);
  };
  const crash = (error: unknown) => {
    log.fatal({ error }, "crashed");
    process.exit(70);
  };

  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  onSignal((signal) => {
    log.info({ signal }, "stopping");
    void stop(0).catch(crash);
  });
  onParentEnd(config, () => {
    if (options.detaches === true && service !== undefined) return;
    log.warn("the process that started this one is gone");
    void stop(0).catch(crash);
  });

  const begin = async () => {
    const page = await openPage(name, config, log, () => {
      if (stopping.signal.aborted) return "it is being stopped";
      return service === undefined ? "it is starting" : service.unready?.();
    });
    return start({ config, log, metrics: page, signal: stopping.signal, fail });
  };
  started = begin().then(
    (value) => {
      service = value;
      if (stopping.signal.aborted) return;
      announce(name, value, log);
    },
    (error) => {
      // A start that was cut short may fail as it likes.
      if (stopping.signal.aborted) return;
      tellParent({ ready: false, service: name, failure: toFailure(error, "RTL_INTERNAL") });
      fail(error);
    },
  );
  await started;
}

/** The page of this process, where one is wanted; what is counted there, or nowhere. */
async function openPage(
  name: string,
  { httpListen }: Config,
  log: Log,
  unready: () => string | undefined,
): Promise<Metrics> {
  if (httpListen === undefined) return noMetrics;
  // What most services do not show costs them no memory.
  const { serveHttp } = await import("./http.ts");
  const metrics = await servedMetrics(name);
  const { address } = await serveHttp(httpListen, { metrics, unready });
  log.info({ address }, "metrics and health are shown");
  return metrics;
}

function configOrExit(name: string): Config {
  try {
    return loadConfig();
  } catch (error) {
    const log = createLog({ logLevel: "info", logFormat: "auto" }, { service: name });
    const problems = error instanceof RtlError ? error.problems : [];
    for (const { message, fix } of problems) log.fatal({ fix }, message);
    if (problems.length === 0) log.fatal({ error }, "cannot read the configuration");
    tellParent({ ready: false, service: name, failure: toFailure(error, "RTL_CONFIG_INVALID") });
    process.exit(exitCodeOf(error));
  }
}

const exitCodeOf = (error: unknown): number => (error instanceof RtlError ? error.exitCode : 70);

function exitWithin(stopWaitMs: number, exitCode: number, log: Log): void {
  setTimeout(() => {
    log.error({ stopWaitMs }, "did not stop in time");
    process.exit(exitCode);
  }, stopWaitMs);
}

function announce(name: string, service: Service, log: Log): void {
  log.info({ ...service.ready }, "ready");
  tellParent({ ...service.ready, ready: true, service: name, pid: process.pid });
  notifySystemd("READY=1");
  beatWatchdog(systemClock);
}

function tellParent(message: ReadyMessage | FailedMessage): void {
  // The parent may be gone by now; its end is noticed elsewhere.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Reports the first signal; the second ends the process at once. */
function onSignal(stop: (signal: string) => void): void {
  let signals = 0;
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(exitOf[signal]);
      stop(signal);
    });
  }
}

function onParentEnd(config: Config, ended: () => void): void {
  if (process.channel !== undefined) process.once("disconnect", ended);
  const { parentPid } = config;
  if (parentPid === undefined) return;
  const look = setInterval(() => {
    if (isAlive(parentPid)) return;
    clearInterval(look);
    ended();
  }, PARENT_LOOK_MS);
}
