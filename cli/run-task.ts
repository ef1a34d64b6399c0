/** Runs one task in this process: no bus, no threads, no chunks. */
import { confinedFiles } from "../src/host/files.ts";
import { RtlError } from "../src/protocol/errors.ts";
import { defaultTable, type Table } from "../src/table/table.ts";
import type { TaskLibrary } from "../src/task/library.ts";
import { findTask, runCalls } from "../src/task/run-calls.ts";

export interface TaskOrder {
  readonly library: TaskLibrary;
  readonly task: string;
  readonly params: unknown;
  /** Absent: the table that a job starts from. */
  readonly input: Table | undefined;
  /** Folders that the task may touch. */
  readonly dataRoots: readonly string[];
}

/** The task's table, its log lines, and the milliseconds it took. Fails as runCalls does. */
export async function runTask({ library, task, params, input, dataRoots }: TaskOrder) {
  demandTask(library, task);
  const { signal } = new AbortController();
  const files = confinedFiles(dataRoots);
  const { table, reports } = await runCalls(
    [{ task, params, part: "run" }],
    input ?? defaultTable(),
    library,
    () => ({ signal, isCancelled: () => false, range: undefined, files }),
  );
  const lines = reports.flatMap((report) => [
    ...report.tallies.map(({ template, count }) => template.replace("{}", String(count))),
    ...report.lines,
  ]);
  return { table, lines, ms: reports.reduce((sum, { ms }) => sum + ms, 0) };
}

/** A name on the command line that is no task is a thing that does not exist, and no fault of a job. */
function demandTask(library: TaskLibrary, name: string): void {
  try {
    findTask(library, name);
  } catch (error) {
    if (!(error instanceof RtlError)) throw error;
    const { message, fix } = error;
    throw new RtlError("RTL_FILE_MISSING", message, fix === undefined ? {} : { fix });
  }
}
