// The process that DuckDB runs in: what is said where the package is not installed (a copy of the
// compiled sources without it), and that nothing dies with it or outlives its thread.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { parquetFormat } from "../../../src/format/duckdb/parquet.ts";
import { projectPath } from "../../support/project.ts";
import { filesOf } from "../../support/run-task.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

const sources = fileURLToPath(new URL("../../../src", import.meta.url));

test("without its package, Parquet says what to install, and other formats work", (t) => {
  const folder = tempFolder(t);
  for (const part of ["format", "protocol", "table"]) {
    cpSync(join(sources, part), join(folder, "src", part), { recursive: true });
  }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const script = `
    import { formatParquet, parquetFormat } from "./src/format/duckdb/parquet.js";
    import { formatNpy } from "./src/format/numpy/npy.js";
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

/** Reads the flights again and again, in a thread of its own. */
const reading = `
  const { parentPort, workerData } = require("node:worker_threads");
  (async () => {
    const { parquetFormat } = await import(workerData.parquet);
    const { confinedFiles } = await import(workerData.files);
    const files = confinedFiles([workerData.folder]);
    const path = "flights-3m.parquet";
    for (;;) {
      const extent = await parquetFormat.inspect(path, files, {});
      parentPort.postMessage("inspected");
      await parquetFormat.read(path, files, {}, extent, { start: 0, end: 500_000 });
    }
  })();
`;

/** Our own processes that run DuckDB, by what the system says of all. */
function processesOfDuckDb(): number[] {
  const isOurs = (pid: string): boolean => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("duckdb-process.js"))
        return false;
      return readFileSync(`/proc/${pid}/status`, "latin1").includes(`PPid:\t${process.pid}\n`);
    } catch {
      // It ended meanwhile.
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isOurs(name))
    .map(Number);
}

const flights = createRequire(import.meta.url).resolve("vega-datasets/data/flights-3m.parquet");

test("a process that dies fails what it was asked, and another does the next", async () => {
  const [path, files] = ["flights-3m.parquet", filesOf(dirname(flights))];
  const extent = await parquetFormat.inspect(path, files, {});
  const [own] = processesOfDuckDb();
  assert.ok(own !== undefined);
  const reading = parquetFormat.read(path, files, {}, extent, undefined);
  process.kill(own, "SIGKILL");
  await assert.rejects(async () => reading, {
    code: "RTL_FILE_INVALID",
    message: "file flights-3m.parquet: the process of DuckDB ended: SIGKILL",
  });
  const range = { start: 0, end: 10 };
  assert.equal((await parquetFormat.read(path, files, {}, extent, range)).rows, 10);
});

test("a thread that is ended while DuckDB works for it takes nothing but its process along", async () => {
  const workerData = {
    parquet: new URL("../../../src/format/duckdb/parquet.js", import.meta.url).href,
    files: new URL("../../../src/host/files.js", import.meta.url).href,
    folder: dirname(flights),
  };
  const before = processesOfDuckDb();
  for (let round = 0; round < 2; round++) {
    const worker = new Worker(reading, { eval: true, workerData });
    for (let read = 0; read <= round; read++) await once(worker, "message");
    const [own] = processesOfDuckDb().filter((pid) => !before.includes(pid));
    assert.ok(own !== undefined);
    await worker.terminate();
    await waitUntil(() => !processesOfDuckDb().includes(own), `process ${own} outlives its thread`);
  }
});
