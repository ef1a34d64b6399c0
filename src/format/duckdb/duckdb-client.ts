/**
 * The process that DuckDB runs in, as those see it who read and write Parquet. It is a process because
 * DuckDB's package brings down the one it runs in when a thread is ended while it works, and threads are
 * ended when a job is cancelled. One per thread, started when it is needed, ended when it is idle or the
 * thread is gone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RtlError } from "../../protocol/errors.ts";
import {
  type DuckDbAnswer,
  type DuckDbRequest,
  type Framed,
  FrameReader,
  framed,
} from "./duckdb-messages.ts";

/** A process that is idle so long is ended: what it holds is worth more than the start of another. */
const IDLE_MS = 20_000;

type Answered = Framed<DuckDbAnswer>;

/** The answer to one request; fails with what DuckDB or its process failed with. */
export async function askDuckDb(
  request: DuckDbRequest,
  body: readonly Uint8Array[] = [],
): Promise<Answered> {
  // One after the other: a thread does one thing at a time, and so does its process.
  const answer = last.then(() => ask(request, body));
  last = answer.catch(() => undefined);
  const answered = await answer;
  const { failure } = answered.message;
  if (failure !== undefined) throw RtlError.from(failure);
  return answered;
}

let last: Promise<unknown> = Promise.resolve();
let running: DuckDbProcess | undefined;

async function ask(request: DuckDbRequest, body: readonly Uint8Array[]): Promise<Answered> {
  running ??= new DuckDbProcess(() => {
    running = undefined;
  });
  return running.ask(request, body);
}

class DuckDbProcess {
  readonly #child: ChildProcess;
  readonly #reader = new FrameReader<DuckDbAnswer>();
  #settle: { done: (answered: Answered) => void; failed: (error: Error) => void } | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(gone: () => void) {
    const program = fileURLToPath(new URL("./duckdb-process.js", import.meta.url));
    this.#child = spawn(process.execPath, [program], {
      stdio: ["pipe", "pipe", "ignore"],
      // It is no task's: when a task is cancelled, it stays for the next one.
      env: { ...process.env, RTL_SLOT_PART: "duckdb" },
    });
    const end = (why: string) => {
      gone();
      this.#settle?.failed(new Error(`the process of DuckDB ended: ${why}`));
    };
    this.#child.once("error", (error) => end(error.message));
    this.#child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
    // The exit tells why; that the pipe is broken then is no news.
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdout?.on("data", (piece: Uint8Array) => this.#take(piece));
    this.#hold(false);
  }

  async ask(request: DuckDbRequest, body: readonly Uint8Array[]): Promise<Answered> {
    clearTimeout(this.#idle);
    this.#hold(true);
    try {
      return await new Promise<Answered>((done, failed) => {
        this.#settle = { done, failed };
        for (const piece of framed(request, body)) this.#child.stdin?.write(piece);
      });
    } finally {
      this.#settle = undefined;
      this.#hold(false);
      this.#idle = setTimeout(() => this.#child.stdin?.end(), IDLE_MS).unref();
    }
  }

  #take(piece: Uint8Array): void {
    try {
      this.#reader.push(piece, (answered) => this.#settle?.done(answered));
    } catch (error) {
      // There is no memory for what was read: the rest of it is not wanted either.
      this.#settle?.failed(error instanceof Error ? error : new Error(String(error)));
      this.#child.kill("SIGKILL");
    }
  }

  /** Whether our own process waits for it: while it is idle, nobody does. */
  #hold(held: boolean): void {
    const { stdin, stdout } = this.#child;
    for (const each of [this.#child, stdin, stdout] as { ref?(): void; unref?(): void }[]) {
      if (held) each.ref?.();
      else each.unref?.();
    }
  }
}
