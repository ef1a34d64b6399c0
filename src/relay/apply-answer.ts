/**
 * What a worker's answer to an order means for the job, piece by piece. Workers are written in any
 * language: what an answer leaves out or gets wrong fails that piece, and nothing else.
 */
import { MEASURE } from "../flow/state.ts";
import { packState } from "../protocol/codec.ts";
import type { Failure } from "../protocol/errors.ts";
import type { ChunkIndex, JobId, Millis, NodeId, StageIndex, Work } from "../protocol/ids.ts";
import type { Done, ItemDone } from "../protocol/messages.ts";
import type { Finished, JobLoop } from "./job-loop.ts";
import type { StateRef } from "./outputs.ts";

export function applyAnswer(loop: JobLoop, works: readonly Work[], done: Done, at: Millis): void {
  const node = done.node as NodeId;
  const items = new Map(done.items.map((item) => [`${item.chunk}/${item.attempt}`, item]));
  for (const work of works) {
    const item = items.get(`${work.chunk}/${work.attempt}`);
    const failure = failureOf(work, item, done);
    if (item === undefined || failure !== undefined) {
      const reason = failure ?? unanswered(done);
      loop.failed({ work, node, failure: reason, retry: item?.retry ?? false }, at);
      continue;
    }
    loop.finish(finishedOf(work, item, done), at);
  }
}

/** What a piece of an answer left behind. */
function finishedOf(work: Work, item: ItemDone, done: Done): Finished {
  const { output, extent } = item;
  const node = done.node as NodeId;
  const state = stateOf(item, done);
  const table = output && done.tables[output[0]];
  const rows = output === undefined ? item.rows : output[2] - output[1];
  const piece = table && output && { table, start: output[1] };
  return { work, node, rows, piece, state, extent };
}

/** What an answer that was given to another relay left behind; what is wrong with it is not found. */
export function foundIn(job: JobId, stage: StageIndex, done: Done): readonly Finished[] {
  return done.items.flatMap((item) => {
    const work = { job, stage, chunk: item.chunk as ChunkIndex, attempt: item.attempt };
    return failureOf(work, item, done) === undefined ? [finishedOf(work, item, done)] : [];
  });
}

/** Nodes leave states as bytes; what a JSON worker leaves becomes bytes here. */
function stateOf({ state, stateAt, rows }: ItemDone, { tables }: Done): StateRef | undefined {
  if (stateAt !== undefined) return tables[stateAt];
  if (state === undefined || state instanceof Uint8Array) return state;
  return packState({ state, rows: Float64Array.of(rows) });
}

function failureOf(work: Work, item: ItemDone | undefined, done: Done): Failure | undefined {
  if (item === undefined) return unanswered(done);
  if (item.failure !== undefined) return item.failure as Failure;
  const fault = work.chunk === MEASURE ? undefined : faultOf(item, done);
  return fault === undefined ? undefined : wrong(done, fault);
}

/** What an answer that fits its schema may still get wrong. */
function faultOf(item: ItemDone, { tables }: Done): string | undefined {
  const { output, stateAt, extent } = item;
  if (stateAt !== undefined && tables[stateAt] === undefined) {
    return `answered with a state at table ${stateAt}, which it did not send`;
  }
  const state = item.state ?? stateAt;
  if (output === undefined) {
    const silent = state === undefined && extent === undefined;
    return silent ? "answered a piece of its order without a table" : undefined;
  }
  const [at, start, end] = output;
  const rows = tables[at]?.rows;
  if (rows !== undefined && start <= end && end <= rows) return undefined;
  return `answered with rows [${start}, ${end}) of table ${at}, which it did not send`;
}

const unanswered = (done: Done): Failure => wrong(done, "left a piece of its order unanswered");

const wrong = (done: Done, what: string): Failure => ({
  code: "RTL_MESSAGE_INVALID",
  message: `node ${done.node} ${what}`,
  fix: "see docs/protocol.md for what an answer holds",
});
