/** The task library of this machine, for commands that need no running system. */
import { loadConfig } from "../src/host/config.ts";
import type { TaskLibrary } from "../src/task/library.ts";
import { loadLibrary } from "../src/task/load-library.ts";

/**
 * The tasks of RTL_TASKS and of more folders. Files that cannot be used are told to `note`; the rest
 * is there all the same.
 */
export async function localLibrary(
  more: readonly string[],
  note: (text: string) => void,
): Promise<TaskLibrary> {
  const { library, problems } = await loadLibrary([...loadConfig().taskFolders, ...more]);
  for (const { path, message } of problems) note(`${path}: ${message}`);
  return library;
}
