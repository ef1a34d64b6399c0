/**
 * Keeps a number of services running as a machine's supervisor does, and is at the same time what
 * ends them: at random instants, in every way in which a process ends, each time starting another
 * under the same name or a new one. It looks at nothing that goes on inside of them.
 */
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Random } from "../sim/random.ts";
import { bundle, type Service, type System } from "../support/system.ts";

export const modes = ["SIGKILL", "SIGSEGV", "exit", "SIGTERM"] as const;
export type Mode = (typeof modes)[number];

export interface Kill {
  readonly mode: Mode;
  readonly service: Service;
  readonly at: number;
}

const LOOK_MS = 20;

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** The bundle and the suite's own tasks. */
export const chaosTasks: readonly string[] = [bundle, folder("./tasks")];
/** Makes services exit with code 0 on a signal, and machines look small. */
export const unlucky: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=${new URL("./preload/unlucky.js", import.meta.url).href}`,
};

/** Another instant of a Poisson process with this mean pause. */
export const nextPause = (random: Random, meanMs: number): number =>
  -Math.log(1 - random.next()) * meanMs;

export class NodeKeeper {
  readonly #system: System;
  readonly #random: Random;
  readonly #threads: number;
  readonly kills: Kill[] = [];
  #living: Service[] = [];
  #names = 0;
  #pending: Mode[] = [];
  /** Nodes that ended by themselves and were replaced. */
  deaths = 0;

  constructor(system: System, random: Random, threads: number) {
    this.#system = system;
    this.#random = random;
    this.#threads = threads;
  }

  get living(): readonly Service[] {
    return this.#living;
  }

  /** The kills that may have made work run twice, times slots: one that leaves in order loses none. */
  get allowed(): number {
    return this.kills.filter(({ mode }) => mode !== "SIGTERM").length * this.#threads;
  }

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#startOne()));
  }

  async #startOne(id = `node-${++this.#names}`): Promise<void> {
    const options = { id, threads: this.#threads, tasks: chaosTasks };
    this.#living.push(await this.#system.startNode(options));
  }

  /** Ends this node, waits for its end, and starts one under the same name or a new one. */
  async replace(service: Service, mode: Mode): Promise<Kill> {
    this.#living = this.#living.filter((one) => one !== service);
    const kill = { mode, service, at: Date.now() };
    this.kills.push(kill);
    await service.kill(mode === "exit" ? "SIGUSR2" : mode);
    await this.#startOne(this.#random.chance(0.5) ? service.id : undefined);
    return kill;
  }

  /** Ends nodes at random instants until the signal; resolves when as many run as before. */
  async killUntil(signal: AbortSignal, meanMs: number): Promise<void> {
    const replaced: Promise<Kill>[] = [];
    while (!signal.aborted) {
      await pause(nextPause(this.#random, meanMs), undefined, { signal }).catch(() => undefined);
      if (signal.aborted || this.#living.length === 0) continue;
      replaced.push(this.replace(this.#random.oneOf(this.#living), this.#nextMode()));
    }
    await Promise.all(replaced);
  }

  /** Replaces nodes that end by themselves, under the same name, until the signal. */
  async restartUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(LOOK_MS);
      for (const service of this.#living.filter((one) => !one.alive())) {
        this.#living = this.#living.filter((one) => one !== service);
        this.deaths++;
        await service.kill();
        await this.#startOne(service.id);
      }
    }
  }

  /** Each mode once in random order, then again. */
  #nextMode(): Mode {
    if (this.#pending.length === 0) {
      this.#pending = modes
        .map((mode) => ({ mode, place: this.#random.next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ mode }) => mode);
    }
    return this.#pending.pop() ?? "SIGKILL";
  }
}
