/** The CSV files that reading is measured on. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertSums } from "../../../bench/column-sums.ts";
import {
  csvColumns,
  csvDtypes,
  csvFiles,
  csvSums,
  writeCsvFiles,
} from "../../../bench/kernel-csv.ts";
import { columnKernels, csvKernels } from "../../../bench/kernel-list.ts";
import { plainBaseline } from "../../../bench/plain-kernels.ts";
import { parseMeta } from "../../../src/format/records.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("both files hold the same rows, whose sums are known without reading them", async (context) => {
  const folder = tempFolder(context);
  const rows = 3_000;
  const bytes = writeCsvFiles(folder, rows);
  const plain = readFileSync(join(folder, csvFiles.plain), "latin1");
  assert.equal(plain.length, bytes);
  assert.equal(
    readFileSync(join(folder, csvFiles.headed), "latin1"),
    `${csvColumns.join(",")}\n${plain}`,
  );
  const fields = parseMeta(readFileSync(join(folder, csvFiles.meta)), csvFiles.meta);
  assert.deepEqual(
    fields,
    csvColumns.map((name, index) => ({ name, dtype: csvDtypes[index] })),
  );
  const baseline = plainBaseline(folder, []);
  for (const kernel of csvKernels) {
    const run = { rows, tuned: false, repetitions: 1, sums: true };
    assertSums((await baseline.run(kernel, run)).sums, csvSums(rows), kernel.name);
  }
});

test("a row of the CSV files takes about 107 bytes, as in the file that others are measured on", (context) => {
  const folder = tempFolder(context);
  const bytes = writeCsvFiles(folder, 2_000);
  assert.ok(bytes / 2_000 > 100 && bytes / 2_000 < 110, `${bytes / 2_000} bytes`);
});

test("no two kernels have one name", () => {
  const names = [...columnKernels, ...csvKernels].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});
