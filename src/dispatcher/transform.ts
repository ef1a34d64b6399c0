/**
 * Runs a whole document and tells on the way what it does, in the lines that raspi-rtl printed:
 *
 *     Running: 0 - a928f828-7619-4560-8637-730b52ae9034
 *     Running: null
 *     Completed: 0.40 ms null
 *     Total Elapsed Time: 0.0079
 */
import type { JobDone, JobWireEvent, StageReport } from "../protocol/messages.ts";
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
  const teller = new Teller(job.id, verbosity);
  for await (const event of job.watch()) for (const line of teller.linesOf(event)) print(line);
}

/**
 * Tells one stage after the other, in the order in which they began, although stages that run
 * together, on one node or side by side, begin and end in each other's midst.
 */
class Teller {
  readonly #job: string;
  readonly #verbosity: 1 | 2;
  /** Stages that have begun and are not told to their end; the first one's turn it is. */
  readonly #begun: string[] = [];
  readonly #reports = new Map<string, StageReport>();
  #number = 0;

  constructor(job: string, verbosity: 1 | 2) {
    this.#job = job;
    this.#verbosity = verbosity;
  }

  /** What is to be printed now that this has happened. */
  linesOf(event: JobWireEvent): string[] {
    if (event.type === "stage.started") {
      this.#begun.push(event.stage);
      return this.#begun.length === 1 ? [this.#head()] : [];
    }
    if (event.type === "stage.completed") {
      this.#reports.set(event.report.stage, event.report);
      return this.#tellOn();
    }
    return event.type === "job.done" ? [totalLine(event)] : [];
  }

  #tellOn(): string[] {
    const lines: string[] = [];
    for (;;) {
      const [stage] = this.#begun;
      const report = stage === undefined ? undefined : this.#reports.get(stage);
      if (report === undefined) return lines;
      lines.push(...this.#body(report));
      this.#begun.shift();
      if (this.#begun.length > 0) lines.push(this.#head());
    }
  }

  #head(): string {
    return `Running: ${this.#number++} - ${this.#job}`;
  }

  #body({ tasks }: StageReport): string[] {
    return tasks.flatMap(({ task, ms, lines }) => [
      `Running: ${task}`,
      ...(this.#verbosity > 1 ? lines : []),
      `Completed: ${ms.toFixed(2)} ms ${task}`,
    ]);
  }
}

const totalLine = (done: JobDone): string => `Total Elapsed Time: ${done.ms / 1_000}`;
