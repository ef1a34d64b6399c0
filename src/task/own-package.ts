/**
 * Makes `import … from "rtl/task"` work in a task file wherever it lies: a folder of tasks need not be
 * a project. It changes nothing for files that find the package by themselves.
 */
import { register } from "node:module";

/** Whether loading failed for want of this package. */
export const lacksOwnPackage = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  error.code === "ERR_MODULE_NOT_FOUND" &&
  error.message.startsWith("Cannot find package 'rtl' ");

let provided = false;

/** For all that this thread loads from now on. Not before somebody needs it: it costs a thread. */
export function provideOwnPackage(): void {
  if (!provided) register(new URL("own-package-hooks.js", import.meta.url));
  provided = true;
}
