// Writes the tables of the documents that are made from the code. Run it after a build, when the tidy
// test says that a document differs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { envExample, envExampleText } from "../dist/test/support/env-example.js";
import { generatedTables, withTable } from "../dist/test/support/generated-tables.js";
import { manPageFile, manPageText } from "../dist/test/support/man-page-file.js";
import { taskPage, taskPageText } from "../dist/test/support/task-doc.js";

const root = fileURLToPath(new URL("..", import.meta.url));
for (const table of generatedTables()) {
  const file = join(root, table.file);
  writeFileSync(file, withTable(readFileSync(file, "utf8"), table));
}
writeFileSync(taskPage, await taskPageText());
writeFileSync(manPageFile, manPageText());
writeFileSync(envExample, envExampleText());
