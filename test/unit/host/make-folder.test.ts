/** Folders that are made with those above them, or cannot be. */
import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "../../../src/host/make-folder.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("a folder is made with all that is missing above it, and may be there already", (t) => {
  const above = join(tempFolder(t), "above");
  const folder = join(above, "deep", "deeper");
  for (let time = 0; time < 2; time++) {
    makeFolder(folder, 0o700);
    for (const made of [above, folder]) assert.equal(statSync(made).mode & 0o777, 0o700);
  }
});

test("where no folder can be made the system says why, and nobody waits", (t) => {
  const file = join(tempFolder(t), "file");
  writeFileSync(file, "");
  assert.throws(() => makeFolder(file), /EEXIST/);
  assert.throws(() => makeFolder(join(file, "below")), /ENOTDIR/);
  // Here the recursive way of Node 20 never returns.
  assert.throws(() => makeFolder("/proc/nowhere"), /ENOENT/);
  assert.throws(() => makeFolder("/proc/nowhere/deeper"), /ENOENT/);
});
