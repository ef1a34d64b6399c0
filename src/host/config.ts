/**
 * The configuration of a process: its environment, checked once by the main file, then frozen and
 * handed on as values. Nothing else of the project reads the environment, and nothing reads it
 * twice.
 */
import type { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import type { NodeId, RelayId } from "../protocol/ids.ts";
import type { Amount } from "./amount.ts";
import type { CredentialSettings } from "./nats-credentials.ts";
import type { Environment, SettingText } from "./setting.ts";
import { environmentSchema, type LogFormat, type LogLevel } from "./settings.ts";

export type { Environment } from "./setting.ts";
export type { LogFormat, LogLevel } from "./settings.ts";

type Values = z.output<typeof environmentSchema>;

export interface Config {
  readonly natsServers: readonly string[];
  /** Whether somebody named a server, so that no other may be used instead. */
  readonly natsGiven: boolean;
  readonly natsIdentity: CredentialSettings;
  readonly natsServerProgram: string | undefined;
  readonly taskFolders: readonly string[];
  readonly dataRoots: readonly string[];
  readonly fetchOrigins: readonly string[];
  readonly threads: number;
  readonly nodeId: NodeId;
  readonly relayId: RelayId;
  readonly labels: Readonly<Record<string, string>>;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly stopWaitMs: number;
  /** Zero: chosen by measured cost. */
  readonly chunkRows: number;
  readonly resultKeptMs: number;
  /** How many servers of a cluster keep each bucket. */
  readonly replicas: number;
  readonly stateFolder: string;
  readonly runtimeFolder: string;
  readonly blockListen: { readonly host: string; readonly port: number } | undefined;
  readonly httpListen: { readonly host: string; readonly port: number } | undefined;
  readonly blockMemory: Amount;
  readonly spillFolder: string;
  readonly spillMax: Amount;
  /** Jobs are asked where their time goes. */
  readonly profile: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly parentPid: number | undefined;
}

/**
 * Reads and checks all variables. Throws RTL_CONFIG_INVALID that lists every fault with its key,
 * the value given and what to write instead. An empty variable counts as unset.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const texts: Record<string, string> = {};
  for (const [key, { fallback }] of settingTexts()) {
    const given = environment[key]?.trim();
    texts[key] = given || (typeof fallback === "string" ? fallback : fallback(environment));
  }
  const parsed = environmentSchema.safeParse(texts);
  if (!parsed.success) throw faultsOf(parsed.error.issues, texts);
  return Object.freeze(toConfig(parsed.data, Boolean(environment["NATS_URL"]?.trim())));
}

function toConfig(values: Values, natsGiven: boolean): Config {
  return {
    natsServers: values.NATS_URL,
    natsGiven,
    natsIdentity: {
      file: values.NATS_CREDS.value,
      user: values.NATS_USER.value,
      password: values.NATS_PASSWORD.value,
      token: values.NATS_TOKEN.value,
      ca: values.NATS_CA.value,
      cert: values.NATS_CERT.value,
      key: values.NATS_KEY.value,
    },
    natsServerProgram: values.RTL_NATS_SERVER.value,
    taskFolders: values.RTL_TASKS,
    dataRoots: values.RTL_DATA_ROOTS,
    fetchOrigins: values.RTL_FETCH_ORIGINS,
    threads: values.RTL_THREADS,
    nodeId: values.RTL_NODE_ID as NodeId,
    relayId: values.RTL_RELAY_ID as RelayId,
    labels: values.RTL_LABELS,
    leaseMs: values.RTL_LEASE_MS,
    graceMs: values.RTL_GRACE_MS,
    stopWaitMs: values.RTL_STOP_WAIT,
    chunkRows: values.RTL_CHUNK_ROWS,
    resultKeptMs: values.RTL_RESULT_KEPT,
    replicas: values.RTL_REPLICAS,
    stateFolder: values.RTL_STATE_DIR,
    runtimeFolder: values.RTL_RUNTIME_DIR,
    blockListen: values.RTL_BLOCK_LISTEN.value,
    httpListen: values.RTL_HTTP_LISTEN.value,
    blockMemory: values.RTL_BLOCK_MEMORY,
    spillFolder: values.RTL_SPILL_DIR,
    spillMax: values.RTL_SPILL_MAX,
    logLevel: values.RTL_LOG_LEVEL.value ?? (values.DEBUG ? "trace" : values.LOG_LEVEL),
    profile: values.PROFILE,
    logFormat: values.RTL_LOG_FORMAT,
    parentPid: values.RTL_PARENT_PID.value,
  };
}

function faultsOf(issues: readonly z.core.$ZodIssue[], texts: Record<string, string>): RtlError {
  const shown = new Map(settingTexts());
  const problems = issues.map((issue) => {
    const key = String(issue.path[0]);
    // An address may carry a password, which has no business in a log.
    const value = (texts[key] ?? "").replaceAll(/\/\/[^/@]*@/g, "//***@").slice(0, 200);
    return {
      path: key,
      message: `${key}=${value}: ${issue.message}`,
      fix: `for example ${key}=${shown.get(key)?.example ?? ""}`,
    };
  });
  const count = problems.length === 1 ? "1 fault" : `${problems.length} faults`;
  const list = problems.map((problem) => `${problem.message} (${problem.fix})`).join("; ");
  return new RtlError("RTL_CONFIG_INVALID", `the environment has ${count}: ${list}`, {
    problems,
    fix: "correct or unset the variables named",
  });
}

function settingTexts(): readonly (readonly [key: string, SettingText])[] {
  return Object.entries(environmentSchema.shape).map(
    ([key, schema]) => [key, schema.meta() as SettingText] as const,
  );
}

export interface ConfigKey {
  readonly key: string;
  readonly default: string;
  readonly meaning: string;
  readonly example: string;
  /** What it was called in raspi-rtl; empty where there was no such thing. */
  readonly was: string;
}

/** The table of all variables, for documentation. */
export function configKeys(): readonly ConfigKey[] {
  return settingTexts().map(([key, { fallback, fallbackText, meaning, example, was = "" }]) => ({
    key,
    default: fallbackText ?? (typeof fallback === "string" ? fallback : ""),
    meaning,
    example,
    was,
  }));
}
