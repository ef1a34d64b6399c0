/**
 * Listens to the events of all jobs on the bus, from outside of clients and relays, and remembers
 * what must happen once: a job that ended twice, or got a result after it was cancelled, cannot hide
 * behind a client that drops what it has heard before. It never sends anything.
 */
import { connect } from "nats";
import { decodeMessage } from "../../src/protocol/codec.ts";
import { type JobWireEvent, jobEventSchema } from "../../src/protocol/messages.ts";
import type { System } from "../support/system.ts";

/** Messages that a test itself put on the bus bear this header, and are no events of a relay. */
export const COPY_HEADER = "Chaos-Copy";

export interface Heard {
  readonly event: JobWireEvent;
  readonly at: number;
}

export interface Witness {
  /** Of one job, in order of arrival. */
  of(job: string): readonly Heard[];
  /** Jobs that a relay said were its own and that have not ended, with the relay. */
  open(): ReadonlyMap<string, string>;
  /** Last events of a job on its own subject, and in its queue group of results. */
  endings(job: string): { readonly own: number; readonly group: number };
  jobs(): readonly string[];
}

export async function witnessOf(system: System): Promise<Witness> {
  const connection = await connect({ servers: system.url, name: "witness" });
  system.server.after(() => connection.close());
  const heard = new Map<string, Heard[]>();
  const shared = new Map<string, number>();
  const listen = (subject: string, hear: (event: JobWireEvent) => void) =>
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null || message.headers?.has(COPY_HEADER)) return;
        hear(decodeMessage(jobEventSchema, message.data));
      },
    });
  listen("rtl.v1.job.*.event", (event) => {
    const events = heard.get(event.job) ?? [];
    events.push({ event, at: Date.now() });
    heard.set(event.job, events);
  });
  listen("rtl.v1.result.*", ({ job }) => void shared.set(job, (shared.get(job) ?? 0) + 1));
  await connection.flush();
  const of = (job: string): readonly Heard[] => heard.get(job) ?? [];
  const endingsOf = (job: string) =>
    of(job).filter(({ event }) => event.type === "job.done").length;
  return {
    of,
    jobs: () => [...heard.keys()],
    endings: (job) => ({ own: endingsOf(job), group: shared.get(job) ?? 0 }),
    open() {
      const owners = new Map<string, string>();
      for (const [job, events] of heard) {
        for (const { event } of events) {
          if (event.type === "job.accepted") owners.set(job, event.relay);
          else if (event.type === "job.done") owners.delete(job);
        }
      }
      return owners;
    },
  };
}
