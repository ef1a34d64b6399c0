/** Opens files as a job does: measured once, then read in parts whose ends may lie anywhere. */
import { packState, unpackStates } from "../../src/protocol/codec.ts";
import { concatenate, type Table } from "../../src/table/table.ts";
import type { TaskContext, TaskFiles } from "../../src/task/context.ts";
import { overlayFiles } from "../../src/task/overlay-files.ts";
import { parseParams } from "../../src/task/params.ts";
import open from "../../tasks/open.ts";
import { tableOf } from "./run-task.ts";

/** What the task says of the files, as it comes to other nodes. */
export async function measured(params: unknown, files: TaskFiles) {
  const size = await open.measure(parseParams(open, params), { files } as TaskContext);
  const state = packState({ state: size.detail, rows: new Float64Array() });
  return { ...size, detail: unpackStates(state)[0]?.state };
}

/** The parts of the table that end at these shares of the units. */
export async function openedInParts(
  params: unknown,
  files: TaskFiles,
  shares: readonly number[],
): Promise<Table[]> {
  const { units, detail } = await measured(params, files);
  const ends = [...shares.map((share) => Math.floor(share * units)), units];
  ends.sort((a, b) => a - b);
  const parts: Table[] = [];
  for (const [index, end] of ends.entries()) {
    const range = { start: ends[index - 1] ?? 0, end };
    parts.push(await tableOf(open, params, undefined, { files, range, detail }));
  }
  return parts;
}

export const openedJoined = async (
  params: unknown,
  files: TaskFiles,
  shares: readonly number[],
): Promise<Table> => concatenate(await openedInParts(params, files, shares));

/** Files that exist in memory only. */
export function memoryFiles(contents: Readonly<Record<string, string | Uint8Array>>): TaskFiles {
  const bytes = new Map(
    Object.entries(contents).map(([path, content]) => [path, new Uint8Array(Buffer.from(content))]),
  );
  const none = overlayFiles("/nonexistent", "/nonexistent");
  return {
    ...none,
    find(pattern) {
      const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replace(/\*/g, "[^/]*")
        .replace(/\?/g, "[^/]");
      return [...bytes.keys()].filter((path) => new RegExp(`^${source}$`).test(path)).sort();
    },
    size: (path) => bytes.get(path)?.length ?? none.size(path),
    read: (path, start, end) => bytes.get(path)?.slice(start, end) ?? none.read(path),
  };
}
