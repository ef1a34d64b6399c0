/**
 * Marks of cancelled jobs that outlive every process. All that is published on a job's cancel subject,
 * by whomever, is kept by the server in a stream of its own, the newest of each job; a relay that takes
 * a job over, or was cut off for a while, looks here. It cancels nothing itself.
 */
import type { Bus } from "../bus/bus.ts";
import { type BareCancel, bareCancelSchema } from "../protocol/cancel-messages.ts";
import { decodeMessage, pack } from "../protocol/codec.ts";
import { clocks } from "../protocol/limits.ts";
import type { Cancel } from "../protocol/messages.ts";
import { routes, subjectOf } from "../protocol/routes.ts";
import { cancelStream, diskBytesOfAll } from "./bounds.ts";
import { newestOf } from "./newest.ts";
import { openStream } from "./open-store.ts";
import { Store } from "./store.ts";

export interface CancelMark {
  readonly cancel: BareCancel & { readonly id: string };
  /** When the server heard of it, by the server's clock. */
  readonly at: number;
}

export class Cancels {
  readonly #store: Store;

  private constructor(store: Store) {
    this.#store = store;
  }

  /** Opens the stream, making it where it is missing. */
  static async open(bus: Bus, replicas?: number): Promise<Cancels> {
    const store = new Store(bus);
    const open = () => openStream(store, cancelStream, { bytesOfAll: diskBytesOfAll, replicas });
    await open();
    // A server may come back with another disk.
    bus.continuity.onBack(() => void open().catch(() => undefined));
    return new Cancels(store);
  }

  /**
   * Publishes the cancel to all who listen for it, and resolves once the server has kept it. Throws
   * RTL_LIMIT_EXCEEDED where its store is full: then everybody has heard it, but it may be forgotten.
   */
  async mark(job: string, cancel: Cancel): Promise<void> {
    const stream = this.#store.bus.connection.jetstream({ timeout: clocks.storeAnswerMs });
    const data = pack(cancel);
    await this.#store.ask(() => stream.publish(subjectOf(routes.jobCancel, { job }), data));
  }

  /** The newest cancel of a job, or undefined where none is kept. */
  async of(job: string): Promise<CancelMark | undefined> {
    const subject = subjectOf(routes.jobCancel, { job });
    const kept = await newestOf(this.#store, cancelStream.name, subject);
    return kept && { cancel: readCancel(kept.data, job), at: kept.at };
  }
}

/** Whatever was published, its subject says that the job is to end. */
function readCancel(data: Uint8Array, id: string): BareCancel & { readonly id: string } {
  try {
    return { ...decodeMessage(bareCancelSchema, data), id };
  } catch {
    return { id, by: "someone on the bus", reason: "" };
  }
}
