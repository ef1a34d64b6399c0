/**
 * The baseline of pipelines: the same tasks on the same table, one after the other in this process,
 * without chunks, threads or bus.
 */
import { confinedFiles } from "../src/host/files.ts";
import type { Table } from "../src/index.ts";
import { tableFromContents } from "../src/index.ts";
import { loadLibrary } from "../src/task/load-library.ts";
import { runCalls } from "../src/task/run-calls.ts";
import { taskFolders } from "./system.ts";

/** A task with its parameters, as documents have it. */
export type TaskLine = Readonly<Record<string, unknown>>;

/** Loads the tasks once; what it returns runs a list of them. */
export async function inProcess(): Promise<
  (tasks: readonly TaskLine[], input?: Table) => Promise<Table>
> {
  const { library } = await loadLibrary(taskFolders);
  const around = {
    signal: new AbortController().signal,
    isCancelled: () => false,
    range: undefined,
    files: confinedFiles([]),
  };
  return async (tasks, input = tableFromContents({ "1": Float64Array.of(0) })) => {
    const calls = tasks.flatMap((line) =>
      Object.entries(line).map(([task, params]) => ({ task, params, part: "run" as const })),
    );
    return (await runCalls(calls, input, library, () => around)).table;
  };
}
