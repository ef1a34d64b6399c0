/**
 * One run of a task by kernel threads, in the parts that its shape needs and in the chunks that the
 * planner would cut: what relay and tasknode make of a stage, without the bus. It measures nothing.
 */
import assert from "node:assert/strict";
import { type Cut, cut, rowsMin } from "../src/flow/chunk.ts";
import type { Shape } from "../src/task/shape.ts";
import { type ColumnSums, joinSums, type TableSums } from "./column-sums.ts";
import type { ChunkDone, FromKernelThread, KernelCall, KernelOrder } from "./kernel-messages.ts";
import type { KernelThread } from "./kernel-pool.ts";

export interface KernelJob {
  /** A fold's state of all rows, packed. */
  state(rows: number): Promise<Uint8Array>;
  /** Runs what is left of the task; the result stays in the threads until it is summed up. */
  result(shape: Shape, rows: number, state?: Uint8Array): Promise<readonly ChunkDone[]>;
  /** The sums of these columns of the result, which the threads then let go of, of its memory if so wanted. */
  sums(
    chunks: readonly ChunkDone[],
    columns: readonly string[],
    collects: boolean,
  ): Promise<TableSums>;
}

type Order = Pick<KernelOrder, "part"> & Partial<Omit<KernelOrder, "call" | "part">>;
type Done = Extract<FromKernelThread, { kind: "done" }>;

const one: Cut = { size: 1, count: 1 };

export function createKernelJob(
  call: KernelCall,
  threads: readonly KernelThread[],
  counter: Int32Array,
): KernelJob {
  const slots = threads.length;

  /** Lets threads run an order together, and gives what became of all chunks, in order. */
  async function run(order: Order, own = threads): Promise<Omit<Done, "kind">> {
    const { from = "rows", units = 1, cut: cuts = one, states = [], blocks = [] } = order;
    const { part, holds = false } = order;
    Atomics.store(counter, 0, 0);
    const whole: KernelOrder = { call, part, from, units, cut: cuts, states, blocks, holds };
    const answers = await Promise.all(own.map(({ ask }) => ask({ kind: "order", order: whole })));
    const done = answers.map((answer) => {
      assert.equal(answer.kind, "done");
      return answer as Done;
    });
    const chunks = done.flatMap((answer) => answer.chunks).sort((a, b) => a.chunk - b.chunk);
    return { chunks, ...(done[0]?.extent && { extent: done[0].extent }) };
  }

  const first = threads.slice(0, 1);
  const byRows = (rows: number) => ({
    from: "rows" as const,
    units: rows,
    cut: cut(rows, { split: undefined, unit: "rows", unitsMin: rowsMin, slots }),
  });

  async function fromSource(): Promise<readonly ChunkDone[]> {
    const { chunks: details, extent } = await run({ part: "extent" }, first);
    assert.ok(extent !== undefined);
    const { units, unit, unitsMin = 0 } = extent;
    const cuts = cut(units, { split: undefined, unit, unitsMin, slots });
    const order = { part: "run", from: "units", units, cut: cuts, holds: true } as const;
    return (await run({ ...order, states: statesOf(details) })).chunks;
  }

  return {
    async state(rows) {
      const { chunks } = await run({ part: "measure", ...byRows(rows) });
      const { chunks: merged } = await run({ part: "merge", states: statesOf(chunks) }, first);
      const [state] = statesOf(merged);
      assert.ok(state !== undefined, "merging gives a state");
      return state;
    },
    async result(shape, rows, state) {
      if (shape === "source") return fromSource();
      if (shape === "map") {
        return (await run({ part: "run", ...byRows(rows), holds: true })).chunks;
      }
      if (shape === "fold") {
        const states = state === undefined ? [] : [state];
        return (await run({ part: "apply", ...byRows(rows), states, holds: true })).chunks;
      }
      if (shape === "reduce") {
        const { chunks } = await run({ part: "partial", ...byRows(rows) });
        const blocks = chunks.flatMap(({ block }) => (block === undefined ? [] : [block]));
        return (await run({ part: "combine", blocks, holds: true }, first)).chunks;
      }
      const whole = { units: rows, cut: { size: rows, count: 1 } };
      return (await run({ part: "run", ...whole, holds: true }, first)).chunks;
    },
    async sums(chunks, columns, collects) {
      let before = 0;
      const places = chunks.map(({ chunk, rows }) => {
        const place = [chunk, before] as const;
        before += rows;
        return place;
      });
      const answers = await Promise.all(
        threads.map(({ ask }) => ask({ kind: "sums", columns, places })),
      );
      for (const { tell } of threads) tell({ kind: "release", collects });
      const parts = answers
        .flatMap((answer) => (answer.kind === "sums" ? answer.chunks : []))
        .sort(([a], [b]) => a - b);
      assert.equal(parts.length, chunks.length, "every chunk was summed up");
      return Object.fromEntries(
        columns.map((name): [string, ColumnSums] => {
          const own = parts.flatMap(([, sums]) => sums[name] ?? []);
          return [name, joinSums(own)];
        }),
      );
    },
  };
}

const statesOf = (chunks: readonly ChunkDone[]): readonly Uint8Array[] =>
  chunks.flatMap(({ state }) => (state === undefined ? [] : [state]));
