import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { overlayFiles } from "../../../src/task/overlay-files.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("a file is found where it was written last, and located there", (t) => {
  const folder = tempFolder(t);
  const [root, overlay] = [join(folder, "root"), join(folder, "overlay")];
  mkdirSync(join(root, "sub"), { recursive: true });
  mkdirSync(overlay);
  writeFileSync(join(root, "sub", "a"), "given");
  writeFileSync(join(folder, "secret"), "secret");
  const files = overlayFiles(root, overlay);
  assert.equal(files.locate("sub/a"), join(root, "sub", "a"));
  files.write("sub/a", [Buffer.from("writ"), Buffer.from("ten")]);
  assert.equal(files.locate("sub/a"), join(overlay, "sub", "a"));
  assert.equal(Buffer.from(files.read("sub/a")).toString(), "written");
  assert.throws(() => files.locate("sub/b"), { code: "RTL_FILE_MISSING" });
  // Found by fuzzing: the system refuses even to look for such a name.
  assert.throws(() => files.locate("x".repeat(5_000)), { code: "RTL_FILE_MISSING" });
  assert.throws(() => files.locate("sub"), { code: "RTL_FILE_MISSING" });
  assert.throws(() => files.locate("../secret"), { code: "RTL_FILE_REFUSED" });
});
