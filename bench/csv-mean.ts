/**
 * W9: a CSV file of 215 MB: read, keep some rows, the mean of a column. Beside it the bytes of the file
 * are read into memory, and nothing else; the file is in the system's cache.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { figureOf, type Round, timed } from "./figure.ts";
import { csvFiles, writeCsvFiles } from "./kernel-csv.ts";
import { numbersOf } from "./numbers-of.ts";
import { withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly rows: number;
}

const LEAST = 500;
const document = {
  version: 1,
  stages: {
    mean: {
      tasks: [
        { open: { file: csvFiles.headed } },
        { filterRows: { operations: [{ column: "x1", value: LEAST, method: ">" }] } },
        {
          groupBy: {
            by: [],
            operations: [
              { method: "count", column: "rows" },
              { method: "mean", a: "x2", column: "mean" },
            ],
          },
        },
      ],
    },
  },
};

export const csvMean = defineWorkload<Sizes>({
  name: "W9",
  summary: "215 MB of CSV: read, filter, mean",
  unsaid: "how fast a disk is, nor how other CSV files do: quotes and text cost more than numbers.",
  sizes: {
    full: { rounds: 5, rows: 2_000_000 },
    quick: { rounds: 3, rows: 500_000 },
    tiny: { rounds: 1, rows: 2_000 },
  },
  run: (bench, { rounds: count, rows }) =>
    withSystem(bench, { threads: [2] }, async ({ client, folder }) => {
      const bytes = writeCsvFiles(folder, rows);
      const path = join(folder, csvFiles.headed);
      const expected = meanAlone(path);
      const run = async () => {
        const table = await (await client.submit(document, { mode: "ephemeral" })).result();
        const [found] = numbersOf(table, "mean");
        assert.ok(Math.abs((found ?? Number.NaN) - expected) <= 1e-9 * expected, `mean ${found}`);
      };
      await run();
      const megabytes = bytes / 1e6;
      const rounds: Round[] = [];
      for (let round = 0; round < count; round++) {
        const ours = [await timed(run)];
        rounds.push({ ours, baseline: [await timed(() => readFileSync(path))] });
      }
      return [
        figureOf({
          name: `${megabytes.toFixed(0)} MB of CSV: read, filter, mean`,
          unit: "ms",
          rounds,
          against: "reading the file",
          ...(rows === 2_000_000 && { aim: { text: "≤ 1,000 ms", of: "ours", atMost: 1_000 } }),
          peers: "4.9 s raspi-rtl, 2.8 s pandas, 2.1 s Dask",
          best: 2_050,
        }),
      ];
    }),
});

/** The same by splitting lines, which nothing of ours has a part in. */
function meanAlone(path: string): number {
  const [head = "", ...lines] = readFileSync(path, "latin1").trimEnd().split("\n");
  const names = head.split(",");
  const [x1, x2] = [names.indexOf("x1"), names.indexOf("x2")];
  let [sum, rows] = [0, 0];
  for (const line of lines) {
    const fields = line.split(",");
    if (!(Number(fields[x1]) > LEAST)) continue;
    sum += Number(fields[x2]);
    rows++;
  }
  return sum / rows;
}
