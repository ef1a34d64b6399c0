/**
 * W5c: a table from one tasknode process to another on the same machine. One job makes the table on one
 * node and counts its rows on another; the same with both on one node moves nothing. What one takes
 * longer than the other is the way. The baseline copies as many bytes in memory.
 */
import assert from "node:assert/strict";
import { figureOf, type Round, timed } from "./figure.ts";
import { numbersOf } from "./numbers-of.ts";
import { nodeName, type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  /** Jobs of each kind in a round; the median of each counts. */
  readonly jobs: number;
  readonly rows: number;
}

const documentOf = (rows: number, from: number, to: number) => ({
  version: 1,
  stages: {
    make: {
      where: { node: nodeName(from) },
      split: { chunks: 1 },
      tasks: [{ benchNumbers: { rows, columns: ["x", "y"] } }],
    },
    count: { where: { node: nodeName(to) }, tasks: [{ benchCount: {} }] },
  },
});

export const nodeToNode = defineWorkload<Sizes>({
  name: "W5c",
  summary: "15.7 MB from one tasknode to another on the same machine",
  unsaid:
    "how it is between machines. It is a difference of two times, so that its spread is that of both.",
  sizes: {
    full: { rounds: 9, jobs: 15, rows: 981_250 },
    quick: { rounds: 3, jobs: 9, rows: 981_250 },
    tiny: { rounds: 1, jobs: 1, rows: 10_000 },
  },
  run: (bench, { rounds: count, jobs, rows }) =>
    withSystem(bench, { threads: [1, 1] }, async (system) => {
      const bytes = new Float64Array(2 * rows).fill(1);
      const times = async (to: number) => {
        const found: number[] = [];
        for (let job = 0; job < jobs; job++) found.push(await timed(() => run(system, rows, to)));
        return found.sort((a, b) => a - b)[jobs >> 1] ?? Number.NaN;
      };
      for (const to of [0, 1]) await times(to);
      const rounds: Round[] = [];
      for (let round = 0; round < count; round++) {
        const [near, far] = [await times(0), await times(1)];
        // A noisy machine may make the way look shorter than nothing.
        const way = Math.max(far - near, 0.01);
        rounds.push({ ours: [way], baseline: [await timed(() => bytes.slice())] });
      }
      return [
        figureOf({
          name: `${((16 * rows) / 1e6).toFixed(1)} MB from node to node`,
          unit: "ms",
          rounds,
          against: "one copy in memory",
          aim: { text: "≤ 7 ms", of: "ours", atMost: 7 },
          peers: "23 ms Dask, 26 ms raspi-rtl",
          best: 23,
        }),
      ];
    }),
});

async function run({ client }: System, rows: number, to: number): Promise<void> {
  const job = await client.submit(documentOf(rows, 0, to), { mode: "ephemeral" });
  assert.deepEqual([...numbersOf(await job.result(), "rows")], [rows]);
}
