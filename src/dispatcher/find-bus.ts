/**
 * Which NATS servers a client speaks to, and with what it identifies. What it was told explicitly counts
 * alone: the servers given, a context of the `nats` command, or NATS_URL. Else it looks, in this order,
 * into the settings that `rtl cluster join` left, for what `rtl start` started here, and at this machine's
 * own port. It only looks; the bus connects.
 */
import { unreachable } from "../bus/connect.ts";
import { loadConfig } from "../host/config.ts";
import { localNatsUrl } from "../host/local-state.ts";
import { readContext } from "../host/nats-context.ts";
import { credentialsOf, type NatsCredentials } from "../host/nats-credentials.ts";
import { probeNats } from "../host/nats-probe.ts";
import { natsServerFix } from "../host/nats-server.ts";
import type { Environment } from "../host/setting.ts";
import { findSettings } from "../host/settings-file.ts";
import { RtlError } from "../protocol/errors.ts";

/** A server that has not greeted by then is none. */
const GREETING_MS = 5_000;
/** Nor is one on this machine that nobody spoke of. */
const OWN_GREETING_MS = 250;

export interface BusWish {
  readonly servers?: string | readonly string[] | undefined;
  /** Name of a context of the `nats` command. */
  readonly context?: string | undefined;
}

export interface FoundBus {
  readonly servers: readonly string[];
  readonly credentials: NatsCredentials;
}

/** A place to look at: what is there, or why nothing of use is. */
interface Place {
  readonly servers: readonly string[];
  readonly credentials: () => NatsCredentials;
  /** What to do where nothing answers. */
  readonly fix: string;
}

/** RTL_BUS_UNREACHABLE, with all that was tried, when nothing of what may be used is a NATS server. */
export async function findBus(
  wish: BusWish = {},
  environment: Environment = process.env,
): Promise<FoundBus> {
  const own = () => credentialsOf(environment);
  const told = toldPlace(wish, environment, own);
  if (told !== undefined) return usable(told, GREETING_MS);
  const settings = findSettings(environment);
  if (settings !== undefined) {
    // Who joined a cluster is told that it is away, and not shown another system instead.
    const { file, values } = settings;
    const credentials = () => ({ ...credentialsOf(values), ...own() });
    const servers = split(values["NATS_URL"] ?? "");
    const fix = `see whether the cluster runs, or correct NATS_URL in ${file}`;
    return usable({ servers, credentials, fix }, GREETING_MS);
  }
  const { natsServers, stateFolder } = loadConfig(environment);
  const started = localNatsUrl(stateFolder);
  if (started !== undefined) {
    return usable({ servers: [started], credentials: own, fix: "rtl restart" }, GREETING_MS);
  }
  try {
    return await usable({ servers: natsServers, credentials: own, fix: "" }, OWN_GREETING_MS);
  } catch (error) {
    if (!(error instanceof RtlError)) throw error;
    throw noneFound(error, stateFolder);
  }
}

function toldPlace(
  { servers, context }: BusWish,
  environment: Environment,
  own: () => NatsCredentials,
): Place | undefined {
  if (servers !== undefined) {
    const all = [servers].flat().flatMap(split);
    return { servers: all, credentials: own, fix: startOr("the address") };
  }
  const named = context ?? environment["NATS_CONTEXT"]?.trim();
  const url = environment["NATS_URL"]?.trim();
  if (named && (context !== undefined || !url)) {
    const found = readContext(named, environment);
    return {
      ...found,
      credentials: () => found.credentials,
      fix: `see nats context show ${named}`,
    };
  }
  if (!url) return undefined;
  return { servers: split(url), credentials: own, fix: startOr("NATS_URL") };
}

const startOr = (what: string): string =>
  `start one with \`rtl start\`, or correct ${what}: NATS_URL or --server names a running one`;

/** The NATS client would keep the socket of a server that accepts and stays silent, and with it the process. */
async function usable({ servers, credentials, fix }: Place, patienceMs: number): Promise<FoundBus> {
  const probes = await Promise.all(servers.map((server) => probeNats(server, patienceMs)));
  const reasons = probes.flatMap((probe) => (probe.ok ? [] : [probe.reason]));
  if (reasons.length < servers.length) return { servers, credentials: credentials() };
  const why = [...new Set(reasons)].join(", ");
  throw unreachable(servers, why, undefined, fix);
}

function noneFound(cause: RtlError, stateFolder: string): RtlError {
  const tried = [
    "--server, --context, NATS_URL and NATS_CONTEXT (none is set)",
    "rtl.env of rtl cluster join (there is none)",
    `rtl start (nothing runs for ${stateFolder})`,
    cause.message.replace("no NATS server answers at ", "this machine's port, "),
  ];
  const fix = [
    "rtl start",
    ...natsServerFix
      .split("\n")
      .slice(1)
      .map((line) => line.trim()),
  ];
  return new RtlError(
    "RTL_BUS_UNREACHABLE",
    `no NATS server was found; tried ${tried.join("; ")}`,
    {
      cause,
      fix: `one of:\n  ${fix.join("\n  ")}`,
    },
  );
}

const split = (servers: string): string[] =>
  servers
    .split(",")
    .map((server) => server.trim())
    .filter(Boolean);
