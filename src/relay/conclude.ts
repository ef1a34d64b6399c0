/**
 * The end of a job: what is kept of it and what its last event says. A store that fails here changes
 * what is said, never whether it is said: a job always ends with exactly one last event.
 */
import type { BlockStore } from "../blocks/blocks.ts";
import type { Cache } from "../cache/cache.ts";
import type { Cancels } from "../cache/cancels.ts";
import type { DeadLetters } from "../cache/dead-letters.ts";
import type { Inputs } from "../cache/inputs.ts";
import type { Outcome } from "../flow/command.ts";
import { after } from "../host/after.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { Encoding } from "../protocol/codec.ts";
import { toFailure } from "../protocol/errors.ts";
import type { Millis } from "../protocol/ids.ts";
import { limits } from "../protocol/limits.ts";
import type { JobDone, Result } from "../protocol/messages.ts";
import type { JobRecord } from "../protocol/records.ts";
import type { MemberSubmit } from "./intake.ts";
import type { JobLoop } from "./job-loop.ts";
import { resultToJson } from "./json-tables.ts";
import { compact, inlineBytes } from "./result.ts";

/** A job that this relay owns. */
export interface OwnedJob {
  readonly loop: JobLoop;
  readonly submit: MemberSubmit;
  /** What its submitter speaks. */
  readonly encoding: Encoding;
  /** Absent for ephemeral jobs. */
  readonly record: { readonly value: JobRecord; readonly revision: number } | undefined;
  /** Whether its submitter has been told which relay owns it. */
  announced: boolean;
}

export interface Stores {
  readonly cache: Cache;
  readonly cancels: Cancels;
  readonly inputs: Inputs;
  readonly deadLetters: DeadLetters;
  readonly blocks: BlockStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** The last event, without what its feed adds. */
export type DoneBody = Omit<JobDone, "v" | "seq" | "time" | "job">;

export interface Concluded {
  readonly done: DoneBody;
  /** Blocks that the result lies in. */
  readonly except: string[];
}

/** Results up to this size go out with the last event of a durable job; others are asked for. */
const eventResultBytesMax = 64 * 1024;

/**
 * Undefined when the job is no longer ours to end. What it left on the nodes is let go only once its end
 * is on record: until then another relay may have to find it.
 */
export async function conclude(
  job: OwnedJob,
  outcome: Outcome,
  stores: Stores,
  at: Millis,
): Promise<Concluded | undefined> {
  const { loop, record } = job;
  const { final, result, shown } = await keepResult(job, outcome, stores);
  const done: DoneBody = {
    type: "job.done",
    state: final.state,
    ms: at - loop.startedAt,
    ...(final.state === "failed" && { failure: final.failure as never }),
    ...(final.state === "cancelled" && {
      cancelled: { by: final.by, reason: final.reason, at: final.at },
    }),
    ...(result !== undefined && { rows: result.rows }),
    ...(shown !== undefined && { result: shown }),
    stages: loop.report.stages().slice(),
    counts: loop.counts,
  };
  // A failure that says where to look must not be heard of before there is something to see.
  await loop.burial;
  if (record !== undefined) {
    const { cache } = stores;
    const inRecord = isSmall(result) ? result : undefined;
    const close = () => closeRecord(cache, record, done, at, inRecord);
    if (!(await patiently(close, loop.job, stores))) return undefined;
    // With what nobody could do its input is kept, too, so that it can be tried again.
    if (loop.burial === undefined) forgetInput(record.value, stores);
  }
  loop.outputs.releaseAll(new Set(result?.tables));
  letInputGo(loop, result, stores.blocks);
  return { done, except: blocksIn(result) };
}

/** Blocks that a result lies in. */
export const blocksIn = (result: Result | undefined): string[] =>
  (result?.tables ?? []).flatMap((table) => ("block" in table ? [table.block] : []));

/** No relay will need what the store keeps of the job's input. */
export function forgetInput(
  { id: job, inputKept }: JobRecord,
  { inputs, log }: Pick<Stores, "inputs" | "log">,
): void {
  if (inputKept === undefined) return;
  inputs.forget(job, inputKept).catch((error: unknown) => {
    log.warn({ job, error }, "a job's input could not be removed from the store");
  });
}

/** A store that is full or away is tried again after this long, in milliseconds. */
const storeRetryMs = 500;

/**
 * A job does not end before its end can be kept: while the store is full or away, the job waits for it.
 * Only this job waits, and all that it holds is its result.
 */
async function patiently<T>(
  keep: () => Promise<T>,
  job: string,
  { clock, log }: Pick<Stores, "clock" | "log">,
): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await keep();
    } catch (error) {
      if (!told) log.error({ job, error }, "the end of a job waits until the store takes it");
      await new Promise<void>((resolve) => after(clock, storeRetryMs, resolve));
    }
  }
}

interface Kept {
  readonly final: Outcome;
  readonly result?: Result;
  /** As the last event holds it; of a durable job it may be left out, since it can be asked for. */
  readonly shown?: Result | undefined;
}

async function keepResult(job: OwnedJob, outcome: Outcome, stores: Stores): Promise<Kept> {
  if (outcome.state !== "completed") return { final: outcome };
  const { loop, record } = job;
  const { cache, blocks } = stores;
  try {
    const result = compact(loop.outputs.result(), loop.job, blocks);
    if (record !== undefined && !isSmall(result)) {
      await patiently(() => cache.putResult(loop.job, loop.term, result), loop.job, stores);
    }
    return { final: outcome, result, shown: await shownResult(job, result, blocks) };
  } catch (error) {
    return { final: { state: "failed", failure: toFailure(error, "RTL_INTERNAL") } };
  }
}

/** Whether the record itself has room for it: then the end of a job is one write. */
const isSmall = (result: Result | undefined): boolean =>
  result !== undefined &&
  result.tables.length <= smallTablesMax &&
  result.slices.length <= smallTablesMax &&
  inlineBytes(result) <= limits.recordResultBytesMax;

/** References count little, but not nothing. */
const smallTablesMax = 8;

async function shownResult(
  { encoding, record }: OwnedJob,
  result: Result,
  blocks: BlockStore,
): Promise<Result | undefined> {
  if (record !== undefined && inlineBytes(result) > eventResultBytesMax) return undefined;
  if (encoding === "msgpack") return result;
  try {
    return await resultToJson(result, blocks);
  } catch (error) {
    if (record !== undefined) return undefined;
    throw error;
  }
}

/** What the relay kept as the job's input, unless its result lies in it. */
function letInputGo(loop: JobLoop, result: Result | undefined, blocks: BlockStore): void {
  const { input } = loop;
  if (!("block" in input) || input.holder !== blocks.holder) return;
  const used = result?.tables.some((table) => "block" in table && table.block === input.block);
  if (used !== true) blocks.release(loop.job, [input.block]);
}

/**
 * Writes the end into the record, also when somebody changed the record meanwhile; false when another
 * relay has taken the job over.
 */
export async function closeRecord(
  cache: Cache,
  record: { readonly value: JobRecord; readonly revision: number },
  done: DoneBody,
  at: Millis,
  result?: Result,
): Promise<boolean> {
  const { state, failure, cancelled, rows, stages } = done;
  for (let { value, revision } = record; ; ) {
    const closed: JobRecord = {
      ...value,
      state,
      settledAt: at,
      ...(failure && { failure }),
      ...(cancelled && { cancelled }),
      ...(rows !== undefined && { rows }),
      reports: stages,
      ...(result && { result }),
    };
    if ((await cache.updateJob(closed, revision)) !== undefined) return true;
    const newer = await cache.getJob(value.id);
    if (newer === undefined) return true;
    if (newer.value.takeovers !== record.value.takeovers) return false;
    ({ value, revision } = newer);
  }
}
