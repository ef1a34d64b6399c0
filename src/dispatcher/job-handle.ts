/** A job as its submitter, or anyone who knows its id, holds it: follow it, wait for it, end it. */
import type { BlockStore } from "../blocks/blocks.ts";
import { RtlError } from "../protocol/errors.ts";
import type {
  Cancel,
  JobDone,
  JobSummary,
  JobWireEvent,
  Result,
  TableRef,
} from "../protocol/messages.ts";
import { decodeTable } from "../table/ipc.ts";
import { tableFromJson } from "../table/json.ts";
import { concatenate, sliceRows, type Table } from "../table/table.ts";
import type { EventLog } from "./event-log.ts";

export interface WaitOptions {
  /** Ends the waiting, not the job. */
  readonly signal?: AbortSignal;
  /** RTL_WAIT_TIMEOUT after this many milliseconds; the job runs on. */
  readonly timeoutMs?: number;
}

export interface CancelOptions {
  readonly reason?: string;
  readonly by?: string;
  /** Time that running tasks have to heed their signal; 0 ends them at once. */
  readonly graceMs?: number;
}

/** What the job was when it was asked to end. */
export interface CancelAnswer extends JobSummary {
  /** No relay runs: the cancel is kept, and the job ends when one comes. */
  readonly waitsForRelay?: true;
}

/** What a handle needs of its client. */
export interface HandlePorts {
  /** The job's events; listening begins with the first call. */
  log(): Promise<EventLog>;
  status(): Promise<JobSummary>;
  cancel(cancel: Omit<Cancel, "by"> & { readonly by?: string }): Promise<CancelAnswer>;
  result(): Promise<Result>;
  readonly blocks: BlockStore;
  /** The table that lies in this block, if it is the job's own input. */
  own(block: string): Table | undefined;
  /** The tables of an ephemeral job's result have been read. */
  consumed(tables: readonly TableRef[]): void;
}

export class JobHandle {
  readonly id: string;
  /** False when the same job had been accepted before; unknown for a job found by its id. */
  readonly created: boolean | undefined;
  readonly #ports: HandlePorts;
  #table: Promise<Table> | undefined;

  constructor(id: string, created: boolean | undefined, ports: HandlePorts) {
    this.id = id;
    this.created = created;
    this.#ports = ports;
  }

  /** The job's events after number `after`, past and to come; the last one is `job.done`. */
  async *watch(
    options: { readonly after?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<JobWireEvent> {
    const log = await within(this.#ports.log(), options.signal);
    yield* log.read(options.after, options.signal);
  }

  /** Waits for the end, whatever it is. */
  async done(options: WaitOptions = {}): Promise<JobDone> {
    const { timeoutMs } = options;
    if (timeoutMs === undefined) return this.#settled(options.signal);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    try {
      return await this.#settled(signal);
    } catch (error) {
      if (!timeout.aborted || options.signal?.aborted) throw error;
      throw new RtlError("RTL_WAIT_TIMEOUT", `job ${this.id} did not settle in ${timeoutMs} ms`, {
        at: { job: this.id },
        fix: `it runs on; follow it with: rtl job watch ${this.id}`,
      });
    }
  }

  async #settled(signal: AbortSignal | undefined): Promise<JobDone> {
    const log = await within(this.#ports.log(), signal);
    return log.settled(signal);
  }

  /** Waits for the result. Throws the job's failure when it has none. */
  async result(options: WaitOptions = {}): Promise<Table> {
    const done = await this.done(options);
    if (done.state === "failed") {
      throw RtlError.from(
        (done.failure as never) ?? { code: "RTL_INTERNAL", message: "no reason" },
      );
    }
    if (done.state === "cancelled") throw cancelledError(this.id, done);
    this.#table ??= this.#read(done.result).catch((error: unknown) => {
      // Whoever asks again after a failure deserves another try.
      this.#table = undefined;
      throw error;
    });
    return this.#table;
  }

  async #read(given: Result | undefined): Promise<Table> {
    const result = given ?? (await this.#ports.result());
    const tables = await Promise.all(result.tables.map((table) => this.#tableOf(table)));
    const parts = result.slices.flatMap(([place, start, end]) => {
      const table = tables[place];
      if (table === undefined) return [];
      return [start === 0 && end === table.rows ? table : sliceRows(table, start, end)];
    });
    // Pieces without rows carry no types worth keeping, unless there is nothing else.
    const filled = parts.filter((part) => part.rows > 0);
    const table = concatenate(filled.length > 0 ? filled : parts.slice(0, 1));
    this.#ports.consumed(result.tables);
    return table;
  }

  async #tableOf(table: TableRef): Promise<Table> {
    const own = "block" in table ? this.#ports.own(table.block) : undefined;
    return own ?? readTable(table, this.#ports.blocks);
  }

  async status(): Promise<JobSummary> {
    return this.#ports.status();
  }

  /**
   * Asks for the end of the job. Answers at once, with what the job is then. The cancel of a durable job
   * is kept on disk by then, also where no relay runs to hear it.
   */
  async cancel(options: CancelOptions = {}): Promise<CancelAnswer> {
    const { reason = "", by, graceMs } = options;
    return this.#ports.cancel({
      id: this.id,
      reason,
      ...(by !== undefined && { by }),
      ...(graceMs !== undefined && { graceMs }),
    });
  }
}

export async function readTable(table: TableRef, blocks: BlockStore): Promise<Table> {
  if ("json" in table) return tableFromJson(table.json);
  return "inline" in table ? decodedOnce(table.inline) : decodeTable(await blocks.read(table));
}

/** Small tables that are here already; many jobs may have theirs in one. */
const decoded = new WeakMap<Uint8Array, Table>();

function decodedOnce(inline: Uint8Array): Table {
  const known = decoded.get(inline);
  if (known !== undefined) return known;
  const table = decodeTable(inline);
  decoded.set(inline, table);
  return table;
}

/** The promise, or the signal's reason if that comes first. */
function within<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function cancelledError(job: string, done: JobDone): RtlError {
  const { by = "a client", reason = "" } = done.cancelled ?? {};
  return new RtlError(
    "RTL_JOB_CANCELLED",
    `job ${job} was cancelled by ${by}${reason === "" ? "" : `: ${reason}`}`,
    { at: { job } },
  );
}
