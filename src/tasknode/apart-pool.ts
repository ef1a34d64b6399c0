/**
 * Processes apart, for work that has been lost with its node more than once: one is started when it is
 * asked for, and ended when it has been idle for a while. They have no slots of their own: whoever takes
 * one has one. It knows nothing of orders.
 */
import { after } from "../host/after.ts";
import { Thread, type ThreadSettings, withPatience } from "./thread.ts";
import type { ThreadDone } from "./thread-messages.ts";

export interface ApartEvents {
  /** One that was asked for can be taken. */
  ready(): void;
  /** One that was asked for could not be started. */
  failed(why: string): void;
  done(process: Thread, done: ThreadDone): void;
  /** One that had been taken is gone. */
  lost(process: Thread, why: string): void;
}

/** Such work is rare, and comes in few pieces: a process is kept for the next one, but not for long. */
const IDLE_MS = 20_000;
/** Between a start that failed and the next. */
const RESTART_MS = 1_000;

export class ApartPool {
  readonly #settings: ThreadSettings;
  readonly #events: ApartEvents;
  readonly #all = new Set<Thread>();
  /** With what takes back the end that their idleness will bring. */
  readonly #idle = new Map<Thread, () => void>();
  readonly #taken = new Set<Thread>();
  #starting: Thread | undefined;
  #stopWaiting: (() => void) | undefined;
  #closed: (() => void) | undefined;

  constructor(settings: ThreadSettings, events: ApartEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** One that is idle and has the tasks of this generation; undefined while one is started. */
  ready(generation: number): Thread | undefined {
    for (const process of [...this.#idle.keys()]) {
      if (process.generation === generation) return process;
      this.#end(process, "its tasks have changed");
    }
    if (this.#starting === undefined && this.#stopWaiting === undefined) this.#start(generation);
    return undefined;
  }

  take(process: Thread): void {
    this.#idle.get(process)?.();
    this.#idle.delete(process);
    this.#taken.add(process);
  }

  /** Ends all of them. */
  close(): Promise<void> {
    this.#stopWaiting?.();
    return new Promise((resolve) => {
      this.#closed = resolve;
      if (this.#all.size === 0) resolve();
      for (const process of this.#all) this.#end(process, "the node is going away");
    });
  }

  #start(generation: number): void {
    if (this.#closed !== undefined) return;
    const { clock, log } = this.#settings;
    const events = {
      ready: (process: Thread) => {
        stopPatience();
        this.#starting = undefined;
        this.#rest(process);
        this.#events.ready();
      },
      done: (process: Thread, done: ThreadDone) => {
        this.#taken.delete(process);
        this.#rest(process);
        this.#events.done(process, done);
      },
      ended: (process: Thread, why: string) => {
        stopPatience();
        this.#onEnded(process, why);
      },
    };
    const process = new Thread(this.#settings, generation, events, "process");
    const stopPatience = withPatience(process, clock);
    this.#starting = process;
    this.#all.add(process);
    log.info({}, "a process is started for work that was lost with its node");
  }

  #rest(process: Thread): void {
    const stop = after(this.#settings.clock, IDLE_MS, () => this.#end(process, "it is idle"));
    this.#idle.set(process, stop);
  }

  #end(process: Thread, why: string): void {
    this.#idle.get(process)?.();
    this.#idle.delete(process);
    process.end(why);
  }

  #onEnded(process: Thread, why: string): void {
    this.#all.delete(process);
    this.#idle.get(process)?.();
    this.#idle.delete(process);
    const taken = this.#taken.delete(process);
    if (this.#closed !== undefined && this.#all.size === 0) this.#closed();
    if (this.#starting === process) {
      this.#starting = undefined;
      this.#failed(why);
    } else if (taken) this.#events.lost(process, why);
  }

  #failed(why: string): void {
    if (this.#closed !== undefined) return;
    this.#settings.log.error({ why }, "a process for work that was lost could not be started");
    this.#stopWaiting = after(this.#settings.clock, RESTART_MS, () => {
      this.#stopWaiting = undefined;
      // Whoever still wants one asks again.
      this.#events.ready();
    });
    this.#events.failed(why);
  }
}
