/**
 * The checker of the chaos suite: compares what was committed with what the pure function makes of
 * the input, and counts what must never happen. It decides from the outside: from the result that a
 * client read, from the events on the bus, and from the ledger.
 */

import type { JobHandle, Table } from "../../src/index.ts";
import { RtlError } from "../../src/protocol/errors.ts";
import type { JobDone } from "../../src/protocol/messages.ts";
import { untilAnswered } from "./client.ts";
import type { Execution } from "./ledger.ts";
import type { Counts } from "./report.ts";
import type { Witness } from "./witness.ts";

export type Columns = Readonly<Record<string, Float64Array>>;
type Mutable = { -readonly [K in keyof Counts]: Counts[K] };

/** What a job should end with. */
export interface Expected {
  readonly state: JobDone["state"];
  /** Of a completed job; its column x numbers the rows, in order. */
  readonly columns?: Columns;
}

/** What became of a job. */
export interface Ended {
  readonly done: JobDone | undefined;
  readonly table: Table | undefined;
}

/** Waits for the end of a job and reads its result. One that does not end in time is stuck. */
export async function endOf(job: JobHandle, timeoutMs: number): Promise<Ended> {
  try {
    // Whose relay dies while it answers asks another one.
    const done = await untilAnswered(() => job.done({ timeoutMs }), `the end of ${job.id}`);
    const completed = done.state === "completed";
    const table = completed
      ? await untilAnswered(() => job.result(), `the result of ${job.id}`)
      : undefined;
    return { done, table };
  } catch (error) {
    if (error instanceof RtlError && error.code === "RTL_WAIT_TIMEOUT") {
      return { done: undefined, table: undefined };
    }
    throw error;
  }
}

/** The verdict on any number of jobs, added up one by one. Says what it counted. */
export class Verdict {
  readonly #counts: Mutable = { lost: 0, wrong: 0, doubled: 0, phantom: 0, stuck: 0 };
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  get counts(): Counts {
    return { ...this.#counts };
  }

  count(what: keyof Counts, why: string, times = 1): void {
    if (times === 0) return;
    this.#counts[what] += times;
    this.#say(`${what}: ${why}`);
  }

  /** Judges one job; `witness` knows how often it ended. */
  judge(id: string, { done, table }: Ended, expected: Expected, witness?: Witness): void {
    const endings = witness?.endings(id);
    if (endings !== undefined) {
      this.count("doubled", `job ${id} ended ${endings.own} times`, Math.max(0, endings.own - 1));
      const again = Math.max(0, endings.group - 1);
      this.count("doubled", `job ${id} was shared out ${endings.group} times`, again);
    }
    if (done === undefined) return this.count("stuck", `job ${id} has not ended`);
    if (done.state !== expected.state) {
      const what = expected.state === "completed" ? "lost" : "phantom";
      const why = done.failure === undefined ? "" : `: ${JSON.stringify(done.failure)}`;
      return this.count(what, `job ${id} is ${done.state}, not ${expected.state}${why}`);
    }
    if (expected.columns === undefined) return;
    if (table === undefined) return this.count("lost", `job ${id} has no result`);
    this.#compare(id, table, expected.columns);
  }

  #compare(id: string, table: Table, expected: Columns): void {
    const rows = rowsOf(table, Object.keys(expected));
    const wanted = rowsIn(expected);
    const left = new Map<string, number>();
    for (const row of wanted) left.set(row, (left.get(row) ?? 0) + 1);
    const known = new Set(left.keys());
    for (const row of rows) {
      const count = left.get(row) ?? 0;
      if (count > 0) left.set(row, count - 1);
      else if (known.has(row)) this.count("doubled", `job ${id}: row ${row}`);
      else this.count("wrong", `job ${id}: row ${row}`);
    }
    const missing = [...left].filter(([, count]) => count > 0);
    this.count("lost", `job ${id}: rows ${missing.slice(0, 3)}`, missing.length);
    if (missing.length > 0 || rows.length !== wanted.length) return;
    const moved = rows.filter((row, place) => row !== wanted[place]).length;
    this.count("wrong", `job ${id}: ${moved} rows are not in their place`, moved);
  }

  /**
   * Work of unknown jobs, and of cancelled and failed ones that began when they had ended. `known`
   * says when each did, and how much later its work may still begin.
   */
  judgeWork(
    executions: readonly Execution[],
    known: ReadonlyMap<string, { readonly endedAt: number; readonly graceMs: number } | undefined>,
  ): void {
    for (const { job, stage, chunk, beganAt, node } of executions) {
      const work = `${job}/${stage}/${chunk} on ${node}`;
      if (!known.has(job)) this.count("phantom", `${work}: nobody submitted it`);
      const end = known.get(job);
      if (end === undefined || beganAt <= end.endedAt + end.graceMs) continue;
      this.count("phantom", `${work} began ${beganAt - end.endedAt} ms after the end of its job`);
    }
  }
}

function rowsOf(table: Table, names: readonly string[]): readonly string[] {
  const columns = names.map((name) => {
    const column = table.column(name);
    if (column.kind !== "numeric") throw new Error(`column ${name} holds no numbers`);
    return column.values;
  });
  return Array.from({ length: table.rows }, (_, row) =>
    columns.map((values) => String(values[row])).join(" "),
  );
}

function rowsIn(columns: Columns): readonly string[] {
  const values = Object.values(columns);
  return Array.from({ length: values[0]?.length ?? 0 }, (_, row) =>
    values.map((column) => String(column[row])).join(" "),
  );
}
