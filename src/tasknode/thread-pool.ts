/**
 * The warm threads of a node: always as many as it has slots, each replaced when it ends, all of them
 * replaced, without a pause in the work, when the task folders change. It knows nothing of orders.
 */

import { after } from "../host/after.ts";
import type { Log } from "../host/log.ts";
import { ApartPool } from "./apart-pool.ts";
import { Thread, type ThreadSettings, withPatience } from "./thread.ts";
import type { ThreadCatalog, ThreadDone } from "./thread-messages.ts";

export interface PoolEvents {
  /** The first thread of a generation is ready: this is what the node offers now. */
  catalog(catalog: ThreadCatalog): void;
  /** A thread became free, or ceased to be. */
  changed(): void;
  done(thread: Thread, done: ThreadDone): void;
  /** A thread that had been taken is gone. */
  lost(thread: Thread, why: string): void;
  /** A process that was asked for could not be started. */
  noProcess(why: string): void;
}

export interface PoolSettings extends ThreadSettings {
  readonly threads: number;
}

/** Patience with one that keeps failing to load its library. */
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 30_000;

export class ThreadPool {
  readonly #settings: PoolSettings;
  readonly #events: PoolEvents;
  readonly #log: Log;
  readonly #threads = new Set<Thread>();
  readonly #free: Thread[] = [];
  readonly #taken = new Set<Thread>();
  readonly #apart: ApartPool;
  /** Threads that are idle because a process apart works in their place. */
  readonly #seconded = new Map<Thread, Thread>();
  #generation = 0;
  /** The generation whose catalog was announced. */
  #announced = -1;
  #restartMs = 0;
  #stopWaiting: (() => void) | undefined;
  #closed: (() => void) | undefined;

  constructor(settings: PoolSettings, events: PoolEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#log = settings.log;
    this.#apart = new ApartPool(settings, {
      ready: () => events.changed(),
      failed: (why) => events.noProcess(why),
      done: (process, done) => {
        this.#recall(process);
        events.done(process, done);
      },
      lost: (process, why) => {
        this.#recall(process);
        events.lost(process, why);
      },
    });
    this.#balance();
  }

  get size(): number {
    return this.#settings.threads;
  }
  get free(): number {
    return this.#free.length;
  }
  get busy(): number {
    return this.#taken.size;
  }
  /** Threads that can be given work now or later without being started first. */
  get warm(): number {
    return this.#free.length + this.#taken.size;
  }

  /**
   * `apart`: one in a process of its own, which takes the slot of a thread. It is started when it is first
   * asked for, and `changed` tells when it is ready.
   */
  take(apart: boolean): Thread | undefined {
    const process = apart ? this.#apart.ready(this.#generation) : undefined;
    if (apart && process === undefined) return undefined;
    // The one used last has its caches warm.
    const thread = this.#free.pop();
    if (thread === undefined) return undefined;
    this.#taken.add(thread);
    if (process === undefined) return thread;
    this.#apart.take(process);
    this.#seconded.set(process, thread);
    return process;
  }

  /** A process has done its work: the slot is its thread's again. */
  #recall(process: Thread): void {
    const thread = this.#seconded.get(process);
    this.#seconded.delete(process);
    if (thread !== undefined && this.#taken.delete(thread)) this.#offer(thread);
  }

  /** The task folders have changed: every thread is replaced once it is idle. */
  renew(): void {
    this.#generation++;
    this.#balance();
  }

  /** Lets every thread let go of what it has referred to before. */
  collectGarbage(): void {
    for (const thread of this.#threads) thread.collectGarbage();
  }

  /** Ends all threads at once. */
  async close(): Promise<void> {
    this.#stopWaiting?.();
    const threads = new Promise<void>((resolve) => {
      this.#closed = resolve;
      if (this.#threads.size === 0) resolve();
      for (const thread of this.#threads) thread.end("the node is going away");
    });
    await Promise.all([threads, this.#apart.close()]);
  }

  #start(): void {
    const thread = new Thread(this.#settings, this.#generation, {
      ready: (one, catalog) => {
        stopPatience();
        this.#onReady(one, catalog);
      },
      done: (one, done) => {
        this.#taken.delete(one);
        this.#offer(one);
        this.#events.done(one, done);
      },
      ended: (one, why) => {
        stopPatience();
        this.#onEnded(one, why);
      },
    });
    const stopPatience = withPatience(thread, this.#settings.clock);
    this.#threads.add(thread);
  }

  #onReady(thread: Thread, catalog: ThreadCatalog): void {
    this.#restartMs = 0;
    if (thread.generation > this.#announced) {
      this.#announced = thread.generation;
      this.#events.catalog(catalog);
    }
    this.#offer(thread);
    this.#balance();
    this.#events.changed();
  }

  /** A thread without work: free, unless the world has moved on. */
  #offer(thread: Thread): void {
    if (this.#isStale(thread)) thread.end("its tasks have changed");
    else if (thread.ready) this.#free.push(thread);
  }

  /** Old threads serve until one of the new generation has shown that it can. */
  #isStale(thread: Thread): boolean {
    return thread.generation < this.#announced;
  }

  #onEnded(thread: Thread, why: string): void {
    this.#threads.delete(thread);
    const place = this.#free.indexOf(thread);
    if (place >= 0) this.#free.splice(place, 1);
    const taken = this.#taken.delete(thread);
    if (this.#closed !== undefined) {
      if (this.#threads.size === 0) this.#closed();
    } else if (!taken && !thread.ending) {
      this.#log.error({ why }, "a thread ended before it was given work");
      this.#restartLater();
    } else this.#balance();
    if (taken) this.#events.lost(thread, why);
    else this.#events.changed();
  }

  #restartLater(): void {
    if (this.#stopWaiting !== undefined) return;
    this.#restartMs = Math.min(RESTART_MS_MAX, Math.max(RESTART_MS_MIN, 2 * this.#restartMs));
    this.#stopWaiting = after(this.#settings.clock, this.#restartMs, () => {
      this.#stopWaiting = undefined;
      this.#balance();
    });
  }

  /** As many threads as slots; for a new generation one more, until it is ready. */
  #balance(): void {
    if (this.#closed !== undefined || this.#stopWaiting !== undefined) return;
    if (this.#announced !== this.#generation && this.#announced >= 0) {
      const scouts = [...this.#threads].filter((one) => one.generation === this.#generation);
      if (scouts.length === 0) this.#start();
      return;
    }
    for (const thread of this.#free.splice(0)) this.#offer(thread);
    while (this.#threads.size < this.#settings.threads) this.#start();
  }
}
