/**
 * A simulated tasknode: slots, a store of blocks, and a power switch. It runs real functions on
 * real lists, takes its time over them, and forgets everything when it crashes. It heeds the relay
 * with the highest term, as the real one does.
 */
import type { Input } from "../../src/flow/assemble.ts";
import type { Range } from "../../src/flow/command.ts";
import type { Extent } from "../../src/flow/event.ts";
import type { Stage } from "../../src/flow/plan.ts";
import type { NodeId, Work } from "../../src/protocol/ids.ts";
import { runCalls, type Sum, shapeOf, sourced, type Table, unitsOf } from "./tasks.ts";

/** A block: it knows who holds it, and of which work it is the output. */
export interface Block {
  readonly id: number;
  readonly holder: NodeId;
  readonly work: Work;
  readonly rows: number;
  readonly table: Table | undefined;
  readonly state: Sum | undefined;
  /** What measuring a source found. */
  readonly extent?: Extent;
}

export interface Order {
  /** Another for each order that is sent, whoever sends it. */
  readonly name: string;
  /** Of the relay that sends it. */
  readonly term: number;
  readonly work: Work;
  readonly stage: Stage;
  readonly range: Range | undefined;
  readonly measure: boolean;
  readonly inputs: readonly Input<Block, Sum>[];
}

export type Answer =
  | { readonly type: "refused" }
  | { readonly type: "finished"; readonly block: Block }
  /** Inputs that nobody holds any more, as far as can be seen from here. */
  | { readonly type: "starved"; readonly lost: readonly Block[] }
  | { readonly type: "cancelled" }
  | { readonly type: "broken"; readonly message: string; readonly retry: boolean };

/** What a node has of the job: for a relay that has taken it over. */
export interface Recollection {
  readonly blocks: readonly Block[];
  readonly orders: readonly Order[];
}

export interface NodePort {
  /** Runs something after a while on this node, unless it has crashed by then. */
  readonly later: (run: () => void) => void;
  /** The block's holder has it still and can be asked by this node. */
  readonly isHeld: (block: Block, reader: NodeId) => boolean;
  readonly newId: () => number;
  /** The document's stage whose tasks fail. */
  readonly faultyStage: number | undefined;
  /** Whether a task fails this time and asks for another try. */
  readonly isFlaky: () => boolean;
  /** To the relay of this term. */
  readonly answer: (term: number, order: Order, answer: Answer) => void;
  readonly executed: (work: Work) => void;
}

export class SimulatedNode {
  readonly id: NodeId;
  readonly slots: number;
  isUp = true;
  /** Another each time that it starts. */
  life = 0;
  readonly blocks = new Map<number, Block>();
  readonly running = new Map<string, { readonly order: Order; answerTo: number }>();
  readonly #port: NodePort;
  #term = 0;
  /** Orders of this term and before it are cancelled. */
  #cancelled = -1;

  constructor(id: NodeId, slots: number, port: NodePort) {
    this.id = id;
    this.slots = slots;
    this.#port = port;
  }

  crash(): void {
    this.isUp = false;
    this.life++;
    this.blocks.clear();
    this.running.clear();
    this.#term = 0;
    this.#cancelled = -1;
  }

  #heeds(term: number): boolean {
    if (term < this.#term) return false;
    this.#term = term;
    return true;
  }

  /** Takes an order, or refuses it; answers when it is through. */
  take(order: Order): void {
    const { name, term } = order;
    if (this.running.has(name)) return;
    if (!this.#heeds(term) || this.running.size >= this.slots) {
      this.#port.answer(term, order, { type: "refused" });
      return;
    }
    if (term <= this.#cancelled) {
      this.#port.answer(term, order, { type: "cancelled" });
      return;
    }
    const { life } = this;
    this.running.set(name, { order, answerTo: term });
    this.#port.later(() => {
      const running = this.running.get(name);
      if (life !== this.life || running === undefined) return;
      this.running.delete(name);
      this.#port.answer(running.answerTo, order, this.#work(order));
    });
  }

  /** Ends everything up to a term; a client's cancel has none. */
  revoke(term: number | undefined): void {
    if (term !== undefined && !this.#heeds(term)) return;
    this.#cancelled = Math.max(this.#cancelled, term ?? Number.POSITIVE_INFINITY);
    for (const [name, { order, answerTo }] of this.running) {
      if (order.term > this.#cancelled) continue;
      this.running.delete(name);
      this.#port.answer(answerTo, order, { type: "cancelled" });
    }
  }

  drop(block: Block, term: number): void {
    if (this.#heeds(term)) this.blocks.delete(block.id);
  }

  /** From now on it answers to the relay of this term. */
  recall(term: number): Recollection | undefined {
    if (!this.#heeds(term)) return undefined;
    const running = [...this.running.values()];
    for (const one of running) one.answerTo = term;
    return { blocks: [...this.blocks.values()], orders: running.map(({ order }) => order) };
  }

  #work({ work, stage, range, measure, inputs }: Order): Answer {
    const { faultyStage, isHeld, newId, isFlaky, executed } = this.#port;
    const first = stage.calls[0];
    if (stage.calls.some((call) => call.origin === faultyStage)) {
      return { type: "broken", message: "there is no such column", retry: false };
    }
    if (isFlaky()) return { type: "broken", message: "not this time", retry: true };
    const units = unitsOf(first?.params);
    const about = { id: newId(), holder: this.id, work };
    if (measure) {
      const extent = { units, unit: "rows", unitsMin: 20 } as const;
      const block = { ...about, rows: 0, table: undefined, state: undefined, extent };
      this.blocks.set(block.id, block);
      return { type: "finished", block };
    }
    const slices = inputs.flatMap((input) => input.slices);
    const lost = slices.map(({ ref }) => ref).filter((block) => !isHeld(block, this.id));
    if (lost.length > 0) return { type: "starved", lost };
    executed(work);
    const isSource = first !== undefined && shapeOf(first.task) === "source";
    const input = isSource
      ? sourced(range?.start ?? 0, range?.end ?? units)
      : slices.flatMap(({ ref, start, end }) => (ref.table ?? []).slice(start, end));
    const made = runCalls(
      stage.calls,
      input,
      inputs.flatMap((one) => one.states),
    );
    const block = { ...about, rows: made.table?.length ?? 0, ...made };
    this.blocks.set(block.id, block);
    return { type: "finished", block };
  }
}
