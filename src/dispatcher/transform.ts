/**
 * Runs a whole document and tells on the way what it does, in the lines that raspi-rtl printed:
 *
 *     Running: 0 - a928f828-7619-4560-8637-730b52ae9034
 *     Running: null
 *     Completed: 0.40 ms null
 *     Total Elapsed Time: 0.0079
 */
import type { JobDone, JobWireEvent } from "../protocol/messages.ts";
import type { Table } from "../table/table.ts";
import type { SubmitOptions } from "./connect.ts";
import { type ClientOptions, LazyClient } from "./dispatcher.ts";
import type { JobHandle, WaitOptions } from "./job-handle.ts";

export interface TransformOptions extends ClientOptions {
  /** 0: silent. 1: stages, tasks with their times, and the total. 2: also what the tasks print. */
  readonly verbosity?: 0 | 1 | 2;
  /** Takes the lines; default: standard output. */
  readonly print?: (line: string) => void;
}

export class Transform {
  readonly #options: TransformOptions;

  constructor(options: TransformOptions = {}) {
    this.#options = options;
  }

  /** Starts the job; the promise of its result is asked for with `result()`. */
  execute(document: string | object, options: SubmitOptions = {}): Execution {
    return new Execution(document, { mode: "ephemeral", ...options }, this.#options);
  }
}

/** A document under way. */
export class Execution {
  readonly #client: LazyClient;
  readonly #job: Promise<JobHandle>;
  readonly #told: Promise<void>;

  constructor(document: string | object, submit: SubmitOptions, options: TransformOptions) {
    this.#client = new LazyClient(options);
    this.#job = this.#client.get().then((client) => client.submit(document, submit));
    const { verbosity = 0, print = (line) => void process.stdout.write(`${line}\n`) } = options;
    this.#told = verbosity === 0 ? Promise.resolve() : tell(this.#job, verbosity, print);
    // Whoever waits for the result is told of a failure there.
    this.#told.catch(() => undefined);
    this.#job.catch(() => undefined);
  }

  async job(): Promise<JobHandle> {
    return this.#job;
  }

  /** The result's table; the connection that was made for it is closed with it. */
  async result(options: WaitOptions = {}): Promise<Table> {
    try {
      const job = await this.#job;
      const table = await job.result(options);
      await this.#told;
      return table;
    } finally {
      await this.#client.close();
    }
  }
}

async function tell(
  started: Promise<JobHandle>,
  verbosity: 1 | 2,
  print: (line: string) => void,
): Promise<void> {
  const job = await started;
  let number = 0;
  for await (const event of job.watch()) {
    if (event.type === "stage.started") print(`Running: ${number++} - ${job.id}`);
    else for (const line of linesOf(event, verbosity)) print(line);
  }
}

/** What is printed for an event. */
export function linesOf(event: JobWireEvent, verbosity: 1 | 2): string[] {
  if (event.type === "stage.completed") {
    return event.report.tasks.flatMap(({ task, ms, lines }) => [
      `Running: ${task}`,
      ...(verbosity > 1 ? lines : []),
      `Completed: ${ms.toFixed(2)} ms ${task}`,
    ]);
  }
  return event.type === "job.done" ? [totalLine(event)] : [];
}

const totalLine = (done: JobDone): string => `Total Elapsed Time: ${done.ms / 1_000}`;
