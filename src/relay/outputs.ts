/**
 * The outputs of a job's chunks: which table holds which rows, and when a block may be let go. It
 * sees references only; bulk bytes never pass through a relay.
 */
import { type Slice as Cut, Ledger } from "../flow/assemble.ts";
import type { Range } from "../flow/command.ts";
import type { Plan, Stage } from "../flow/plan.ts";
import type { ChunkIndex, StageIndex } from "../protocol/ids.ts";
import type { OrderItem, Result, Slice, TableRef } from "../protocol/messages.ts";

/** Where an output lies: rows from `start` on of a table that may hold the outputs of many chunks. */
export interface Piece {
  readonly table: TableRef;
  readonly start: number;
}

/** Tables by their place in a message, each once. */
export class TableList {
  readonly tables: TableRef[] = [];
  readonly #places = new Map<TableRef, number>();

  placeOf(table: TableRef): number {
    const known = this.#places.get(table);
    if (known !== undefined) return known;
    const place = this.tables.push(table) - 1;
    this.#places.set(table, place);
    return place;
  }
}

export class Outputs {
  readonly #plan: Plan;
  readonly #ledger: Ledger<Piece>;
  /** Outputs in each table, by the name of its block where it is one. */
  readonly #users = new Map<string | TableRef, { readonly table: TableRef; count: number }>();
  readonly #letGo: (table: TableRef) => void;

  /** `letGo` is told of each table that nobody will read again. */
  constructor(plan: Plan, input: TableRef, letGo: (table: TableRef) => void) {
    this.#plan = plan;
    this.#letGo = letGo;
    this.#ledger = new Ledger({ rows: input.rows, ref: { table: input, start: 0 } });
  }

  commit(
    stage: StageIndex,
    chunk: ChunkIndex,
    piece: Piece | undefined,
    rows: number,
    state: unknown,
  ): void {
    if (piece !== undefined) this.#enter(piece.table);
    const left = { rows, ...(piece && { ref: piece }), ...(state !== undefined && { state }) };
    this.#ledger.commit(stage, chunk, left);
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
    const states = inputs.flatMap((input) => input.states);
    const isSource = stage.shape === "source";
    return {
      chunk,
      attempt,
      ...(isSource && range !== undefined && { range: { start: range.start, end: range.end } }),
      inputs: tables,
      ...(states.length > 0 && { states }),
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
    for (const { ref } of this.#ledger.release(stage, chunk)) if (ref) this.#leave(ref.table);
  }

  /** Everything but the tables named. */
  releaseAll(except: ReadonlySet<TableRef>): void {
    for (const { table } of this.#users.values()) if (!except.has(table)) this.#letGo(table);
    this.#users.clear();
  }

  #enter(table: TableRef): void {
    const known = this.#users.get(nameOf(table));
    if (known === undefined) this.#users.set(nameOf(table), { table, count: 1 });
    else known.count++;
  }

  /** A late or doubled output was never committed; its table goes unless others lie in it. */
  discard(piece: Piece | undefined): void {
    if (piece !== undefined && !this.#users.has(nameOf(piece.table))) this.#letGo(piece.table);
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
      if (output.ref !== undefined && wanted(output.ref.table)) found.push({ stage, chunk });
    }
    return found;
  }
}

export interface ChunkAt {
  readonly stage: StageIndex;
  readonly chunk: ChunkIndex;
}

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
