/**
 * Says everything twice: hears the messages of the whole bus and sends each of them once more, a
 * random while later, so that copies arrive late and in another order. What deals work is left as it
 * is, because a copy of an order is an order: the bus itself never does that. It changes nothing in a
 * message but its header.
 */
import { connect, headers, type Msg, type NatsConnection } from "nats";
import { decodeMessage } from "../../src/protocol/codec.ts";
import { doneSchema, submitSchema } from "../../src/protocol/messages.ts";
import type { Random } from "../sim/random.ts";
import type { System } from "../support/system.ts";
import { COPY_HEADER } from "./witness.ts";

/** Besides the answers of workers, which come to subjects without a name. */
const subjects = [
  "rtl.v1.job.submit",
  "rtl.v1.job.cancel",
  "rtl.v1.job.*.cancel",
  "rtl.v1.job.*.revoke",
  "rtl.v1.job.*.forget",
  "rtl.v1.job.*.event",
  "rtl.v1.node.*.beat",
  "rtl.v1.relay.*.beat",
  "rtl.v1.client.*.beat",
  "rtl.v1.node.discover",
  "rtl.v1.block.*.release",
] as const;

export interface Tap {
  /** Copies sent so far, by subject. */
  readonly copies: ReadonlyMap<string, number>;
  /** Sends what it still holds, and hears no more. */
  close(): Promise<void>;
}

export async function tapOn(system: System, random: Random, delayMsMax: number): Promise<Tap> {
  const connection = await connect({ servers: system.url, name: "tap" });
  const copies = new Map<string, number>();
  const held = new Set<() => void>();
  let closing = false;
  const hear = (subject: string, isMeant: (message: Msg) => boolean) =>
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null || closing || message.headers?.has(COPY_HEADER)) return;
        if (!isMeant(message)) return;
        copies.set(subject, (copies.get(subject) ?? 0) + 1);
        const send = () => {
          clearTimeout(timer);
          held.delete(send);
          sendCopy(connection, message);
        };
        const timer = setTimeout(send, random.whole(0, delayMsMax));
        held.add(send);
      },
    });
  for (const subject of subjects) hear(subject, isNoEphemeral);
  hear("_INBOX.>", isDone);
  await connection.flush();
  const close = async () => {
    if (closing) return;
    closing = true;
    for (const send of [...held]) send();
    await connection.drain();
  };
  system.server.after(close);
  return { copies, close };
}

function sendCopy(connection: NatsConnection, { subject, data, reply }: Msg): void {
  const header = headers();
  header.set(COPY_HEADER, "1");
  connection.publish(subject, data, { headers: header, ...(reply && { reply }) });
}

/** An ephemeral job has no record by which a second submit could be told from another job. */
function isNoEphemeral({ subject, data }: Msg): boolean {
  if (subject !== "rtl.v1.job.submit") return true;
  return decodeMessage(submitSchema, data).mode === "durable";
}

function isDone({ data, headers: given }: Msg): boolean {
  if (given !== undefined || data.length === 0) return false;
  try {
    decodeMessage(doneSchema, data);
    return true;
  } catch {
    return false;
  }
}
