/**
 * What identifies this process to the NATS server, from the settings that the tools of NATS use. The
 * values never reach a log, an argument list or an error.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import { TOKEN } from "../protocol/ids.ts";
import { fromJson } from "./from-json.ts";

/** Text of PEM files: who vouches for the server, and what the server is shown of us. */
export interface NatsTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface NatsCredentials {
  /** Text of a credentials file. */
  readonly credentials?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly tls?: NatsTls;
}

export interface CredentialSettings {
  readonly file: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** RTL_CONFIG_INVALID when a file cannot be read, or a certificate has no key. */
export function natsCredentials(settings: CredentialSettings): NatsCredentials {
  const { file, user, password, token, ca, cert, key } = settings;
  if (!cert !== !key) {
    const [given, missing] = cert ? ["NATS_CERT", "NATS_KEY"] : ["NATS_KEY", "NATS_CERT"];
    throw new RtlError("RTL_CONFIG_INVALID", `${given} is set without ${missing}`, {
      fix: `set ${missing} to the file that belongs to it, or unset ${given}`,
    });
  }
  const tls = {
    ...(ca && { ca: readFile(ca, "NATS_CA") }),
    ...(cert && { cert: readFile(cert, "NATS_CERT") }),
    ...(key && { key: readFile(key, "NATS_KEY") }),
  };
  return {
    ...(file && { credentials: readFile(file, "NATS_CREDS") }),
    ...(user && { user }),
    ...(password && { password }),
    ...(token && { token }),
    ...((ca || cert) && { tls }),
  };
}

/** The same from the environment, for programs without a Config. */
export function credentialsOf(env: Readonly<Record<string, string | undefined>>): NatsCredentials {
  return natsCredentials({
    file: env["NATS_CREDS"],
    user: env["NATS_USER"],
    password: env["NATS_PASSWORD"],
    token: env["NATS_TOKEN"],
    ca: env["NATS_CA"],
    cert: env["NATS_CERT"],
    key: env["NATS_KEY"],
  });
}

function readFile(file: string, key: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new RtlError("RTL_CONFIG_INVALID", `the file ${file} of ${key} cannot be read`, {
      cause,
      fix: `correct ${key}, or unset it where the server does not ask for it`,
    });
  }
}

/** Who somebody is on a bus that knows its members. */
export interface Member {
  readonly name: string;
  readonly role: string;
}

/**
 * What the text of a credentials file says of its owner; undefined where `rtl cluster` did not make it.
 * The server knows it, too, and goes by its own knowledge: this only saves asking for what it refuses.
 */
export function memberOf(credentials: string | undefined): Member | undefined {
  const claims = /BEGIN NATS USER JWT-+\s+[\w-]+\.([\w-]+)\./.exec(credentials ?? "")?.[1];
  if (claims === undefined) return undefined;
  const parsed = memberSchema.safeParse(
    fromJson(Buffer.from(claims, "base64url").toString("utf8")),
  );
  const role = parsed.data?.nats.tags.find((tag) => tag.startsWith(ROLE_TAG));
  if (!parsed.success || role === undefined) return undefined;
  return { name: parsed.data.name, role: role.slice(ROLE_TAG.length) };
}

/** A tag of a member's claims that says its role. */
export const ROLE_TAG = "rtl-role:";

const memberSchema = z.object({
  name: z.string().regex(TOKEN),
  nats: z.object({ tags: z.array(z.string()).default([]) }),
});
