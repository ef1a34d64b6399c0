/** The jobs of a storm of cancellations: one of every kind that a cancel may find, and what is right. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Table } from "../../src/index.ts";
import type { Random } from "../sim/random.ts";
import { numbersIn } from "../support/orders.ts";

export interface StormJob {
  readonly id: string;
  readonly kind: string;
  readonly document: object;
  /** Pieces of its first stage. */
  readonly chunks: number;
  /** Throws unless this is its result. */
  readonly check: (result: Table) => void;
}

export interface StormFiles {
  /** A folder that every node sees first. */
  readonly data: string;
  readonly ledger: string;
}

const ROWS = 40;
const CHUNKS = 20;
const expected = Array.from({ length: ROWS }, (_, row) => row - (ROWS - 1) / 2);

type Make = (id: string, files: StormFiles) => Omit<StormJob, "id" | "kind">;

/** A task behind a trace, over a table of one row. */
const one =
  (task: (id: string, files: StormFiles) => object): Make =>
  (id, files) => ({
    chunks: 1,
    document: {
      stages: { work: { tasks: [{ trace: { ledger: files.ledger, job: id } }, task(id, files)] } },
    },
    check: ({ rows }) => assert.equal(rows, 1),
  });

/** A source in chunks, then a fold over them: measured, split, merged, applied and put together. */
const pipeline =
  (measureMs: number): Make =>
  (id, { ledger }) => ({
    chunks: CHUNKS,
    document: {
      stages: {
        read: {
          split: { chunks: CHUNKS },
          tasks: [
            { slowlyMeasured: { ms: measureMs, rows: ROWS } },
            { trace: { ledger, job: id } },
          ],
        },
        less: { tasks: [{ lessMean: {} }] },
      },
    },
    check: (table) => assert.deepEqual(numbersIn(table), expected),
  });

const pidsOf = (id: string, { data }: StormFiles): string => join(data, `${id}.pids`);
const brood = (next: string) => (id: string, files: StormFiles) => ({
  brood: { pids: pidsOf(id, files), kinds: ["deaf", "orphan"], next },
});

const kinds: Readonly<Record<string, Make>> = {
  quick: pipeline(0),
  slowlyMeasured: pipeline(150),
  gate: one(() => ({ gate: { file: "never" } })),
  heedingBrood: one(brood("heeds")),
  pending: one(() => ({ pending: {} })),
  deaf: one(() => ({ deaf: {} })),
  defiant: one((id) => ({ defiant: { file: `${id}.begun` } })),
  sleeps: one((id) => ({ sleeps: { file: `${id}.begun` } })),
  deafBrood: one(brood("spins")),
};
const names = Object.keys(kinds);

/** The `place`-th job: the first ones are of all kinds, so that a short storm has each of them. */
export function stormJob(place: number, files: StormFiles, random: Random): StormJob {
  const kind = place < names.length ? (names[place] ?? "") : random.oneOf([...names, "quick"]);
  const id = `storm-${place}`;
  const make = kinds[kind];
  assert.ok(make, kind);
  return { id, kind, ...make(id, files) };
}
