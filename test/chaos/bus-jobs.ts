/**
 * Jobs for tests that harm the bus, and the oracle over them: each job's result is known beforehand,
 * and what comes of it is counted as Jepsen counts. It harms nothing itself.
 */
import { type JobHandle, type Rtl, RtlError, type Table, tableToJson } from "../../src/index.ts";
import type { Counts } from "./report.ts";

export interface Shape {
  readonly rows: number;
  readonly rowsPerChunk: number;
  /** Time that each chunk takes. */
  readonly ms: number;
}

/** Chunks that take their time, then a fold over all of them: y is 2x, less their mean. */
export const documentOf = ({ rowsPerChunk, ms }: Shape) => ({
  stages: {
    twice: {
      split: { rows: rowsPerChunk },
      tasks: [
        { linger: { ms } },
        { add: { operations: [{ a: "x", b: "x", column: "y" }] } },
        { average: { operations: [{ a: "y", column: "mean" }] } },
      ],
    },
  },
});

export const inputOf = ({ rows }: Shape) => ({
  x: Float64Array.from({ length: rows }, (_, row) => row),
});

/** No job of these tests takes so long, whatever happens. */
const STUCK_MS = 120_000;

export class Tally {
  readonly counts: { -readonly [Key in keyof Counts]: number } = {
    lost: 0,
    wrong: 0,
    doubled: 0,
    phantom: 0,
    stuck: 0,
  };
  /** What was seen, for whoever reads why a test failed. */
  readonly notes: string[] = [];
  jobs = 0;
  chunks = 0;

  submit(rtl: Rtl, shape: Shape, id?: string): Promise<JobHandle> {
    this.jobs++;
    this.chunks += Math.ceil(shape.rows / shape.rowsPerChunk);
    const options = { input: inputOf(shape), ...(id !== undefined && { id }) };
    return rtl.submit(documentOf(shape), options);
  }

  /** Waits for the end of a job that must succeed. */
  async completed(job: JobHandle, shape: Shape): Promise<void> {
    const table = await this.#ended(job);
    if (table === undefined) return;
    const columns = tableToJson(table).columns;
    const [x, y] = [columns["x"]?.values ?? [], columns["y"]?.values ?? []];
    if (x.length > shape.rows) this.#note("doubled", job.id, `${x.length} rows`);
    else if (x.length < shape.rows) this.#note("lost", job.id, `${x.length} rows`);
    else if (!x.every((value, row) => value === row && y[row] === 2 * row)) {
      this.#note("wrong", job.id, "values");
    }
    await this.#once(job);
  }

  async #ended(job: JobHandle): Promise<Table | undefined> {
    try {
      return await job.result({ timeoutMs: STUCK_MS });
    } catch (error) {
      const isStuck = error instanceof RtlError && error.code === "RTL_WAIT_TIMEOUT";
      this.#note(isStuck ? "stuck" : "lost", job.id, String(error));
      return undefined;
    }
  }

  /** Waits for the end of a job that was cancelled. */
  async cancelled(job: JobHandle): Promise<void> {
    const end = await job.done({ timeoutMs: STUCK_MS }).catch(() => undefined);
    if (end === undefined) this.#note("stuck", job.id, "after its cancellation");
    else if (end.state === "failed") this.#note("lost", job.id, "failed after its cancellation");
    await this.#once(job);
  }

  /** The events of a job have one end. */
  async #once(job: JobHandle): Promise<void> {
    let ends = 0;
    for await (const { type } of job.watch()) if (type === "job.done") ends++;
    if (ends !== 1) this.#note("doubled", job.id, `${ends} ends`);
  }

  #note(what: keyof Counts, job: string, why: string): void {
    this.counts[what]++;
    this.notes.push(`${what}: ${job}: ${why}`);
  }
}
