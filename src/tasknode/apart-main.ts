/**
 * The inside of a process apart: hands messages on between the node and the one thread that runs the
 * orders here. It stays awake while that thread is busy, so that it ends with its node whatever a task
 * does. It owns no connection and runs no task itself.
 */
import {
  arrivedOrder,
  type FromProcess,
  PLACE_FD,
  type ToProcess,
  unsharedDone,
} from "./apart-messages.ts";
import { type Inside, type InsideStart, startThread } from "./inside.ts";
import { board, createBoard, type FromThread } from "./thread-messages.ts";

// The node decides when this process ends: a signal that was meant for all of them, from a terminal or
// a service manager, must not end work that the node lets finish.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
// Its thread may be in a call that nothing else ends.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));

const shown = createBoard();
let inside: Inside | undefined;

process.on("message", (message: ToProcess) => {
  if (message.kind === "start")
    inside = begin({ ...message.start, board: shown, placeFd: PLACE_FD });
  else if (inside !== undefined) hand(inside, message);
});

function begin(start: InsideStart): Inside {
  return startThread(start, {
    message: (message: FromThread) =>
      send(message.kind === "done" ? { kind: "done", done: unsharedDone(message.done) } : message),
    printed: (text) => void process.stdout.write(text),
    ended: (why) => send({ kind: "ended", why }, () => process.exit()),
  });
}

function hand(to: Inside, { message, marks }: Extract<ToProcess, { kind: "post" }>): void {
  if (message.kind === "run") {
    shown.fill(0);
    const { order, transfer } = arrivedOrder(message.order);
    to.post({ kind: "run", order }, transfer);
    return;
  }
  Atomics.store(shown, board.cancelled, marks.cancelled);
  Atomics.store(shown, board.lateItem, marks.lateItem);
  to.post(message, []);
}

function send(message: FromProcess, sent: () => void = () => undefined): void {
  // Without a node there is nobody to tell, and this process is about to end.
  if (process.connected) process.send?.(message, undefined, undefined, sent);
}
