// What is said where the package is not installed: a copy of the compiled sources without it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { projectPath } from "../../support/project.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const sources = fileURLToPath(new URL("../../../src", import.meta.url));

test("without its package, Parquet says what to install, and other formats work", (t) => {
  const folder = tempFolder(t);
  for (const part of ["format", "protocol", "table"]) {
    cpSync(join(sources, part), join(folder, "src", part), { recursive: true });
  }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const script = `
    import { parquetFormat } from "./src/format/parquet.js";
    import { formatParquet } from "./src/format/parquet-write.js";
    import { formatNpy } from "./src/format/npy.js";
    import { numericColumn } from "./src/table/column.js";
    import { makeTable } from "./src/table/table.js";
    const table = makeTable([numericColumn("n", Int8Array.of(1))]);
    const files = { size: () => 12, locate: (path) => "/" + path };
    const tell = ({ code, message, fix }) => ({ code, message, fix });
    console.log(JSON.stringify([
      await parquetFormat.inspect("a.parquet", files, {}).catch(tell),
      await formatParquet(table).catch(tell),
      formatNpy(table).length,
    ]));
  `;
  writeFileSync(join(folder, "main.js"), script);
  const told = execFileSync(process.execPath, ["main.js"], { cwd: folder, encoding: "utf8" });
  const fix = "npm install @duckdb/node-api";
  assert.deepEqual(JSON.parse(told), [
    {
      code: "RTL_FILE_INVALID",
      message: "reading Parquet needs the package @duckdb/node-api",
      fix,
    },
    {
      code: "RTL_OUTPUT_REFUSED",
      message: "writing Parquet needs the package @duckdb/node-api",
      fix,
    },
    2,
  ]);
  assert.ok(!folder.startsWith(projectPath()), "the project's own packages would be found");
});
