/**
 * W5a: a table from the client through a null task and back. The baseline copies as many bytes once
 * in memory: what the machine could do at best.
 */
import assert from "node:assert/strict";
import { tableFromContents } from "../src/index.ts";
import { figureOf, type Round, timed } from "./figure.ts";
import { numbersOf } from "./numbers-of.ts";
import { withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  /** Of two float64 columns: 981,250 rows are 15.7 MB. */
  readonly rows: number;
}

const document = { version: 1, stages: { only: { tasks: ["null"] } } };

export const transfer = defineWorkload<Sizes>({
  name: "W5a",
  summary: "15.7 MB from the client through a null task and back",
  unsaid:
    "how it is between machines, where the wire is the limit; the table stays in memory throughout.",
  sizes: {
    full: { rounds: 15, rows: 981_250 },
    quick: { rounds: 5, rows: 981_250 },
    tiny: { rounds: 1, rows: 10_000 },
  },
  run: (bench, { rounds: count, rows }) =>
    withSystem(bench, { threads: [2] }, async ({ client }) => {
      const [x, y] = [0.5, 0.25].map((shift) =>
        Float64Array.from({ length: rows }, (_, row) => row + shift),
      );
      assert.ok(x !== undefined && y !== undefined);
      const input = tableFromContents({ x, y });
      const run = async () => {
        const job = await client.submit(document, { mode: "ephemeral", input });
        return job.result();
      };
      const copy = () => [x.slice(), y.slice()];
      const table = await run();
      assert.deepEqual(numbersOf(table, "x"), x);
      assert.deepEqual(numbersOf(table, "y"), y);
      copy();
      const rounds: Round[] = [];
      for (let round = 0; round < count; round++) {
        let back = 0;
        const ours = await timed(async () => {
          back = (await run()).rows;
        });
        assert.equal(back, rows);
        rounds.push({ ours: [ours], baseline: [await timed(copy)] });
      }
      const megabytes = (16 * rows) / 1e6;
      return [
        figureOf({
          name: `${megabytes.toFixed(1)} MB to a null task and back`,
          unit: "ms",
          rounds,
          against: "one copy in memory",
          aim: { text: "≤ 14 ms", of: "ours", atMost: 14 },
          peers: "22 ms raspi-rtl, 40 ms Dask",
          best: 22,
        }),
      ];
    }),
});
