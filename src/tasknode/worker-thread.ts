/**
 * The inside of a thread: loads the task library once, then runs one order at a time. It owns no
 * connection and no clock; when a task ends it, the supervisor starts another.
 */
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { collectGarbage } from "../host/collect-garbage.ts";
import { confinedFiles } from "../host/files.ts";
import { withColumnMemory } from "../table/memory.ts";
import { loadLibrary } from "../task/load-library.ts";
import { cancelReason, lateReason } from "./abort-reason.ts";
import { allowedFetch } from "./allowed-fetch.ts";
import { markChildren } from "./mark-children.ts";
import { transferable } from "./order-output.ts";
import { runOrder, type Workbench } from "./run-order.ts";
import {
  board,
  type Cause,
  endReason,
  type FromThread,
  type ThreadOrder,
  type ThreadStart,
  type ToThread,
} from "./thread-messages.ts";

import { threadQuestions } from "./thread-questions.ts";

const start = workerData as ThreadStart;
const port = parentPort;
if (port === null) throw new Error("this file is the inside of a worker thread");

let abort = new AbortController();
let runMs = 0;
const questions = threadQuestions(send);
markChildren(start.mark, (pid) => {
  Atomics.add(start.board, board.started, 1);
  if (pid !== undefined) send({ kind: "started", pid });
});
const { library, problems } = await loadLibrary([...start.taskFolders]);
const { placeFd } = start;
const bench: Workbench = {
  library,
  files: confinedFiles([...start.dataRoots]),
  fetch: allowedFetch(start.fetchOrigins, questions, () => abort.signal),
  board: start.board,
  ...(placeFd !== undefined && {
    moved: (item, call) => void writeSync(placeFd, Int32Array.of(item, call)),
  }),
  nextSignal() {
    if (abort.signal.aborted) abort = new AbortController();
    return abort.signal;
  },
};

port.on("message", (message: ToThread) => {
  if (message.kind === "run") void run(message.order);
  else if (message.kind === "collect") collectGarbage();
  else if (message.kind === "recalled") questions.told(message);
  else wake(message.cancel);
});
send({ kind: "ready", catalog: { tasks: library.describe(), problems } });

/** Aborts the signal of the item that runs, unless another was meant that is over: the board knows. */
function wake(cause: Cause | undefined): void {
  const reason = endReason(start.board, Atomics.load(start.board, board.item));
  if (reason === "cancelled") abort.abort(cancelReason(cause));
  else if (reason === "late") abort.abort(lateReason(runMs));
}

async function run(order: ThreadOrder): Promise<void> {
  // Tasks may leave listeners behind on a signal, so each order has its own.
  abort = new AbortController();
  runMs = order.runMs;
  // What the order made is copied out when it is sent: then its memory serves the next one.
  await withColumnMemory(async () => {
    const done = await runOrder(order, bench);
    send({ kind: "done", done }, transferable(done.tables));
  });
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}
