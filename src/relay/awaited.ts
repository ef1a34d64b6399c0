/**
 * Whom jobs wait for, and since when they have waited in vain: a node that could run a stage, and the
 * client of an ephemeral job. It ends no job itself.
 */
import type { Millis, StageIndex } from "../protocol/ids.ts";
import { clocks } from "../protocol/limits.ts";
import type { JobLoop } from "./job-loop.ts";

export class Awaited {
  readonly #clientMs: number;
  /** When clients with ephemeral jobs were heard last. */
  readonly #clients = new Map<string, Millis>();
  /** Since when nobody could run a stage of a job. */
  readonly #unplaced = new Map<JobLoop, Millis>();

  constructor(leaseMs: number) {
    // Clients beat at their own pace, whatever the lease of this system is.
    this.#clientMs = Math.max(leaseMs, clocks.leaseMs);
  }

  /** A client hands in an ephemeral job. */
  met(client: string, at: Millis): void {
    this.#clients.set(client, at);
  }

  /** Only of a client with ephemeral jobs does it matter whether it lives. */
  heard(client: string, at: Millis): void {
    if (this.#clients.has(client)) this.#clients.set(client, at);
  }

  isSilent(client: string, since: Millis, at: Millis): boolean {
    return at - (this.#clients.get(client) ?? since) >= this.#clientMs;
  }

  /** The stage that nobody could run for longer than a job may wait. */
  unplaceable(
    loop: JobLoop,
    hasNoPool: (stage: StageIndex) => boolean,
    at: Millis,
  ): StageIndex | undefined {
    const stage = loop.readyStages(at).find(hasNoPool);
    if (stage === undefined) return void this.#unplaced.delete(loop);
    const since = this.#unplaced.get(loop) ?? at;
    this.#unplaced.set(loop, since);
    return at - since < clocks.queueWaitMs ? undefined : stage;
  }

  /** The job waits for nobody any more. */
  forget(loop: JobLoop): void {
    this.#unplaced.delete(loop);
  }

  forgetClients(before: Millis): void {
    for (const [client, at] of this.#clients) if (at < before) this.#clients.delete(client);
  }
}
