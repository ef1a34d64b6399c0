/** A folder of a test's own, gone when the test is over. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a test or a file of tests offers to be told of its end: a TestContext, or `{ after }`. */
export interface Ending {
  after(fn: () => void | Promise<void>): void;
}

/** Makes an empty folder and removes it, with all that is in it, at the end. */
export function tempFolder(t: Ending): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "rtl-test-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
