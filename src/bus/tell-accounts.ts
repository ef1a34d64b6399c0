/**
 * Tells the servers of a cluster that an account has changed: who was revoked is cut off at once. Servers
 * that do not run are told by the others when they come back.
 */
import { connect, credsAuthenticator } from "nats";
import type { NatsCredentials } from "../host/nats-credentials.ts";
import { RtlError } from "../protocol/errors.ts";
import { unreachable } from "./connect.ts";

const patienceMs = 5_000;

/** RTL_BUS_UNREACHABLE where none of them answers, RTL_BUS_REFUSED where they do not take it. */
export async function tellAccounts(
  servers: readonly string[],
  { credentials = "", tls = {} }: NatsCredentials,
  jwt: string,
): Promise<void> {
  const text = new TextEncoder();
  let answer: string;
  try {
    const connection = await connect({
      servers: [...servers],
      authenticator: credsAuthenticator(text.encode(credentials)),
      tls: { ...tls },
      timeout: patienceMs,
      reconnect: false,
    });
    try {
      const reply = await connection.request("$SYS.REQ.CLAIMS.UPDATE", text.encode(jwt), {
        timeout: patienceMs,
      });
      answer = new TextDecoder().decode(reply.data);
    } finally {
      await connection.close();
    }
  } catch (cause) {
    throw unreachable(servers, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (/"code":\s*200/.test(answer)) return;
  throw new RtlError("RTL_BUS_REFUSED", `the NATS server does not take the change: ${answer}`, {
    fix: "look at its log; it must have been set up with this cluster's nats.conf",
  });
}
