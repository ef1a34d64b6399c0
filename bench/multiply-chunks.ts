/**
 * W7: 500,000 rows from the client, multiplied in chunks of 10,000, and back as one table. The baseline
 * is the same task on the whole table in this process.
 */
import assert from "node:assert/strict";
import { tableFromContents } from "../src/index.ts";
import { figureOf, type Round, timed } from "./figure.ts";
import { inProcess } from "./in-process.ts";
import { numbersOf } from "./numbers-of.ts";
import { withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  readonly rows: number;
  readonly chunkRows: number;
}

const task = { multiply: { operations: [{ a: "x", b: 3, column: "product" }] } };

export const multiplyChunks = defineWorkload<Sizes>({
  name: "W7",
  summary: "500,000 rows multiplied in chunks of 10,000",
  unsaid: "that chunks of 10,000 rows are a good size; left to itself rtl cuts larger ones.",
  sizes: {
    full: { rounds: 15, rows: 500_000, chunkRows: 10_000 },
    quick: { rounds: 5, rows: 500_000, chunkRows: 10_000 },
    tiny: { rounds: 1, rows: 10_000, chunkRows: 1_000 },
  },
  run: (bench, { rounds: count, rows, chunkRows }) =>
    withSystem(bench, { threads: [2] }, async ({ client }) => {
      const alone = await inProcess();
      const x = Float64Array.from({ length: rows }, (_, row) => row + 0.5);
      const input = tableFromContents({ x });
      const stage = { tasks: [task], split: { rows: chunkRows } };
      const document = { version: 1, stages: { all: stage } };
      const run = async () => {
        const job = await client.submit(document, { mode: "ephemeral", input });
        return job.result();
      };
      const product = numbersOf(await run(), "product");
      assert.equal(product.length, rows);
      assert.ok(product.every((value, row) => value === 3 * (row + 0.5)));
      await alone([task], input);
      const rounds: Round[] = [];
      for (let round = 0; round < count; round++) {
        let back = 0;
        const ours = await timed(async () => {
          back = (await run()).rows;
        });
        assert.equal(back, rows);
        rounds.push({ ours: [ours], baseline: [await timed(() => alone([task], input))] });
      }
      return [
        figureOf({
          name: `${rows} rows multiplied in ${Math.ceil(rows / chunkRows)} chunks`,
          unit: "ms",
          rounds,
          against: "the same task in one process",
          aim: { text: "≤ 20 ms", of: "ours", atMost: 20 },
          peers: "36 ms raspi-rtl, 111 ms Dask",
          best: 36,
        }),
      ];
    }),
});
