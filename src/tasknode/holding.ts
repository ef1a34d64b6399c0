/**
 * An order in the hands of the node: what of it is done, and what its answer will be. It runs nothing
 * and sends nothing.
 */
import type { Failure } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { CallReport, Done, ItemDone, Order, TableRef } from "../protocol/messages.ts";
import { addReports } from "./call-sums.ts";
import type { CreditKind } from "./slots.ts";
import type { Thread } from "./thread.ts";
import type { TableBytes, ThreadDone, ThreadOrder, ThreadTable } from "./thread-messages.ts";

/** How an order came: with a credit, or to the node by name. */
export type Arrival = CreditKind | "nodeWork";

/** Text of a failure that is sent on; 64 of them must fit into one message. */
const FAILURE_TEXT_MAX = 4_096;
const PROBLEMS_MAX = 20;
/** Inline tables of one answer; those beyond it become blocks. */
const INLINE_TOTAL_MAX = 4 * limits.inlineBytesMax;

export class Holding {
  readonly order: Order;
  /** Where its answer goes; another relay may have taken its job over. */
  reply: string;
  readonly arrival: Arrival;
  readonly node: string;
  /** The order's tables, once they are all here. */
  tables: readonly ThreadTable[] | undefined;
  /** The thread that runs it. */
  thread: Thread | undefined;
  cancelled = false;
  /** When its thread is ended because its job is cancelled. */
  endsAt: number | undefined;
  /** The item that was told to end because it ran too long. */
  late: number | undefined;
  /** Takes back the timers that watch over it. */
  unwatch: () => void = () => undefined;
  /** Places, in the order, of the items that are neither done nor failed. */
  #left: number[];
  readonly #items: (ItemDone | undefined)[];
  readonly #outputs: TableBytes[] = [];
  #calls: readonly CallReport[] = [];
  readonly #since = performance.now();

  constructor(order: Order, reply: string, arrival: Arrival, node: string) {
    this.order = order;
    this.reply = reply;
    this.arrival = arrival;
    this.node = node;
    this.#left = order.items.map((_, place) => place);
    this.#items = order.items.map(() => undefined);
  }

  /** Milliseconds since it came. */
  get ageMs(): number {
    return performance.now() - this.#since;
  }

  get finished(): boolean {
    return this.#left.length === 0;
  }

  /** What is left of the order, for a thread; `place` counts in this list. */
  remainder(
    tables: readonly ThreadTable[],
    spares: readonly SharedArrayBuffer[] = [],
  ): ThreadOrder {
    const { calls, measure, runMs, states } = this.order;
    const items = this.#left.flatMap((place) => this.order.items[place] ?? []);
    const more = states !== undefined && { states };
    return { calls, measure, runMs, items, tables, spares, ...more };
  }

  /** Takes over what a thread made of the remainder. */
  add(done: ThreadDone): void {
    const offset = this.#outputs.length;
    this.#outputs.push(...done.tables);
    done.items.forEach((item, index) => {
      const place = this.#left[index];
      if (place === undefined) return;
      const { output, failure, stateAt, ...rest } = item;
      this.#items[place] = {
        ...rest,
        ...(output !== undefined && { output: [output[0] + offset, output[1], output[2]] }),
        ...(stateAt !== undefined && { stateAt: stateAt + offset }),
        ...(failure !== undefined && { failure: this.#placed(failure, place) }),
      };
    });
    this.#calls = this.#calls.length === 0 ? done.calls : addReports(this.#calls, done.calls);
    this.#left = [];
  }

  /** The item at this place of the remainder has failed; the others are still left. */
  failItem(index: number, failure: Failure): void {
    const [place] = this.#left.splice(Math.min(index, this.#left.length - 1), 1);
    if (place !== undefined) this.#fail(place, failure);
  }

  /** All items that are left have failed. */
  failLeft(failure: Failure): void {
    for (const place of this.#left) this.#fail(place, failure);
    this.#left = [];
  }

  /** Nothing that was computed is of use any more. */
  failAll(failure: Failure): void {
    this.#outputs.length = 0;
    this.#calls = [];
    for (const place of this.order.items.keys()) this.#fail(place, failure);
    this.#left = [];
  }

  #fail(place: number, failure: Failure): void {
    const item = this.order.items[place];
    if (item === undefined) return;
    const { chunk, attempt } = item;
    this.#items[place] = { chunk, attempt, rows: 0, failure: this.#placed(failure, place) };
  }

  /** The failure with all that is known of where it happened. */
  #placed(failure: Failure, place: number): NonNullable<ItemDone["failure"]> {
    const { name: stage, calls } = this.order;
    const item = this.order.items[place];
    const job = item?.job ?? this.order.job;
    const task = failure.at?.task ?? calls[0]?.task;
    const { code, message, problems, fix } = failure;
    return {
      code,
      message:
        message.length > FAILURE_TEXT_MAX ? `${message.slice(0, FAILURE_TEXT_MAX)}…` : message,
      ...(problems !== undefined && { problems: problems.slice(0, PROBLEMS_MAX) }),
      ...(fix !== undefined && { fix: fix.slice(0, FAILURE_TEXT_MAX) }),
      at: {
        job,
        stage,
        ...(task !== undefined && { task }),
        // What measures a source is no chunk of it.
        ...(item !== undefined && item.chunk >= 0 && { chunk: item.chunk }),
        ...(item !== undefined && { attempt: item.attempt }),
        node: this.node,
      },
    };
  }

  /** The answer. Tables above the inline limit are handed to `put`, which says where they are. */
  answer(put: (bytes: Uint8Array) => { readonly block: string; readonly holder: string }): Done {
    let inlineTotal = 0;
    const tables = this.#outputs.map((table): TableRef => {
      const { rows } = table;
      const own = "from" in table ? this.order.tables[table.from] : undefined;
      // What passes through unchanged does not move. But what another relay may look for here is kept
      // here, in the same memory: its first holder may be the relay that is gone.
      if (own !== undefined && !this.#mustStay(own)) return own;
      const bytes = "bytes" in table ? table.bytes : this.#bytesAt(table.from);
      const size = bytes.length;
      if (size <= limits.inlineBytesMax && inlineTotal + size <= INLINE_TOTAL_MAX) {
        inlineTotal += size;
        return { rows, bytes: size, inline: bytes };
      }
      const { block, holder } = put(bytes);
      return { rows, bytes: size, block, holder };
    });
    return {
      ...this.#head(),
      tables,
      items: this.#items.filter((item) => item !== undefined),
      calls: [...this.#calls],
    };
  }

  #mustStay(table: TableRef): boolean {
    return this.order.keep && "block" in table && table.holder !== this.node;
  }

  #bytesAt(place: number): Uint8Array {
    const table = this.tables?.[place];
    return table !== undefined && "bytes" in table ? table.bytes : new Uint8Array(0);
  }

  refusal(reason: string): Done {
    return { ...this.#head(), tables: [], items: [], calls: [], refused: reason };
  }

  #head(): Pick<Done, "v" | "order" | "node" | "ms"> {
    const ms = performance.now() - this.#since;
    return { v: 1, order: this.order.order, node: this.node, ms };
  }
}
