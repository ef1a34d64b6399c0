/**
 * Jobs of the chaos suite, one of each kind that is cut differently, with what they must end with.
 * The truth is computed here, by a loop over the input: it knows nothing of chunks.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mixed } from "./ledger.ts";
import type { Columns } from "./verdict.ts";

/** map: each chunk by itself; fold: twice over all; reduce: put in order; source: read and cut. */
export const kinds = ["map", "fold", "reduce", "source"] as const;
export type Kind = (typeof kinds)[number];

export interface ChaosJob {
  readonly id: string;
  readonly document: object;
  /** Absent where the job reads a file. */
  readonly input?: { readonly x: Float64Array };
  readonly expected: Columns;
  /** Of the stage that is in the ledger. */
  readonly chunks: number;
}

export interface JobSize {
  readonly chunks: number;
  /** Mean time of a chunk. */
  readonly ms: number;
  /** Few by default: then a chunk travels inside of messages. Of 6,000 it is a block. */
  readonly rows?: number;
}

/** Enough for any row of misfortunes: what is tested is not where the patience ends. */
const retry = { attempts: 50, backoff: "20ms" };

export function jobOf(
  kind: Kind,
  id: string,
  { chunks, ms, rows = 10 }: JobSize,
  places: { readonly ledger: string; readonly data: string },
): ChaosJob {
  const x = Float64Array.from({ length: chunks * rows }, (_, row) => row);
  const y = x.map(mixed);
  const work = { ledgered: { ledger: places.ledger, job: id, stage: "work", ms } };
  const first = { tasks: [work], split: { rows }, retry };
  const same = { id, input: { x }, chunks };
  switch (kind) {
    case "map":
      return { ...same, document: { stages: { work: first } }, expected: { x, y } };
    case "fold": {
      const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
      const average = { average: { operations: [{ a: "y", column: "mean" }] } };
      const document = { stages: { work: first, mean: { tasks: [average], retry } } };
      return { ...same, document, expected: { x, y, mean: y.map(() => mean) } };
    }
    case "reduce": {
      const order = [...x.keys()].sort((a, b) => (y[b] ?? 0) - (y[a] ?? 0) || a - b);
      const sorted = (column: Float64Array) =>
        Float64Array.from(order, (row) => column[row] ?? Number.NaN);
      const sort = { sort: { by: [{ column: "y", descending: true }] } };
      const document = { stages: { work: first, order: { tasks: [sort], retry } } };
      return { ...same, document, expected: { x: sorted(x), y: sorted(y) } };
    }
    case "source": {
      const file = `${id}.csv`;
      writeFileSync(join(places.data, file), `x\n${[...x].join("\n")}\n`);
      const open = { open: { file, header: true, types: { x: "float64" } } };
      const read = { tasks: [open, work], split: { chunks }, retry };
      return { id, document: { stages: { work: read } }, expected: { x, y }, chunks };
    }
  }
}
