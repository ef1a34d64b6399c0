/**
 * A simulated tasknode: slots, a store of blocks, and a power switch. It runs real functions on
 * real lists, takes its time over them, and forgets everything when it crashes.
 */
import type { Input } from "../../src/flow/assemble.ts";
import type { Range } from "../../src/flow/command.ts";
import type { Extent } from "../../src/flow/event.ts";
import type { Stage } from "../../src/flow/plan.ts";
import { type NodeId, type Work, workId } from "../../src/protocol/ids.ts";
import { runCalls, type Sum, shapeOf, sourced, type Table, unitsOf } from "./tasks.ts";

/** A block: it knows who holds it, and of which work it is the output. */
export interface Block {
  readonly id: number;
  readonly holder: NodeId;
  readonly work: Work;
  readonly rows: number;
  readonly table: Table | undefined;
  readonly state: Sum | undefined;
}

export interface Order {
  readonly work: Work;
  readonly stage: Stage;
  readonly range: Range | undefined;
  readonly measure: boolean;
  readonly inputs: readonly Input<Block, Sum>[];
}

export type Answer =
  | { readonly type: "refused" }
  | { readonly type: "finished"; readonly block: Block }
  | { readonly type: "measured"; readonly extent: Extent }
  /** Inputs that nobody holds any more. */
  | { readonly type: "starved"; readonly lost: readonly Block[] }
  | { readonly type: "broken"; readonly message: string };

export interface NodePort {
  /** Runs something after a while on this node, unless it has crashed by then. */
  readonly later: (run: () => void) => void;
  /** The block's holder has it still. */
  readonly isHeld: (block: Block) => boolean;
  readonly newId: () => number;
  /** The document's stage whose tasks fail. */
  readonly faultyStage: number | undefined;
}

export class SimulatedNode {
  readonly id: NodeId;
  readonly slots: number;
  isUp = true;
  readonly blocks = new Map<number, Block>();
  readonly running = new Map<string, Work>();
  readonly #port: NodePort;
  #life = 0;

  constructor(id: NodeId, slots: number, port: NodePort) {
    this.id = id;
    this.slots = slots;
    this.#port = port;
  }

  crash(): void {
    this.isUp = false;
    this.#life++;
    this.blocks.clear();
    this.running.clear();
  }

  /** Takes an order, or refuses it; answers when it is through. */
  take(order: Order, answer: (answer: Answer) => void): void {
    const id = workId(order.work);
    // It has this very work already, under an order of this relay or of the one before it.
    if (this.running.has(id)) return;
    if (this.running.size >= this.slots) {
      answer({ type: "refused" });
      return;
    }
    const life = this.#life;
    this.running.set(id, order.work);
    this.#port.later(() => {
      if (life !== this.#life || !this.running.delete(id)) return;
      answer(this.#work(order));
    });
  }

  /** Ends everything; work that is ended never answers. */
  revoke(): void {
    this.running.clear();
  }

  #work({ work, stage, range, measure, inputs }: Order): Answer {
    const first = stage.calls[0];
    if (stage.calls.some((call) => call.origin === this.#port.faultyStage)) {
      return { type: "broken", message: "there is no such column" };
    }
    const units = unitsOf(first?.params);
    if (measure) return { type: "measured", extent: { units, unit: "rows", unitsMin: 20 } };
    const slices = inputs.flatMap((input) => input.slices);
    const lost = slices.map(({ ref }) => ref).filter((block) => !this.#port.isHeld(block));
    if (lost.length > 0) return { type: "starved", lost };
    const isSource = first !== undefined && shapeOf(first.task) === "source";
    const input = isSource
      ? sourced(range?.start ?? 0, range?.end ?? units)
      : slices.flatMap(({ ref, start, end }) => (ref.table ?? []).slice(start, end));
    const made = runCalls(
      stage.calls,
      input,
      inputs.flatMap((one) => one.states),
    );
    const rows = made.table?.length ?? 0;
    const block = { id: this.#port.newId(), holder: this.id, work, rows, ...made };
    this.blocks.set(block.id, block);
    return { type: "finished", block };
  }
}
