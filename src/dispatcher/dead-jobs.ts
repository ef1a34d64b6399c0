/**
 * The dead letters as a client sees them: work that nobody could do, why, and what it takes to hand its
 * job in again. A letter stays until it is dropped or its time is over; handing in again changes nothing
 * of it. Nothing here knows how a job is submitted.
 */
import type { BlockStore } from "../blocks/blocks.ts";
import type { Bus } from "../bus/bus.ts";
import { DeadLetters } from "../cache/dead-letters.ts";
import { Inputs } from "../cache/inputs.ts";
import { RtlError } from "../protocol/errors.ts";
import { checkedToken, TOKEN } from "../protocol/ids.ts";
import type { DeadLetter, JobRecord } from "../protocol/records.ts";
import { decodeTable } from "../table/ipc.ts";
import type { Table } from "../table/table.ts";
import type { SubmitOptions } from "./connect.ts";
import { type JobHandle, readTable } from "./job-handle.ts";

export interface RetryOptions {
  /** Id of the new job; by default the first of `<job>-retry-1`, `-2`, … that is free. */
  readonly id?: string;
  /** Another input; by default the one that the job had. */
  readonly input?: unknown;
  /** The letter is dropped once the new job is accepted. */
  readonly drop?: boolean;
}

/** What it takes to hand a job in again. */
type OverJob = Pick<DeadLetter, "job" | "spec" | "input" | "inputKept">;
type Verb = "dead retry" | "job retry";

export type SubmitAgain = (document: object, options: SubmitOptions) => Promise<JobHandle>;

export class DeadJobs {
  readonly #letters: DeadLetters;
  readonly #inputs: Inputs;
  readonly #blocks: BlockStore;

  constructor(bus: Bus, blocks: BlockStore) {
    this.#letters = new DeadLetters(bus);
    this.#inputs = new Inputs(bus);
    this.#blocks = blocks;
  }

  /** The newest first. A letter of another version of this program may be none to us: it is left out. */
  async all(unreadable: (job: string, error: unknown) => void): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const letter of this.#letters.all(unreadable)) letters.push(letter);
    return letters.sort((a, b) => b.at - a.at);
  }

  /** RTL_JOB_UNKNOWN when no dead letter is kept of the job. */
  async get(job: string): Promise<DeadLetter> {
    const letter = await this.#letters.get(job);
    if (letter !== undefined) return letter;
    throw new RtlError("RTL_JOB_UNKNOWN", `no dead letter is kept of a job "${job}"`, {
      fix: "see which there are with: rtl dead ls",
    });
  }

  /** The input that the job had; undefined where it had none. RTL_INPUT_LOST when it is gone. */
  async input(
    { job, input, inputKept }: OverJob,
    verb: Verb = "dead retry",
  ): Promise<Table | undefined> {
    if (input === undefined) return undefined;
    const kept = inputKept && (await this.#inputs.read(job, inputKept));
    if (kept !== undefined) return decodeTable(kept);
    try {
      return await readTable(input, this.#blocks);
    } catch (cause) {
      const bytes = "bytes" in input ? ` and ${input.bytes} bytes` : "";
      const what = `the input of job ${job}, a table of ${input.rows} rows${bytes}, is gone`;
      throw new RtlError("RTL_INPUT_LOST", what, {
        at: { job },
        fix: `give it again: rtl ${verb} ${job} --input FILE`,
        cause,
      });
    }
  }

  /** Hands the job in again as a new one. */
  async retry(job: string, submit: SubmitAgain, options: RetryOptions = {}): Promise<JobHandle> {
    const handle = await this.#submitAgain(await this.get(job), submit, options, "dead retry");
    if (options.drop) await this.drop(job);
    return handle;
  }

  /** The same by a job's record: RTL_JOB_UNKNOWN without one, RTL_JOB_CONFLICT while it runs. */
  async again(
    job: string,
    record: JobRecord | undefined,
    submit: SubmitAgain,
    options: RetryOptions = {},
  ): Promise<JobHandle> {
    if (record === undefined) {
      throw new RtlError("RTL_JOB_UNKNOWN", `no job ${job}`, {
        at: { job },
        fix: "list the jobs with: rtl job ls",
      });
    }
    if (record.settledAt === undefined) {
      throw new RtlError("RTL_JOB_CONFLICT", `job ${job} is not over: it is ${record.state}`, {
        at: { job },
        fix: `wait for it with rtl job watch ${job}, or end it with rtl job cancel ${job}`,
      });
    }
    return this.#submitAgain({ ...record, job }, submit, options, "job retry");
  }

  async #submitAgain(
    over: OverJob,
    submit: SubmitAgain,
    options: RetryOptions,
    verb: Verb,
  ): Promise<JobHandle> {
    const input = options.input ?? (await this.input(over, verb));
    const given = input === undefined ? {} : { input };
    const document = over.spec as object;
    return options.id === undefined
      ? firstFree(over.job, verb, (id) => submit(document, { id, ...given }))
      : submit(document, { id: checkedToken(options.id, "job"), ...given });
  }

  /** Forgets a letter, and the input that was kept for it. RTL_JOB_UNKNOWN when there is none. */
  async drop(job: string): Promise<void> {
    const { inputKept } = await this.get(job);
    await this.#letters.drop(job);
    if (inputKept !== undefined) await this.#inputs.forget(job, inputKept);
  }
}

/** Submits under the first id of a row that no job has; the retry of a retry goes on in the same row. */
async function firstFree(
  job: string,
  verb: Verb,
  submit: (id: string) => Promise<JobHandle>,
): Promise<JobHandle> {
  const [, first = job, last = "0"] = /^(.+)-retry-(\d{1,9})$/.exec(job) ?? [];
  for (let count = Number(last) + 1; ; count++) {
    const id = `${first}-retry-${count}`;
    if (!TOKEN.test(id)) {
      throw new RtlError("RTL_USAGE_INVALID", `"${id}" is too long for the id of a job`, {
        fix: `say one: rtl ${verb} ${job} --id ID`,
      });
    }
    try {
      const handle = await submit(id);
      // The same id and document is the same job: this one is an earlier retry.
      if (handle.created !== false) return handle;
    } catch (error) {
      if (!(error instanceof RtlError) || error.code !== "RTL_JOB_CONFLICT") throw error;
    }
  }
}
