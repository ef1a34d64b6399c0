/**
 * W5b: a file of 15.7 MB, opened and handed through eight stages that do nothing, until the job has
 * settled. What is measured beside it reads the same file into memory.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatMeta } from "../src/format/records.ts";
import { figureOf, type Round, timed } from "./figure.ts";
import { numbersOf } from "./numbers-of.ts";
import { withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  /** Of two float64 columns: 981,250 rows are 15.7 MB. */
  readonly rows: number;
}

const STAGES = 8;
const open = { openArray: { path: ".", filename: "pair", extension: "dat" } };
const stages = Array.from({ length: STAGES }, (_, stage) => [`null${stage}`, { tasks: ["null"] }]);
const document = {
  version: 1,
  stages: { open: { tasks: [open] }, ...Object.fromEntries(stages) },
};

export const openedFile = defineWorkload<Sizes>({
  name: "W5b",
  summary: "15.7 MB from a file, then eight null stages",
  unsaid:
    "how it is with stages that change the table: what they leave alone is not moved. The file is in the system's cache.",
  sizes: {
    full: { rounds: 15, rows: 981_250 },
    quick: { rounds: 5, rows: 981_250 },
    tiny: { rounds: 1, rows: 10_000 },
  },
  run: (bench, { rounds: count, rows }) =>
    withSystem(bench, { threads: [2] }, async ({ client, folder }) => {
      const records = Float64Array.from({ length: 2 * rows }, (_, at) => at);
      const file = join(folder, "pair.dat");
      writeFileSync(file, records);
      const layout = ["x", "y"].map((name) => ({ name, dtype: "<f8" as const }));
      writeFileSync(join(folder, "pair.meta"), formatMeta(layout));
      const run = async () => {
        const job = await client.submit(document, { mode: "ephemeral" });
        await job.done();
        return job;
      };
      const first = await (await run()).result();
      assert.equal(first.rows, rows);
      assert.ok(numbersOf(first, "y").every((value, row) => value === 2 * row + 1));
      const read = () => readFileSync(file);
      const rounds: Round[] = [];
      for (let round = 0; round < count; round++) {
        const begin = performance.now();
        const job = await run();
        const ours = performance.now() - begin;
        // Reading it also has the tasknode let go of it.
        assert.equal((await job.result()).rows, rows);
        rounds.push({ ours: [ours], baseline: [await timed(read)] });
      }
      return [
        figureOf({
          name: `${((16 * rows) / 1e6).toFixed(1)} MB opened, then ${STAGES} null stages`,
          unit: "ms",
          rounds,
          against: "reading the file",
          aim: { text: "≤ 20 ms", of: "ours", atMost: 20 },
          peers: "264 ms raspi-rtl",
          best: 264,
        }),
      ];
    }),
});
