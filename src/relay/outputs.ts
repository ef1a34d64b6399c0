/**
 * The outputs of a job's chunks: which table holds which rows, and when a block may be let go. It
 * sees references only; bulk bytes never pass through a relay.
 */
import { type Slice as Cut, Ledger } from "../flow/assemble.ts";
import type { Range } from "../flow/command.ts";
import type { Plan, Stage } from "../flow/plan.ts";
import { joinStates } from "../protocol/codec.ts";
import type { ChunkIndex, StageIndex } from "../protocol/ids.ts";
import { limits } from "../protocol/limits.ts";
import type { OrderItem, Result, Slice, TableRef } from "../protocol/messages.ts";

/** A state, unopened: in the message, or where it lies. */
export type StateRef = Uint8Array | TableRef;

/** Where an output lies: rows from `start` on of a table that may hold the outputs of many chunks. */
export interface Piece {
  readonly table: TableRef;
  readonly start: number;
}

/** Bytes of so many of its rows, as its table has them on average; 0 for a table of JSON. */
export const bytesOf = ({ table }: Piece, rows: number): number =>
  "bytes" in table && table.rows > 0 ? (table.bytes * rows) / table.rows : 0;

/** Tables by their place in a message, each once. */
export class TableList {
  readonly tables: TableRef[] = [];
  readonly #places = new Map<string | TableRef, number>();

  placeOf(table: TableRef): number {
    const name = nameOf(table);
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.tables.push(table) - 1;
    this.#places.set(name, place);
    return place;
  }
}

export class Outputs {
  readonly #plan: Plan;
  readonly #input: TableRef;
  readonly #ledger: Ledger<Piece, StateRef>;
  /** What measuring each source left for its chunks. */
  readonly #details = new Map<StageIndex, StateRef>();
  /** Outputs in each table, by the name of its block where it is one. */
  readonly #users = new Map<string | TableRef, { readonly table: TableRef; count: number }>();
  readonly #letGo: (table: TableRef) => void;
  readonly #keep: (bytes: Uint8Array) => TableRef;
  #hasBlocks = false;

  /**
   * `letGo` is told of each table that nobody will read again; `keep` puts bytes that are too large
   * for every message which needs them into a block of the job.
   */
  constructor(
    plan: Plan,
    input: TableRef,
    letGo: (table: TableRef) => void,
    keep: (bytes: Uint8Array) => TableRef,
  ) {
    this.#plan = plan;
    this.#letGo = letGo;
    this.#keep = keep;
    this.#ledger = new Ledger({ rows: input.rows, ref: { table: input, start: 0 } });
    // What passes it on unchanged names it as its output: that such an output is let go is not its end.
    this.#input = input;
    this.#enter(input);
  }

  commit(
    stage: StageIndex,
    chunk: ChunkIndex,
    piece: Piece | undefined,
    rows: number,
    state: StateRef | undefined,
  ): void {
    if (piece !== undefined) this.#enter(piece.table);
    if (isAtRest(state)) this.#enter(state);
    const left = { rows, ...(piece && { ref: piece }), ...(state !== undefined && { state }) };
    this.#ledger.commit(stage, chunk, left);
  }

  /** Takes what measuring a source left. */
  learn(stage: StageIndex, detail: StateRef | undefined): void {
    if (detail === undefined) return;
    const large = detail instanceof Uint8Array && detail.length > inlineStatesMax;
    this.#details.set(stage, large ? this.#keep(detail) : detail);
  }

  /** The states of an order for this stage; those that lie somewhere are added to the list. */
  statesOf(stage: Stage, list: TableList): (Uint8Array | number)[] {
    const detail = this.#details.get(stage.index);
    const states = stage.shape === "source" ? [] : this.#ledger.statesOf(this.#plan, stage.index);
    const all = detail === undefined ? states : [detail];
    const inline = all.filter((state) => state instanceof Uint8Array);
    const bytes = inline.reduce((sum, state) => sum + state.length, 0);
    if (bytes > inlineStatesMax && inline.length === all.length) {
      const joined = this.#keep(joinStates(inline));
      this.#enter(joined);
      return [list.placeOf(joined)];
    }
    return all.map((state) => (state instanceof Uint8Array ? state : list.placeOf(state)));
  }

  /** The item of an order for this chunk; its tables are added to the order's list. */
  itemOf(
    stage: Stage,
    chunk: ChunkIndex,
    attempt: number,
    range: Range | undefined,
    list: TableList,
  ): OrderItem {
    const inputs = this.#ledger.inputsOf(this.#plan, stage.index, range, chunk);
    const tables = inputs.flatMap((input): Slice[][] =>
      input.by === "states" || input.by === "state" ? [] : [slicesOf(input.slices, list)],
    );
    const isSource = stage.shape === "source";
    const firstRow = isSource ? 0 : (range?.start ?? 0);
    return {
      chunk,
      attempt,
      ...(isSource && range !== undefined && { range: { start: range.start, end: range.end } }),
      ...(firstRow > 0 && { firstRow }),
      inputs: tables,
    };
  }

  /** The job's result, in order. Its tables stay until they are released by name. */
  result(): Result {
    const list = new TableList();
    const slices = slicesOf(this.#ledger.result(this.#plan), list);
    return {
      rows: slices.reduce((sum, [, start, end]) => sum + end - start, 0),
      tables: list.tables,
      slices,
    };
  }

  release(stage: StageIndex, chunk: ChunkIndex | undefined): void {
    for (const { ref, state } of this.#ledger.release(stage, chunk)) {
      if (ref) this.#leave(ref.table);
      if (isAtRest(state)) this.#leave(state);
    }
  }

  /** Everything but the tables given and the job's own input. */
  releaseAll(except: Iterable<TableRef>): void {
    const kept = new Set([this.#input, ...except].map(nameOf));
    for (const [name, { table }] of this.#users) if (!kept.has(name)) this.#letGo(table);
    this.#users.clear();
  }

  /** Whether anything of the job has lain in blocks. */
  get hasBlocks(): boolean {
    return this.#hasBlocks;
  }

  #enter(table: TableRef): void {
    this.#hasBlocks ||= "block" in table;
    const known = this.#users.get(nameOf(table));
    if (known === undefined) this.#users.set(nameOf(table), { table, count: 1 });
    else known.count++;
  }

  /** A late or doubled output was never committed; its tables go unless others lie in them. */
  discard(piece: Piece | undefined, state: StateRef | undefined): void {
    for (const table of [piece?.table, isAtRest(state) ? state : undefined]) {
      if (table !== undefined && !this.#users.has(nameOf(table))) this.#letGo(table);
    }
  }

  #leave(table: TableRef): void {
    const known = this.#users.get(nameOf(table));
    if (known !== undefined && --known.count > 0) return;
    this.#users.delete(nameOf(table));
    this.#letGo(table);
  }

  /** Chunks whose outputs a node held. */
  heldBy(node: string): readonly ChunkAt[] {
    return this.#chunksWith((table) => "holder" in table && table.holder === node);
  }

  /** Chunks whose outputs lie in a block. */
  within(block: string): readonly ChunkAt[] {
    return this.#chunksWith((table) => "block" in table && table.block === block);
  }

  #chunksWith(wanted: (table: TableRef) => boolean): readonly ChunkAt[] {
    const found: ChunkAt[] = [];
    for (const { stage, chunk, output } of this.#ledger.held()) {
      const { ref, state } = output;
      const lies = (ref && wanted(ref.table)) || (isAtRest(state) && wanted(state));
      if (lies) found.push({ stage, chunk });
    }
    return found;
  }
}

export interface ChunkAt {
  readonly stage: StageIndex;
  readonly chunk: ChunkIndex;
}

/** States of one order that travel inside it. */
const inlineStatesMax = limits.inlineBytesMax;

const isAtRest = (state: StateRef | undefined): state is TableRef =>
  state !== undefined && !(state instanceof Uint8Array);

const nameOf = (table: TableRef): string | TableRef =>
  "block" in table ? `${table.holder}/${table.block}` : table;

function slicesOf(slices: readonly Cut<Piece>[], list: TableList): Slice[] {
  const out: Slice[] = [];
  for (const { ref, start, end } of slices) {
    const place = list.placeOf(ref.table);
    const last = out.at(-1);
    const from = ref.start + start;
    // Neighbours in one table are one slice: ten thousand tiny chunks make a handful of slices.
    if (last !== undefined && last[0] === place && last[2] === from) last[2] = ref.start + end;
    else out.push([place, from, ref.start + end]);
  }
  return out;
}
