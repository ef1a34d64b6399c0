/**
 * A NATS server in virtual time: interest, queue groups, subscriptions for one message, "no
 * responders", and what its streams keep. It loses nothing and delays nothing; that happens on the
 * way to it and from it. It knows no message of ours.
 */
import { headers, type MsgHdrs } from "nats";
import { Random } from "../random.ts";
import type { World } from "../world.ts";
import { Store } from "./store.ts";

export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply: string;
  readonly headers?: MsgHdrs | undefined;
}

export interface Interest {
  readonly pattern: readonly string[];
  readonly queue: string | undefined;
  /** Messages that it is still to get. */
  left: number;
  readonly owner: object;
  readonly take: (delivery: Delivery) => void;
}

const nothing = new Uint8Array();

export class SimServer {
  readonly world: World;
  readonly store: Store;
  readonly #random: Random;
  readonly #interests = new Set<Interest>();
  /** Sees all that is published, in the order of the server. */
  witness: (delivery: Delivery) => void = () => undefined;

  constructor(world: World, seed: number) {
    this.world = world;
    this.store = new Store(() => wallClock(world));
    this.#random = new Random(seed);
  }

  add(interest: Interest): void {
    this.#interests.add(interest);
  }

  remove(interest: Interest): void {
    this.#interests.delete(interest);
  }

  /** A connection is gone, and all that it listened to with it. */
  drop(owner: object): void {
    for (const interest of this.#interests) {
      if (interest.owner === owner) this.#interests.delete(interest);
    }
  }

  publish(delivery: Delivery): void {
    this.witness(delivery);
    this.store.capture(delivery.subject, delivery.data);
    const parts = delivery.subject.split(".");
    const groups = new Map<string, Interest[]>();
    let heard = false;
    for (const interest of [...this.#interests]) {
      if (!fits(interest.pattern, parts)) continue;
      heard = true;
      const { queue } = interest;
      if (queue === undefined) this.#hand(interest, delivery);
      else groups.set(queue, [...(groups.get(queue) ?? []), interest]);
    }
    for (const [queue, members] of groups) {
      // Whoever came first takes all jobs in, so that a run knows whose end it is about.
      const member = queue === "relays" ? members[0] : this.#random.oneOf(members);
      if (member !== undefined) this.#hand(member, delivery);
    }
    if (heard || delivery.reply === "") return;
    const subject = delivery.reply;
    this.publish({ subject, data: nothing, reply: "", headers: headers(503, "No Responders") });
  }

  #hand(interest: Interest, delivery: Delivery): void {
    interest.left--;
    if (interest.left <= 0) this.#interests.delete(interest);
    interest.take(delivery);
  }
}

/** Where virtual time begins, in milliseconds since the epoch. */
const epoch = 1_800_000_000_000;
export const wallClock = (world: World): number => epoch + Math.floor(world.now);

const fits = (pattern: readonly string[], parts: readonly string[]): boolean =>
  pattern.length === parts.length &&
  pattern.every((part, place) => part === "*" || part === parts[place]);
