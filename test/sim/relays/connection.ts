/**
 * The connection of one simulated process, in place of the one of the NATS client: what the real
 * Bus and Cache need of it. Each thing that the process does to the world goes through `effect`,
 * which numbers it and can end the process, or let it stand still, right there.
 */
import type { NatsConnection, Subscription } from "nats";
import type { BusExtras, Wait } from "../../../src/bus/bus-extras.ts";
import type { Clock } from "../../../src/host/clock.ts";
import type { Millis } from "../../../src/protocol/ids.ts";
import { type Interest, type SimServer, wallClock } from "./server.ts";

/** What befalls the process at its effect number `at`, counted from when this was armed. */
export interface Blow {
  readonly at: number;
  /** `before`: it dies without having done it; `after`: having done nothing more. */
  readonly how: "before" | "after" | "pause";
  readonly pauseMs?: number;
}

interface Options {
  readonly queue?: string;
  readonly max?: number;
  readonly callback: (error: null, message: unknown) => void;
}

interface Sent {
  readonly reply?: string;
  readonly headers?: never;
}

const payloadBytesMax = 1024 * 1024;

export class SimConnection {
  readonly #server: SimServer;
  readonly #latencyMs: number;
  readonly #inbox: (() => void)[] = [];
  #sentAt = 0;
  #arrivedAt = 0;
  #heldUntil = 0;
  #blow: Blow | undefined;
  #armed = false;
  isDead = false;
  /** What was done since it was armed, in order. */
  readonly effects: string[] = [];
  struckAt: number | undefined;
  /** Called when the blow falls. */
  struck: () => void = () => undefined;

  constructor(server: SimServer, latencyMs: number) {
    this.#server = server;
    this.#latencyMs = latencyMs;
  }

  /** From now on effects are counted, and the blow falls, if there is one. */
  arm(blow: Blow | undefined): void {
    this.#armed = true;
    this.#blow = blow;
  }

  effect(what: string, act: () => void): void {
    if (this.isDead) return;
    const falls = this.#armed && this.effects.push(what) === this.#blow?.at;
    const how = falls ? this.#blow?.how : undefined;
    if (how !== undefined) {
      this.struckAt = this.#server.world.now;
      this.struck();
    }
    if (how === "before") return this.kill();
    if (how === "pause") this.hold(this.#blow?.pauseMs ?? 0);
    act();
    if (how === "after") this.kill();
  }

  kill(): void {
    this.isDead = true;
    this.#server.drop(this);
  }

  /** The process stands still: what it sends leaves later, and what comes waits. */
  hold(ms: number): void {
    this.#heldUntil = this.#server.world.now + ms;
    this.#server.world.after(ms, () => this.#pump());
  }

  /** Virtual time as this process sees it; its timers end with it. */
  get clock(): Clock {
    const { world } = this.#server;
    return {
      now: () => wallClock(world) as Millis,
      every: (ms, fn) => {
        let runs = true;
        const turn = () => {
          if (!runs || this.isDead) return;
          const heldMs = this.#heldUntil - world.now;
          if (heldMs > 0) return world.after(heldMs, turn);
          fn();
          world.after(ms, turn);
        };
        world.after(ms, turn);
        return () => {
          runs = false;
        };
      },
    };
  }

  /** What is said is an effect at once, so that each can be the one at which the process dies. */
  readonly pace: BusExtras = { wait: (ms, fn) => this.wait(ms, fn), soon: (run) => run() };

  readonly wait: Wait = (ms, fn) => {
    let waits = true;
    this.#server.world.after(ms, () => {
      if (waits && !this.isDead) fn();
    });
    return () => {
      waits = false;
    };
  };

  #up(arrive: () => void): void {
    const { world } = this.#server;
    this.#sentAt = Math.max(this.#sentAt, this.#heldUntil, world.now + this.#latencyMs);
    world.after(this.#sentAt - world.now, arrive);
  }

  #down(arrive: () => void): void {
    const { world } = this.#server;
    this.#arrivedAt = Math.max(this.#arrivedAt, world.now + this.#latencyMs);
    world.after(this.#arrivedAt - world.now, () => {
      this.#inbox.push(arrive);
      this.#pump();
    });
  }

  #pump(): void {
    while (!this.isDead && this.#server.world.now >= this.#heldUntil) {
      const next = this.#inbox.shift();
      if (next === undefined) return;
      next();
    }
  }

  /** A question to the server's store, answered after a round trip. */
  #ask<T>(apply: () => T, what?: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const send = () =>
        this.#up(() => {
          try {
            const value = apply();
            this.#down(() => resolve(value));
          } catch (error) {
            this.#down(() => reject(error));
          }
        });
      if (what === undefined) send();
      else this.effect(what, send);
    });
  }

  #subscribe(subject: string, { queue, max, callback }: Options): Partial<Subscription> {
    let open = true;
    const interest: Interest = {
      pattern: subject.split("."),
      queue,
      left: max ?? Number.POSITIVE_INFINITY,
      owner: this,
      take: (delivery) => {
        this.#down(() => {
          if (open) callback(null, delivery);
        });
      },
    };
    this.#up(() => {
      if (!this.isDead) this.#server.add(interest);
    });
    const withdraw = () => this.#up(() => this.#server.remove(interest));
    return {
      isClosed: () => !open,
      unsubscribe: () => {
        open = false;
        withdraw();
      },
      drain: () => {
        withdraw();
        return Promise.resolve();
      },
    };
  }

  #bucket(bucket: string) {
    const { store } = this.#server;
    const entry = (key: string) => {
      const kept = store.get(bucket, key);
      return kept === undefined
        ? null
        : { ...kept, key, operation: "PUT", created: new Date(kept.created) };
    };
    const write = (what: string, key: string, apply: () => number) =>
      this.#ask(apply, `${what} ${bucket}/${key}`);
    return {
      get: (key: string) => this.#ask(() => entry(key)),
      put: (key: string, value: Uint8Array) =>
        write("put", key, () => store.put(bucket, key, value)),
      create: (key: string, value: Uint8Array) =>
        write("create", key, () => store.create(bucket, key, value)),
      update: (key: string, value: Uint8Array, revision: number) =>
        write("update", key, () => store.update(bucket, key, value, revision)),
      purge: (key: string) => this.#ask(() => store.purge(bucket, key), `purge ${bucket}/${key}`),
      history: () =>
        this.#ask(() => {
          const entries = [...store.bucket(bucket).keys()].map(entry);
          return (async function* all() {
            yield* entries;
          })();
        }),
    };
  }

  #streams() {
    const { store } = this.#server;
    return {
      streams: {
        info: (name: string) => this.#ask(() => store.info(name)),
        add: ({ name, subjects }: { name: string; subjects: readonly string[] }) =>
          this.#ask(() => store.addStream(name, subjects[0] ?? "")),
        delete: (name: string) => this.#ask(() => store.dropStream(name)),
        getMessage: (stream: string, { last_by_subj }: { last_by_subj: string }) =>
          this.#ask(() => store.last(stream, last_by_subj)),
      },
    };
  }

  #publish(subject: string, data: Uint8Array, { reply = "", headers }: Sent = {}): void {
    this.effect(`publish ${subject}`, () =>
      this.#up(() => this.#server.publish({ subject, data, reply, headers })),
    );
  }

  /** As the Bus and the stores take it. */
  asNats(): NatsConnection {
    const jetstream = {
      views: { kv: (name: string) => Promise.resolve(this.#bucket(name)) },
      jetstreamManager: () => Promise.resolve(this.#streams()),
      publish: (subject: string, data: Uint8Array) =>
        this.#ask(
          () => this.#server.publish({ subject, data, reply: "" }),
          `publish and keep ${subject}`,
        ),
    };
    const connection = {
      info: { max_payload: payloadBytesMax },
      getServer: () => "simulated",
      // The dead find nothing out: what they say is not heard.
      isClosed: () => false,
      status: () => silence,
      flush: () => this.#ask(() => undefined),
      publish: (subject: string, data: Uint8Array, sent?: Sent) =>
        this.#publish(subject, data, sent),
      subscribe: (subject: string, options: Options) => this.#subscribe(subject, options),
      jetstream: () => jetstream,
      jetstreamManager: () => Promise.resolve(this.#streams()),
    };
    return connection as unknown as NatsConnection;
  }
}

/** News of a connection that is never lost. */
const silence: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
};
