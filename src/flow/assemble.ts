/**
 * Where a job's outputs are, and what of them a piece of work or the client reads: any order in,
 * input order out. A ledger holds references, never tables, and knows nothing of what they are.
 */
import assert from "node:assert";
import type { ChunkIndex, StageIndex } from "../protocol/ids.ts";
import type { Range } from "./command.ts";
import type { Edge, Plan } from "./plan.ts";

/** What a chunk left behind. */
export interface Output<Ref, State = unknown> {
  readonly rows: number;
  /** Absent where a stage leaves a state only. */
  readonly ref?: Ref;
  /** What measuring or merging left, for a fold. */
  readonly state?: State;
}

/** Rows [start, end) of the table behind a reference. */
export interface Slice<Ref> {
  readonly ref: Ref;
  readonly start: number;
  readonly end: number;
}

/** One input of a piece of work: its slices, one after the other, are its table. */
export interface Input<Ref, State = unknown> {
  readonly from: StageIndex | "input";
  readonly by: Edge["by"];
  readonly slices: readonly Slice<Ref>[];
  /** In the order of the chunks; more than one only where states are merged. */
  readonly states: readonly State[];
}

/** The outputs of one stage, and the row that each of its chunks begins with. */
interface Shelf<Ref, State> {
  readonly outputs: (Output<Ref, State> | undefined)[];
  /** Row that chunk i begins with; one more than chunks. Made when asked for. */
  starts: Float64Array | undefined;
}

export class Ledger<Ref, State = unknown> {
  readonly #shelves = new Map<StageIndex | "input", Shelf<Ref, State>>();

  /** With the job's own input, if it has one. */
  constructor(input?: Output<Ref, State>) {
    if (input !== undefined) this.#shelves.set("input", { outputs: [input], starts: undefined });
  }

  /** Keeps an output; one that was there already is replaced. */
  commit(stage: StageIndex, chunk: ChunkIndex, output: Output<Ref, State>): void {
    const shelf = this.#shelf(stage);
    while (shelf.outputs.length < chunk) shelf.outputs.push(undefined);
    shelf.outputs[chunk] = output;
    shelf.starts = undefined;
  }

  output(stage: StageIndex, chunk: ChunkIndex): Output<Ref, State> | undefined {
    return this.#shelves.get(stage)?.outputs[chunk];
  }

  /** Forgets one chunk's output, or all of a stage's, and returns what it forgot. */
  release(stage: StageIndex, chunk?: ChunkIndex): readonly Output<Ref, State>[] {
    const shelf = this.#shelf(stage);
    if (chunk === undefined) {
      this.#shelves.delete(stage);
      return shelf.outputs.filter((output) => output !== undefined);
    }
    const output = shelf.outputs[chunk];
    if (output === undefined) return [];
    shelf.outputs[chunk] = undefined;
    shelf.starts = undefined;
    return [output];
  }

  /** All that is held: for letting go at the end, or finding what a node held. */
  *held(): Generator<{ stage: StageIndex; chunk: ChunkIndex; output: Output<Ref, State> }> {
    for (const [stage, { outputs }] of this.#shelves) {
      if (stage === "input") continue;
      for (const [chunk, output] of outputs.entries()) {
        if (output !== undefined) yield { stage, chunk: chunk as ChunkIndex, output };
      }
    }
  }

  /**
   * What a chunk of a stage reads, one entry for each of the stage's inputs that carries data, in
   * their order. `range` is the one of the `assign-work` command.
   */
  inputsOf(
    plan: Plan,
    stage: StageIndex,
    range: Range | undefined,
    chunk: ChunkIndex,
  ): readonly Input<Ref, State>[] {
    const inputs: Input<Ref, State>[] = [];
    // Several inputs that are cut by rows are cut as if they were one below the other.
    let offset = 0;
    for (const { from, by } of plan.stages[stage]?.inputs ?? []) {
      if (by === "after" || (from === "input" && !this.#shelves.has("input"))) continue;
      if (by === "rows" && range !== undefined) {
        const rows = this.#starts(from).at(-1) ?? 0;
        const slices = this.#cut(from, range.start - offset, range.end - offset);
        inputs.push({ from, by, slices, states: [] });
        offset += rows;
      } else {
        inputs.push({ from, by, ...this.#read(from, by, chunk) });
      }
    }
    return inputs;
  }

  /** The states that a stage is given, in the order of the chunks that left them. */
  statesOf(plan: Plan, stage: StageIndex): readonly State[] {
    const edges = plan.stages[stage]?.inputs ?? [];
    return edges.flatMap(({ from, by }) =>
      by === "states" || by === "state" ? this.#states(from) : [],
    );
  }

  /** The job's result in its order. Every chunk of it has to be there. */
  result(plan: Plan): readonly Slice<Ref>[] {
    return this.#whole(plan.result);
  }

  #read(
    from: StageIndex | "input",
    by: Edge["by"],
    chunk: ChunkIndex,
  ): Pick<Input<Ref, State>, "slices" | "states"> {
    switch (by) {
      case "chunk":
        return { slices: slicesOf([this.#present(from, chunk)]), states: [] };
      case "whole":
      case "rows":
        return { slices: this.#whole(from), states: [] };
      case "states":
      case "state":
        return { slices: [], states: this.#states(from) };
      case "after":
        return { slices: [], states: [] };
    }
  }

  #states(from: StageIndex | "input"): readonly State[] {
    return this.#all(from).flatMap(({ state }) => (state === undefined ? [] : [state]));
  }

  /** Empty tables are left out, but one stays, since it says what columns there are. */
  #whole(from: StageIndex | "input"): readonly Slice<Ref>[] {
    const slices = slicesOf(this.#all(from));
    const full = slices.filter((slice) => slice.end > slice.start);
    return full.length > 0 ? full : slices.slice(0, 1);
  }

  /** Rows [start, end) of all that a stage left; an empty slice of a table if there are none. */
  #cut(from: StageIndex | "input", start: number, end: number): readonly Slice<Ref>[] {
    const starts = this.#starts(from);
    const slices: Slice<Ref>[] = [];
    let chunk = chunkAt(starts, Math.max(0, start));
    for (; chunk < starts.length - 1 && (starts[chunk] ?? 0) < end; chunk++) {
      const { rows, ref } = this.#present(from, chunk as ChunkIndex);
      const first = starts[chunk] ?? 0;
      const slice = { start: Math.max(0, start - first), end: Math.min(rows, end - first) };
      if (ref !== undefined && slice.end > slice.start) slices.push({ ref, ...slice });
    }
    if (slices.length > 0) return slices;
    return this.#whole(from)
      .slice(0, 1)
      .map(({ ref }) => ({ ref, start: 0, end: 0 }));
  }

  #starts(from: StageIndex | "input"): Float64Array {
    const shelf = this.#shelf(from);
    if (shelf.starts !== undefined) return shelf.starts;
    const starts = new Float64Array(shelf.outputs.length + 1);
    for (const [chunk, { rows }] of this.#all(from).entries()) {
      starts[chunk + 1] = (starts[chunk] ?? 0) + rows;
    }
    shelf.starts = starts;
    return starts;
  }

  #all(from: StageIndex | "input"): readonly Output<Ref, State>[] {
    return this.#shelf(from).outputs.map((output, chunk) => {
      assert(output !== undefined, `the output of stage ${from}, chunk ${chunk}, is not here`);
      return output;
    });
  }

  #present(from: StageIndex | "input", chunk: ChunkIndex): Output<Ref, State> {
    const output = this.#shelf(from).outputs[chunk];
    assert(output !== undefined, `the output of stage ${from}, chunk ${chunk}, is not here`);
    return output;
  }

  #shelf(stage: StageIndex | "input"): Shelf<Ref, State> {
    let shelf = this.#shelves.get(stage);
    if (shelf === undefined) {
      shelf = { outputs: [], starts: undefined };
      this.#shelves.set(stage, shelf);
    }
    return shelf;
  }
}

const slicesOf = <Ref>(outputs: readonly Output<Ref, unknown>[]): readonly Slice<Ref>[] =>
  outputs.flatMap(({ rows, ref }) => (ref === undefined ? [] : [{ ref, start: 0, end: rows }]));

/** The last chunk that begins at or before the row. */
function chunkAt(starts: Float64Array, row: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle;
  }
  return low;
}
