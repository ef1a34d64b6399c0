/**
 * The bus between relays and nodes, in virtual time: each message may be lost, doubled, overtaken, held
 * up for longer than a lease, or stopped by a cut between two parties, in one direction or in both. A
 * party that stands still hears it when it goes on. It counts what it did.
 */
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

/** Faults by kind, and how often each was injected. */
export interface Injected {
  lost: number;
  doubled: number;
  straggling: number;
  replayed: number;
  cutOff: number;
  partitions: number;
  pauses: number;
  crashes: number;
  takeovers: number;
  zombies: number;
  clockJumps: number;
  flaky: number;
  cancels: number;
}

export const noneInjected = (): Injected => ({
  lost: 0,
  doubled: 0,
  straggling: 0,
  replayed: 0,
  cutOff: 0,
  partitions: 0,
  pauses: 0,
  crashes: 0,
  takeovers: 0,
  zombies: 0,
  clockJumps: 0,
  flaky: 0,
  cancels: 0,
});

export class SimulatedBus {
  readonly #world: World;
  readonly #random: Random;
  readonly #scenario: Scenario;
  readonly injected = noneInjected();
  /** Directed, by the names of both ends, until when. */
  readonly #cuts = new Map<string, number>();
  readonly #paused = new Map<string, number>();
  /** What was delivered lately. */
  readonly #past: { readonly to: string; readonly deliver: () => void }[] = [];

  constructor(world: World, random: Random, scenario: Scenario) {
    this.#world = world;
    this.#random = random;
    this.#scenario = scenario;
  }

  get isQuiet(): boolean {
    return this.#world.now >= this.#scenario.quietAtMs;
  }

  /** Nothing goes from one to the other for a while. */
  cut(from: string, to: string, ms: number): void {
    const until = Math.min(this.#world.now + ms, this.#scenario.quietAtMs);
    this.#cuts.set(`${from}>${to}`, until);
  }

  isCut(from: string, to: string): boolean {
    return (this.#cuts.get(`${from}>${to}`) ?? 0) > this.#world.now;
  }

  /** A party stands still, and goes on as if nothing had been. */
  pause(party: string, ms: number): void {
    this.#paused.set(party, this.#world.now + ms);
    this.injected.pauses++;
  }

  isPaused(party: string): boolean {
    return (this.#paused.get(party) ?? 0) > this.#world.now;
  }

  /** Runs something of a party after a while, and not while it stands still. */
  later(party: string, ms: number, run: () => void): void {
    this.#world.after(ms, () => {
      const leftMs = (this.#paused.get(party) ?? 0) - this.#world.now;
      if (leftMs > 0) this.later(party, leftMs, run);
      else run();
    });
  }

  send(from: string, to: string, deliver: () => void): void {
    const { loss, duplication, stragglers, delayMsMax } = this.#scenario;
    const { injected } = this;
    const random = this.#random;
    if (this.isCut(from, to)) {
      injected.cutOff++;
      return;
    }
    if (!this.isQuiet && random.chance(loss)) {
      injected.lost++;
      return;
    }
    const isDoubled = !this.isQuiet && random.chance(duplication);
    if (isDoubled) injected.doubled++;
    for (let copy = isDoubled ? 2 : 1; copy > 0; copy--) {
      const straggles = !this.isQuiet && random.chance(stragglers);
      if (straggles) injected.straggling++;
      const most = straggles ? stragglerMs : delayMsMax;
      this.later(to, random.whole(0, most), deliver);
    }
    this.#past.push({ to, deliver });
    if (this.#past.length > pastMax) this.#past.shift();
  }

  /** Something that was said before is heard again. */
  replay(): void {
    if (this.#past.length === 0) return;
    const { to, deliver } = this.#random.oneOf(this.#past);
    this.injected.replayed++;
    this.later(to, 0, deliver);
  }
}

const pastMax = 60;
/** Longer than any lease. */
const stragglerMs = 15_000;
