/**
 * The settings of all processes: one entry for each environment variable, with what it means, its
 * default, and what it was called in raspi-rtl. Everything else about them is made from this list.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { availableParallelism, homedir, hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { clocks, limits } from "../protocol/limits.ts";
import { type Amount, readAmount } from "./amount.ts";
import { runtimeFolder } from "./private-folder.ts";
import {
  addressAndPort,
  anyText,
  type Environment,
  folderList,
  labelList,
  oneOf,
  onWhen,
  originList,
  orNone,
  replicaCount,
  serverList,
  setting,
  span,
  token,
  wholeNumber,
} from "./setting.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
const logFormats = ["auto", "json", "pretty", "journal"] as const;
const levelWords = { warning: "warn", critical: "fatal", off: "silent" } as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFormat = (typeof logFormats)[number];

/** The folder of the compiled task bundle. */
const ownTasks = fileURLToPath(new URL("../../tasks", import.meta.url));

/** A name that no other process has: the host's as a token, and some letters by chance. */
function freshId(): string {
  const host = hostname().split(".")[0] ?? "";
  const safe = host.replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, 40);
  return `${safe || "host"}-${randomBytes(3).toString("hex")}`;
}

/** What LoadCredential of a unit gives the service under this name. */
const handed =
  (name: string) =>
  (environment: Environment): string => {
    const folder = environment["CREDENTIALS_DIRECTORY"];
    const file = folder ? join(folder, name) : "";
    return file !== "" && existsSync(file) ? file : "";
  };

/** A file that a tool of NATS would be given under the same name of the environment. */
const credentialFile = (meaning: string, name: string) =>
  setting({
    meaning,
    expected: "a path",
    example: `/etc/rtl/${name}`,
    fallback: handed(name),
    fallbackText: `${name} among the credentials that systemd hands to a unit`,
    read: orNone(anyText),
  });

function blockMemory(text: string): Amount | undefined {
  const amount = readAmount(text);
  const isTooLittle = amount && "bytes" in amount && amount.bytes < limits.blockMemoryBytesMin;
  return isTooLittle ? undefined : amount;
}

function stateFolder(environment: Environment): string {
  const base = environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(base, "rtl");
}

const identity = (what: string) =>
  setting({
    meaning: `The ${what}'s name on the bus; no two processes may share one.`,
    expected: "1 to 64 letters, digits, - or _",
    example: "pi-07",
    fallback: freshId,
    fallbackText: "host name and six random characters",
    read: token,
  });

const optional = (meaning: string, example: string) =>
  setting({ meaning, expected: "a text", example, fallback: "", read: orNone(anyText) });

const switchOn = (meaning: string, was: string, ...words: readonly string[]) =>
  setting({
    meaning,
    was,
    expected: "1 or 0",
    example: "1",
    fallback: "0",
    read: onWhen(...words),
  });

/** One entry per variable: this object is the list of all there are. */
export const environmentSchema = z.object({
  NATS_URL: setting({
    was: "RELAY_ADDR, RELAY_LISTEN, RELAY_RECV, RELAY_SEND, RELAY_PUBLISHER, STARTING_PORT",
    meaning: "Addresses of the NATS servers, separated by commas.",
    expected: "addresses such as nats://host:4222, separated by commas",
    example: "nats://127.0.0.1:4222",
    fallback: "nats://127.0.0.1:4222",
    read: serverList,
  }),
  NATS_CREDS: credentialFile("File with the credentials for NATS.", "nats.creds"),
  NATS_CA: credentialFile("File with the authority that vouches for the NATS server.", "ca.pem"),
  NATS_CERT: credentialFile("File with the certificate that the NATS server is shown.", "cert.pem"),
  NATS_KEY: credentialFile("File with the key of that certificate.", "key.pem"),
  NATS_USER: optional("User name for NATS.", "rtl"),
  NATS_PASSWORD: optional("Password for NATS.", "secret"),
  NATS_TOKEN: optional("Token for NATS, instead of user and password.", "secret"),
  RTL_NATS_SERVER: optional("The nats-server program to start.", "/usr/sbin/nats-server"),
  RTL_TASKS: setting({
    was: "TASK_LIB",
    meaning: "Folders with task libraries, separated by colons; earlier ones win.",
    expected: "folders separated by colons",
    example: "/opt/rtl/dist/tasks:/home/me/tasks",
    fallback: ownTasks,
    fallbackText: "the package's own tasks",
    read: folderList,
  }),
  RTL_DATA_ROOTS: setting({
    meaning: "Folders that tasks may read and write, separated by colons.",
    expected: "folders separated by colons",
    example: "/srv/data:/srv/out",
    fallback: () => process.cwd(),
    fallbackText: "the working directory",
    read: folderList,
  }),
  RTL_FETCH_ORIGINS: setting({
    meaning: "Origins that tasks may fetch from, separated by commas; none by default.",
    expected: "origins such as https://api.example.com, separated by commas",
    example: "https://api.example.com",
    fallback: "",
    read: originList,
  }),
  RTL_THREADS: setting({
    was: "TASK_WORKERS",
    meaning: "How many pieces of work a tasknode runs at once.",
    expected: `a whole number from 1 to ${limits.slotsPerNodeMax}`,
    example: "4",
    fallback: () => String(availableParallelism()),
    fallbackText: "one per processor core",
    read: wholeNumber(1, limits.slotsPerNodeMax),
  }),
  RTL_NODE_ID: identity("tasknode"),
  RTL_RELAY_ID: identity("relay"),
  RTL_LABELS: setting({
    meaning: "What a tasknode says of itself, for placing work.",
    expected: "k=v pairs separated by commas, each key once",
    example: "site=lab,gpio=yes",
    fallback: "",
    read: labelList,
  }),
  RTL_LEASE_MS: setting({
    meaning: "Work whose node is silent for this long is given to another.",
    expected: "a duration from 300ms to 10m",
    example: "3s",
    fallback: String(clocks.leaseMs),
    read: span(300, 10 * MINUTE, "ms"),
  }),
  RTL_GRACE_MS: setting({
    meaning: "A cancelled task has this long to stop by itself.",
    expected: "a duration from 0ms to 10m",
    example: "2s",
    fallback: String(clocks.graceMs),
    read: span(0, 10 * MINUTE, "ms"),
  }),
  RTL_STOP_WAIT: setting({
    meaning: "A service that is told to stop has this long to finish its work.",
    expected: "a duration from 0s to 1h",
    example: "30s",
    fallback: "30s",
    read: span(0, 60 * MINUTE, "refused"),
  }),
  RTL_CHUNK_ROWS: setting({
    was: "CHUNKING, CHUNKING_SIZE",
    meaning: "Rows of a chunk where the job does not say; 0 chooses by measured cost.",
    expected: "a whole number, 0 or more",
    example: "10000",
    fallback: "0",
    read: wholeNumber(0, 999_999_999_999),
  }),
  RTL_RESULT_KEPT: setting({
    meaning: "How long the record and result of a settled job are kept.",
    expected: "a duration from 1s to 365d",
    example: "24h",
    fallback: `${clocks.resultKeptMs / 3_600_000}h`,
    read: span(1_000, 365 * DAY, "refused"),
  }),
  RTL_REPLICAS: setting({
    meaning: "Servers of a NATS cluster that each keep jobs, results and events.",
    expected: "1, 3 or 5",
    example: "3",
    fallback: "1",
    read: replicaCount,
  }),
  RTL_STATE_DIR: setting({
    was: "PIDFILES, CACHE_PATH",
    meaning: "Folder for what `rtl start` keeps: logs, process ids, the bus's store.",
    expected: "a path",
    example: "/var/lib/rtl",
    fallback: stateFolder,
    fallbackText: "$XDG_STATE_HOME/rtl or ~/.local/state/rtl",
    read: anyText,
  }),
  RTL_RUNTIME_DIR: setting({
    meaning:
      "Folder of the sockets over which processes of one machine hand each other tables. Only its user may enter it.",
    expected: "a path",
    example: "/run/rtl",
    fallback: runtimeFolder,
    fallbackText: "$XDG_RUNTIME_DIR/rtl or a private folder for temporary files",
    read: anyText,
  }),
  RTL_BLOCK_LISTEN: setting({
    meaning:
      "Address at which this process hands out tables to other machines; without one they go over the bus.",
    expected: "an address and a port, such as 10.0.0.7:4300; port 0 is any that is free",
    example: "10.0.0.7:4300",
    fallback: "",
    fallbackText: "none",
    read: orNone(addressAndPort),
  }),
  RTL_HTTP_LISTEN: setting({
    meaning:
      "Address at which this process shows /healthz, /readyz and /metrics; without one it shows nothing.",
    expected: "an address and a port, such as 127.0.0.1:9464; port 0 is any that is free",
    example: "127.0.0.1:9464",
    fallback: "",
    fallbackText: "none",
    read: orNone(addressAndPort),
  }),
  RTL_BLOCK_MEMORY: setting({
    meaning:
      "Memory of a tasknode for tables at rest, those that it has fetched and room to be used again included; what does not fit goes to disk.",
    expected: "an amount of at least 16MiB, such as 512MiB, or a share of the memory, such as 25%",
    example: "512MiB",
    fallback: "25%",
    fallbackText: "25% of the memory",
    read: blockMemory,
  }),
  RTL_SPILL_DIR: setting({
    meaning: "Folder for tables at rest that memory has no room for. Only its user may enter it.",
    expected: "a path",
    example: "/var/lib/rtl/spill",
    fallback: (environment) =>
      join(environment["RTL_STATE_DIR"]?.trim() || stateFolder(environment), "spill"),
    fallbackText: "spill in RTL_STATE_DIR",
    read: anyText,
  }),
  RTL_SPILL_MAX: setting({
    meaning: "How much of the disk a tasknode may use for that; 0 is nothing.",
    expected: "an amount such as 10GiB, or a share of what is free when it starts, such as 50%",
    example: "10GiB",
    fallback: "50%",
    fallbackText: "50% of what is free",
    read: readAmount,
  }),
  LOG_LEVEL: setting({
    was: "LOG_LEVEL",
    meaning: "Least important level that is logged.",
    expected: `one of ${logLevels.join(", ")}`,
    example: "info",
    fallback: "info",
    read: oneOf(logLevels, levelWords),
  }),
  RTL_LOG_LEVEL: setting({
    meaning: "The same, and stronger than LOG_LEVEL and DEBUG.",
    expected: `one of ${logLevels.join(", ")}`,
    example: "debug",
    fallback: "",
    read: orNone(oneOf(logLevels, levelWords)),
  }),
  RTL_LOG_FORMAT: setting({
    meaning: "Form of log lines; auto is journal under systemd, pretty on a terminal, else json.",
    expected: `one of ${logFormats.join(", ")}`,
    example: "json",
    fallback: "auto",
    read: oneOf(logFormats),
  }),
  PROFILE: switchOn(
    "`rtl run` says where the time of its job went, and writes a trace to rtl-trace.json.",
    "PROFILE",
    "rtl",
  ),
  DEBUG: switchOn("Logs every message (level trace).", "DEBUG", "rtl", "rtl:*", "*"),
  RTL_PARENT_PID: setting({
    meaning: "A process with whose end this one ends too.",
    expected: "a process id",
    example: "4711",
    fallback: "",
    read: orNone(wholeNumber(1, 4_194_304)),
  }),
});
