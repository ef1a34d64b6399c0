/**
 * What identifies this process to the NATS server, from the settings that the tools of NATS use. The
 * values never reach a log, an argument list or an error.
 */
import { readFileSync } from "node:fs";
import { RtlError } from "../protocol/errors.ts";

export interface NatsCredentials {
  /** Text of a credentials file. */
  readonly credentials?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

export interface CredentialSettings {
  readonly file: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** RTL_CONFIG_INVALID when the file cannot be read. */
export function natsCredentials(settings: CredentialSettings): NatsCredentials {
  const { file, user, password, token } = settings;
  return {
    ...(file && { credentials: readCredentials(file) }),
    ...(user && { user }),
    ...(password && { password }),
    ...(token && { token }),
  };
}

/** The same from NATS_CREDS, NATS_USER, NATS_PASSWORD and NATS_TOKEN, for programs without a Config. */
export function credentialsOf(env: Readonly<Record<string, string | undefined>>): NatsCredentials {
  return natsCredentials({
    file: env["NATS_CREDS"],
    user: env["NATS_USER"],
    password: env["NATS_PASSWORD"],
    token: env["NATS_TOKEN"],
  });
}

function readCredentials(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new RtlError("RTL_CONFIG_INVALID", `the credentials file ${file} cannot be read`, {
      cause,
      fix: "correct NATS_CREDS, or unset it where the server needs no credentials",
    });
  }
}
