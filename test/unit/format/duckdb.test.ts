// The process that DuckDB runs in: what is said where the package is not installed, and that nothing
// dies with it or outlives its thread.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { parquetFormat } from "../../../src/format/duckdb/parquet.ts";
import { filesOf } from "../../support/run-task.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

/** Makes Node find no package of DuckDB, as where none is installed. */
const hook = `
  export function resolve(name, context, next) {
    if (!name.startsWith("@duckdb/")) return next(name, context);
    const error = new Error("Cannot find package '" + name + "' imported from " + context.parentURL);
    throw Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
  }
`;

test("without its package, Parquet says what to install, and other formats work", (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "hook.mjs"), hook);
  writeFileSync(
    join(folder, "register.mjs"),
    'import { register } from "node:module"; register("./hook.mjs", import.meta.url);',
  );
  const from = (path: string) =>
    JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
  const script = `
    import { formatParquet, parquetFormat } from ${from("format/duckdb/parquet.js")};
    import { formatNpy } from ${from("format/numpy/npy.js")};
    import { numericColumn } from ${from("table/column.js")};
    import { makeTable } from ${from("table/table.js")};
    const table = makeTable([numericColumn("n", Int8Array.of(1))]);
    const files = { size: () => 12, locate: (path) => "/" + path };
    const tell = ({ code, message, fix }) => ({ code, message, fix });
    console.log(JSON.stringify([
      await parquetFormat.inspect("a.parquet", files, {}).catch(tell),
      await formatParquet(table).catch(tell),
      formatNpy(table).length,
    ]));
  `;
  // By the environment, so that the process which loads the package is without it as well.
  const env = { ...process.env, NODE_OPTIONS: `--import=${join(folder, "register.mjs")}` };
  const options = ["--input-type=module", "--eval", script];
  const told = execFileSync(process.execPath, options, { env, encoding: "utf8" });
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

test("a signal to stop, which a whole group of processes is sent, leaves it at work", async () => {
  const [path, files] = ["flights-3m.parquet", filesOf(dirname(flights))];
  const extent = await parquetFormat.inspect(path, files, {});
  const before = processesOfDuckDb();
  for (const pid of before) for (const signal of ["SIGINT", "SIGTERM"]) process.kill(pid, signal);
  const range = { start: 0, end: 10 };
  assert.equal((await parquetFormat.read(path, files, {}, extent, range)).rows, 10);
  assert.deepEqual([before.length, processesOfDuckDb()], [1, before]);
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
