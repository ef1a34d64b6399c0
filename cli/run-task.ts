/** Runs one task in this process: no bus, no threads, no chunks. */
import { confinedFiles } from "../src/host/files.ts";
import { defaultTable, type Table } from "../src/table/table.ts";
import type { TaskLibrary } from "../src/task/library.ts";
import { runCalls } from "../src/task/run-calls.ts";

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
