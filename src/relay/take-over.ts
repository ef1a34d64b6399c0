/**
 * Durable jobs whose relay is gone: another relay makes them its own by compare-and-set, so that only
 * one can, and begins them anew. It looks only when there is reason to: at its start, and when a relay
 * has fallen silent.
 */
import type { Cache } from "../cache/cache.ts";
import type { Log } from "../host/log.ts";
import { toFailure } from "../protocol/errors.ts";
import type { Millis } from "../protocol/ids.ts";
import type { JobRecord } from "../protocol/messages.ts";
import type { Jobs } from "./jobs.ts";

export interface TakeOverPorts {
  readonly cache: Cache;
  readonly jobs: Jobs;
  readonly log: Log;
  /** Our own name, and since when we have borne it. */
  readonly relay: string;
  readonly startedAt: Millis;
  /** Whether a relay beats. */
  readonly lives: (relay: string) => boolean;
}

export class TakeOver {
  readonly #ports: TakeOverPorts;
  #wanted = false;
  #looking = false;

  constructor(ports: TakeOverPorts) {
    this.#ports = ports;
  }

  /** There may be jobs without a relay. */
  want(): void {
    this.#wanted = true;
  }

  /** Looks, if there is reason to. What cannot be taken over yet is looked at again. */
  async look(): Promise<void> {
    if (!this.#wanted || this.#looking) return;
    this.#looking = true;
    this.#wanted = false;
    const unreadable = (job: string, error: unknown) =>
      this.#ports.log.warn({ job, error }, "a job record cannot be read");
    try {
      for await (const record of this.#ports.cache.jobs(unreadable)) {
        if (this.#isOrphan(record)) await this.#take(record.id);
      }
    } catch (error) {
      this.#wanted = true;
      this.#ports.log.warn({ error }, "jobs without a relay could not be looked for");
    } finally {
      this.#looking = false;
    }
  }

  #isOrphan(record: JobRecord): boolean {
    const { jobs, relay, startedAt, lives } = this.#ports;
    if (record.settledAt !== undefined || jobs.get(record.id) !== undefined) return false;
    // A relay that comes back under its name has forgotten what it had before.
    return record.relay === relay ? record.submittedAt < startedAt : !lives(record.relay);
  }

  async #take(id: string): Promise<void> {
    const { cache, jobs, relay, log } = this.#ports;
    const found = await cache.getJob(id);
    if (found === undefined || !this.#isOrphan(found.value)) return;
    const value = { ...found.value, relay, takeovers: found.value.takeovers + 1 };
    const revision = await cache.updateJob(value, found.revision);
    if (revision === undefined) return;
    log.warn({ job: id, from: found.value.relay }, "job taken over");
    const record = { value, revision };
    try {
      jobs.resume(record);
    } catch (error) {
      await jobs.abandon(record, toFailure(error, "RTL_INTERNAL"));
    }
  }
}
