/**
 * A process that runs orders as a thread does, and takes nothing along when it dies: for work that has
 * been lost with its node more than once. What lies inside is a thread of that process. It ends with
 * this process, however this one ends. It knows nothing of orders.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  arrivedDone,
  type FromProcess,
  PLACE_BYTES,
  type ToProcess,
  unshared,
} from "./apart-messages.ts";
import type { Inside, InsideEvents, InsideStart } from "./inside.ts";
import { SLOT, SLOT_PART } from "./slot-mark.ts";
import { board } from "./thread-messages.ts";

const program = fileURLToPath(new URL("./apart-main.js", import.meta.url));

export function startProcess(
  { board: shown, ...start }: InsideStart,
  events: InsideEvents,
): Inside {
  const child = fork(program, [], {
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
    execArgv: [`--max-old-space-size=${start.heapMbMax}`],
    env: { ...process.env, [SLOT]: start.mark, [SLOT_PART]: "apart" },
  });
  const place = child.stdio[4] as Readable | undefined;
  let said: string | undefined;
  // A process that is gone needs no messages, and its exit says why it is.
  const send = (message: ToProcess) => void child.send(message, () => undefined);

  child.on("message", (message: FromProcess) => {
    if (message.kind === "ended") said = message.why;
    else if (message.kind === "done") {
      events.message({ kind: "done", done: arrivedDone(message.done) });
    } else events.message(message);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => events.printed(text));
  }
  if (place !== undefined) followPlace(place, shown);
  child.once("error", (error) => {
    said ??= `it could not be started: ${error.message}`;
    if (child.pid === undefined) events.ended(said);
  });
  child.once("exit", (code, signal) => {
    const ended = () => events.ended(said ?? exitText(code, signal));
    // What it wrote before its end is read first.
    if (place === undefined || place.closed) ended();
    else void once(place, "close").then(ended, ended);
  });
  send({ kind: "start", start });
  return {
    pid: child.pid ?? 0,
    sharesBoard: false,
    post(message) {
      const [cancelled, lateItem] = [shown[board.cancelled] ?? 0, shown[board.lateItem] ?? 0];
      send({ kind: "post", message: unshared(message), marks: { cancelled, lateItem } });
    },
    terminate: () => void child.kill("SIGKILL"),
  };
}

/** Keeps on the board at which item and call the thread in the process is. */
function followPlace(place: Readable, shown: Int32Array): void {
  let left: Buffer = Buffer.alloc(0);
  place.on("error", () => undefined);
  place.on("data", (piece: Buffer) => {
    const all = Buffer.concat([left, piece]);
    const whole = all.length - (all.length % PLACE_BYTES);
    left = all.subarray(whole);
    if (whole === 0) return;
    Atomics.store(shown, board.item, all.readInt32LE(whole - PLACE_BYTES));
    Atomics.store(shown, board.call, all.readInt32LE(whole - PLACE_BYTES / 2));
  });
}

function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === null) return `it ended itself with exit code ${code}`;
  const perhaps = signal === "SIGKILL" ? ", perhaps by the system for want of memory" : "";
  return `it was ended by the signal ${signal}${perhaps}`;
}
