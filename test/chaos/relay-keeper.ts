/**
 * Keeps two relays running and ends either of them, or both at once, at random instants with kill -9;
 * and finds out, from the events on the bus and from what relays log, how long the jobs of the one
 * that was killed were without an owner.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../sim/random.ts";
import type { Service, System } from "../support/system.ts";
import { nextPause } from "./keeper.ts";
import type { Witness } from "./witness.ts";

interface RelayKill {
  readonly relay: Service;
  readonly at: number;
  /** Jobs that were its own. */
  readonly jobs: readonly string[];
  /** No other relay was there to take them over. */
  readonly alone: boolean;
}

export class RelayKeeper {
  readonly #system: System;
  readonly #random: Random;
  readonly #witness: Witness;
  readonly kills: RelayKill[] = [];
  #living: Service[] = [];
  #names = 0;

  constructor(system: System, random: Random, witness: Witness) {
    this.#system = system;
    this.#random = random;
    this.#witness = witness;
  }

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#startOne()));
  }

  async #startOne(id = `relay-${++this.#names}`): Promise<void> {
    this.#living.push(await this.#system.startRelay({ RTL_RELAY_ID: id }));
  }

  /** Kills `count` times; every tenth time both at once. Others start under the old or a new name. */
  async kill(count: number, meanMs: number): Promise<void> {
    while (this.kills.length < count) {
      await pause(nextPause(this.#random, meanMs));
      const both = this.#random.chance(0.1);
      const chosen = this.#random.oneOf(this.#living);
      const victims = both ? [...this.#living] : [chosen];
      const open = this.#witness.open();
      const at = Date.now();
      this.#living = this.#living.filter((relay) => !victims.includes(relay));
      for (const relay of victims) {
        const jobs = [...open].filter(([, owner]) => owner === relay.id).map(([job]) => job);
        this.kills.push({ relay, at, jobs, alone: both });
      }
      await Promise.all(victims.map((relay) => relay.kill("SIGKILL")));
      const idOf = (relay: Service) => (this.#random.chance(0.5) ? relay.id : undefined);
      await Promise.all(victims.map((relay) => this.#startOne(idOf(relay))));
    }
  }

  /**
   * From each kill to the first sign of the new owner of each job. Left out are jobs whose heir was
   * killed meanwhile, and kills that left nobody to inherit.
   */
  recoveryMs(): readonly number[] {
    const taken = this.#takings();
    return this.kills.flatMap(({ at, jobs, alone }) =>
      jobs.flatMap((job) => {
        if (alone) return [];
        const signs = [...(taken.get(job) ?? []), ...this.#acceptances(job)];
        const sign = Math.min(...signs.filter((time) => time >= at));
        const disturbed = this.kills.some((other) => other.at > at && other.at <= sign);
        return Number.isFinite(sign) && !disturbed ? [sign - at] : [];
      }),
    );
  }

  #acceptances(job: string): readonly number[] {
    const heard = this.#witness.of(job);
    return heard.filter(({ event }) => event.type === "job.accepted").map(({ at }) => at);
  }

  /** When each job was taken over, as relays logged it. */
  #takings(): ReadonlyMap<string, readonly number[]> {
    const times = new Map<string, number[]>();
    for (const relay of this.#system.relays) {
      for (const line of relay.log().split("\n")) {
        if (!line.includes('"job taken over"')) continue;
        const { job, time } = JSON.parse(line) as { readonly job: string; readonly time: number };
        times.set(job, [...(times.get(job) ?? []), time]);
      }
    }
    return times;
  }
}
