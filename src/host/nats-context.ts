/**
 * Contexts of the `nats` command: a server and how to identify to it, under a name. They are read and
 * never written.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import { nearest } from "../protocol/nearest.ts";
import { type NatsCredentials, natsCredentials } from "./nats-credentials.ts";
import type { Environment } from "./setting.ts";

const text = z.string().default("");
const contextSchema = z.object({
  url: text,
  ...{ user: text, password: text, token: text, creds: text, nkey: text },
  ...{ cert: text, key: text, ca: text },
});

export interface FoundServers {
  readonly servers: readonly string[];
  readonly credentials: NatsCredentials;
}

/** Folder in which the `nats` command keeps its contexts. */
export function contextFolder(environment: Environment): string {
  const base = environment["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  return join(base, "nats", "context");
}

/** The servers and credentials of a context. RTL_CONFIG_INVALID where there is none, or it cannot be used. */
export function readContext(name: string, environment: Environment): FoundServers {
  const folder = contextFolder(environment);
  const file = isAbsolute(name) ? name : join(folder, `${name}.json`);
  if (!existsSync(file)) throw unknown(name, folder);
  const { url, creds, user, password, token, nkey, cert, key, ca } = parsed(file);
  if (nkey !== "") {
    throw new RtlError("RTL_CONFIG_INVALID", `the context ${name} identifies by an nkey`, {
      fix: "rtl knows creds, user and password, token, and certificates: choose another context",
    });
  }
  const servers = (url || "nats://127.0.0.1:4222").split(",").map((server) => server.trim());
  const files = { file: creds, ca, cert, key };
  return { servers, credentials: natsCredentials({ user, password, token, ...files }) };
}

function parsed(file: string): z.output<typeof contextSchema> {
  try {
    return contextSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new RtlError("RTL_CONFIG_INVALID", `the context in ${file} cannot be read`, {
      cause,
      fix: "look at it with: nats context show",
    });
  }
}

function unknown(name: string, folder: string): RtlError {
  const all = existsSync(folder) ? readdirSync(folder) : [];
  const names = all.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -5));
  const near = nearest(name, names);
  const fix =
    names.length === 0
      ? `there is no context in ${folder}; name a server with --server`
      : `${near === undefined ? "" : `did you mean ${near}? `}there are: ${names.join(", ")}`;
  return new RtlError("RTL_CONFIG_INVALID", `there is no context ${name}`, { fix });
}
