/**
 * Watches whether a nats-server's store still answers. One whose disk got full may hang for good
 * (2.9.10 does): it greets, but answers no question and heeds no signal. Then it can only be ended, so
 * that whoever keeps it starts it anew. It speaks the server's protocol itself, and changes nothing.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface StoreWatch {
  /** Pause between two questions, and patience with one answer, in milliseconds. */
  readonly everyMs: number;
  /** So many unanswered questions in a row, and it hangs. */
  readonly tries: number;
}

/** A card that is slow to write may keep a store busy for some seconds. */
export const usualWatch: StoreWatch = { everyMs: 5_000, tries: 4 };

/** Resolves when the store at this port hangs; never, when `signal` ends the watch before. */
export async function untilHung(
  port: number,
  { everyMs, tries }: StoreWatch,
  signal: AbortSignal,
): Promise<void> {
  for (let unanswered = 0; unanswered < tries; ) {
    await pause(everyMs, undefined, { signal, ref: false });
    unanswered = (await answers(port, everyMs)) ? 0 : unanswered + 1;
    signal.throwIfAborted();
  }
}

/** Whether the store lists its streams, which needs all of them to be free. */
async function answers(port: number, timeoutMs: number): Promise<boolean> {
  const inbox = `_INBOX.${randomBytes(8).toString("hex")}`;
  const question = [
    'CONNECT {"verbose":false,"pedantic":false}',
    `SUB ${inbox} 1`,
    `PUB $JS.API.STREAM.LIST ${inbox} 2`,
    "{}",
    "",
  ].join("\r\n");
  return await new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const settle = (answered: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answered);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    timer.unref();
    socket.unref();
    let text = "";
    socket.setEncoding("utf8");
    socket.once("connect", () => socket.write(question));
    socket.on("data", (piece: string) => {
      // What comes first is the greeting; the answer is long and only its beginning counts.
      text = (text + piece).slice(-64 * 1024);
      if (text.includes(`MSG ${inbox}`)) settle(true);
    });
    // A server that is gone does not hang.
    socket.on("error", () => settle(true));
    socket.on("close", () => settle(true));
  });
}
