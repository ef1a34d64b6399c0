/** Runs one task in this process: no bus, no threads, no chunks. */
import { confinedFiles } from "../src/host/files.ts";
import { RtlError } from "../src/protocol/errors.ts";
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
  if (library.find(name) !== undefined) return;
  const near = library.suggest(name);
  const fix = near === undefined ? "list the tasks with: rtl task ls" : `did you mean "${near}"?`;
  throw new RtlError("RTL_FILE_MISSING", `there is no task "${name}"`, { fix });
}
