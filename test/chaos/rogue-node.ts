/**
 * A worker that lies: it offers tasks of its own in a pool of its own, takes orders as any worker
 * does, and answers them with damaged answers. It touches nobody else's work.
 */
import fc from "fast-check";
import type { NatsConnection, Subscription } from "nats";
import { pack, unpack } from "../../src/protocol/codec.ts";
import type { Order } from "../../src/protocol/messages.ts";
import { routes } from "../../src/protocol/routes.ts";
import { encodeTable } from "../../src/table/ipc.ts";
import { defaultTable } from "../../src/table/table.ts";
import { damagedBytes } from "./hostile-bytes.ts";
import { damagedValues } from "./hostile-values.ts";
import { valuesOf } from "./values-of-schema.ts";

const shapes = ["map", "fold", "reduce", "gather", "source"] as const;

export class RogueNode {
  readonly node = "rogue";
  readonly tasks = shapes.map((shape) => `rogue_${shape}`);
  readonly #connection: NatsConnection;
  readonly #seed: number;
  readonly #subscriptions: Subscription[] = [];
  #timer: NodeJS.Timeout | undefined;
  answers = 0;

  constructor(connection: NatsConnection, seed: number) {
    this.#connection = connection;
    this.#seed = seed;
  }

  async start(): Promise<void> {
    for (const subject of ["rtl.v1.work.rogues", "rtl.v1.work.rogues.ahead"]) {
      const callback = (_: unknown, message: { data: Uint8Array; reply?: string }) =>
        this.#answer(message);
      this.#subscriptions.push(this.#connection.subscribe(subject, { queue: "slots", callback }));
    }
    this.#timer = setInterval(() => this.beat(), 500);
    this.beat();
    await this.#connection.flush();
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  beat(): void {
    const tasks = shapes.map((shape) => ({ name: `rogue_${shape}`, shape }));
    const beat = { v: 1, node: this.node, pool: "rogues", slots: 2, catalog: "1", tasks };
    this.#connection.publish("rtl.v1.node.rogue.beat", pack(beat));
  }

  /** An answer that could be right, damaged; sometimes two, or one that is none. */
  #answer({ data, reply }: { readonly data: Uint8Array; readonly reply?: string }): void {
    if (reply === undefined) return;
    const order = unpack(data) as Order;
    const inline = encodeTable(defaultTable());
    const like = {
      v: 1,
      order: order.order,
      node: this.node,
      tables: [{ rows: 1, bytes: inline.length, inline }],
      items: order.items.map(({ chunk, attempt }) => ({
        ...{ chunk, attempt, rows: 1, output: [0, 0, 1] },
        ...(order.measure && { extent: { units: 10, unit: "rows", unitsMin: 1 } }),
        state: pack([7, Float64Array.of(1)]),
      })),
      calls: order.calls.map(() => ({ ms: 1, rowsIn: 1, rowsOut: 1, tallies: [], lines: [] })),
      ms: 1,
    };
    const valid = fc.oneof(
      { weight: 4, arbitrary: fc.constant<unknown>(like) },
      { weight: 1, arbitrary: valuesOf(routes.work.reply as never) },
    );
    const packed = fc.oneof(valid, damagedValues(valid)).map(packedOr);
    const seed = this.#seed + this.answers;
    const made = fc.sample(fc.oneof(packed, damagedBytes(packed)), { seed, numRuns: 2 });
    for (const answer of made.slice(0, 1 + (this.answers % 2))) {
      this.#connection.publish(reply, answer);
    }
    this.answers++;
  }
}

function packedOr(value: unknown): Uint8Array {
  try {
    return pack(value);
  } catch {
    return Uint8Array.of(0xc1);
  }
}
