/**
 * What the loop of a job reaches in the world: its events, its nodes, its blocks. All that is sent to
 * nodes carries the job's term, by which they tell a relay that has lost the job without knowing it.
 */
import type { Bus, MessageInfo } from "../bus/bus.ts";
import type { JobId } from "../protocol/ids.ts";
import type { JobWireEvent, Submit } from "../protocol/messages.ts";
import type { JobRecord } from "../protocol/records.ts";
import { routes } from "../protocol/routes.ts";
import { forgetInput, type OwnedJob, type Stores } from "./conclude.ts";
import { deadLetterOf } from "./dead-letter.ts";
import type { JobPorts } from "./job-loop.ts";

export interface PortsOf {
  readonly submit: Submit;
  readonly record: OwnedJob["record"];
  readonly info: Pick<MessageInfo, "reply" | "encoding">;
  readonly settled: JobPorts["settled"];
  /** The name of the newest order that this relay has sent. */
  readonly newestOrder: () => string;
}

export function jobPorts(
  bus: Bus,
  stores: Stores,
  { submit, record, info, settled, newestOrder }: PortsOf,
): JobPorts {
  const { blocks, deadLetters, log } = stores;
  const term = record?.value.takeovers ?? 0;
  return {
    publish: (event) => publishEvent(bus, stores, submit, info, event),
    revoke: (job, by, reason, graceMs) => {
      const why = { by, reason: reason.slice(0, 4_000) };
      const revoke = { id: job, term, ...why, graceMs, upTo: newestOrder() };
      bus.publish(routes.jobRevoke, { job }, revoke);
    },
    keep: (job, bytes) => ({ rows: 0, ...blocks.put(job, bytes) }),
    letGo: (job, table) => {
      if ("holder" in table) releaseBlocks(bus, stores, job, term, table.holder, [table.block]);
    },
    stageReleased: (job, stage) => {
      // Nobody remembers anything of an ephemeral job.
      if (record !== undefined) bus.publish(routes.jobForget, { job }, { id: job, term, stage });
    },
    bury: (loop, buried, at) => {
      const letter = deadLetterOf(loop, submit, record?.value, buried, at);
      log.error({ job: loop.job, stage: letter.stage, chunk: letter.chunk }, "work is dead");
      return deadLetters.put(letter).catch((error: unknown) => {
        log.error({ job: loop.job, error, letter }, "a dead letter could not be kept");
      });
    },
    settled,
  };
}

export function releaseBlocks(
  bus: Bus,
  { blocks }: Pick<Stores, "blocks">,
  job: JobId,
  term: number,
  holder: string,
  keys: string[],
): void {
  if (holder === blocks.holder) blocks.release(job, keys);
  else bus.publish(routes.blockRelease, { holder }, { job, term, keys });
}

/** Of a job that was handed in again: only what came with it, since the job still needs the rest. */
export function dropSecond(bus: Bus, stores: Stores, second: JobRecord, first: JobRecord): void {
  const { id, input, inputKept } = second;
  if (input !== undefined && "block" in input) {
    releaseBlocks(bus, stores, id as JobId, 0, input.holder, [input.block]);
  }
  const isUsed = first.settledAt === undefined && first.inputKept?.digest === inputKept?.digest;
  if (!isUsed) forgetInput(second, stores);
}

/** To the job's own subject or, if it is ephemeral, to whoever submitted it. */
export function publishEvent(
  bus: Bus,
  { log }: Pick<Stores, "log">,
  submit: Pick<Submit, "id" | "mode" | "group">,
  { reply, encoding }: Pick<MessageInfo, "reply" | "encoding">,
  event: JobWireEvent,
): void {
  try {
    // The group hears first: once the job's own subject has the end, no other relay tells it again.
    if (event.type === "job.done" && submit.group !== undefined) {
      bus.publish(routes.groupResult, { group: submit.group }, event, { encoding });
    }
    if (submit.mode === "durable") {
      bus.publish(routes.jobEvent, { job: submit.id }, event, { encoding });
    } else if (reply !== undefined) bus.respond(reply, event, encoding);
  } catch (error) {
    log.error({ error, job: submit.id, type: event.type }, "event not sent");
  }
}
