/** The questions that any relay answers, whoever owns the job that they are about. */
import type { BlockStore } from "../blocks/blocks.ts";
import type { Bus, MessageInfo, Subscription } from "../bus/bus.ts";
import type { Cache } from "../cache/cache.ts";
import type { Cancels } from "../cache/cancels.ts";
import type { Log } from "../host/log.ts";
import { type Encoding, pack } from "../protocol/codec.ts";
import { RtlError } from "../protocol/errors.ts";
import type { Millis } from "../protocol/ids.ts";
import type { LaneAsk } from "../protocol/lane-messages.ts";
import { limits } from "../protocol/limits.ts";
import type { Cancel, JobSummary, RelayBeat } from "../protocol/messages.ts";
import type { PlanAsk, PlanReply } from "../protocol/plan-messages.ts";
import { routes } from "../protocol/routes.ts";
import type { Catalog } from "./catalog.ts";
import { summaryOf } from "./job-record.ts";
import type { Jobs } from "./jobs.ts";
import { resultToJson } from "./json-tables.ts";
import type { LaneAnswer } from "./lanes.ts";

export interface Knowledge {
  readonly bus: Bus;
  readonly cache: Cache;
  readonly cancels: Cancels;
  readonly blocks: BlockStore;
  readonly catalog: Catalog;
  readonly jobs: Jobs;
  readonly log: Log;
  readonly now: () => Millis;
  readonly relays: () => readonly RelayBeat[];
  readonly laneFor: (ask: LaneAsk) => LaneAnswer;
  readonly planOf: (ask: PlanAsk) => PlanReply;
}

export function serveAnswers(knowledge: Knowledge): readonly Subscription[] {
  const { bus, cache, blocks, catalog, jobs, log, now, relays, laneFor, planOf } = knowledge;
  const answer = (info: MessageInfo, message: unknown) => {
    if (info.reply !== undefined) bus.respond(info.reply, message, info.encoding);
  };
  return [
    bus.subscribe(routes.jobCancelRequest, {}, async (cancel, info) => {
      answer(info, await requestCancel(cancel, knowledge));
    }),
    bus.subscribe(routes.userCancel, { user: "*" }, async (cancel, info) => {
      answer(info, await cancelOwn(cancel, info.tokens["user"] ?? "", knowledge));
    }),
    bus.subscribe(routes.jobStatus, {}, async ({ id }, info) => {
      answer(info, await jobs.summary(id));
    }),
    bus.subscribe(routes.jobList, {}, async ({ state, limit }, info) => {
      const all: JobSummary[] = [];
      const unreadable = (job: string, error: unknown) =>
        log.warn({ job, error }, "a job's record cannot be read");
      for await (const record of cache.jobs(unreadable)) all.push(jobs.live(summaryOf(record)));
      const wanted = all.filter((job) => state === undefined || job.state === state);
      wanted.sort((a, b) => b.submittedAt - a.submittedAt);
      answer(info, { jobs: listed(wanted.slice(0, limit), info.encoding) });
    }),
    bus.subscribe(routes.jobResult, {}, async ({ id }, info) => {
      const { state } = await jobs.summary(id);
      const record = await cache.getJob(id);
      const result = record && (await cache.resultOf(record.value));
      if (result === undefined) throw noResult(id, state);
      const json = info.encoding === "json";
      answer(info, { state, result: json ? await resultToJson(result, blocks) : result });
    }),
    bus.subscribe(routes.laneOpen, {}, (ask, info) => answer(info, laneFor(ask))),
    bus.subscribe(routes.jobPlan, {}, (ask, info) => answer(info, planOf(ask))),
    bus.subscribe(routes.taskList, {}, (_, info) => answer(info, { tasks: catalog.list() })),
    bus.subscribe(routes.nodeList, {}, (_, info) =>
      answer(info, {
        relays: fitting(relays(), info.encoding, limits.cachedResultBytesMax / 4),
        nodes: fitting(catalog.nodes, info.encoding),
        at: now(),
      }),
    ),
  ];
}

/** Characters of a failure's message in a list; the whole of it is in the job's own status. */
const listedCharsMax = 200;

/** The first of these jobs that fit into one message, with their failures in short. */
export function listed(jobs: readonly JobSummary[], encoding: Encoding): readonly JobSummary[] {
  const short = jobs.map((job) => {
    const { failure, ...rest } = job;
    return failure === undefined ? job : { ...rest, failure: shortened(failure) };
  });
  return fitting(short, encoding);
}

/** The first of a list, as many as one message holds. */
function fitting<T>(
  all: readonly T[],
  encoding: Encoding,
  bytesMax: number = limits.cachedResultBytesMax,
): readonly T[] {
  let room = bytesMax;
  for (const [index, one] of all.entries()) {
    room -= pack(one, encoding).length + 1;
    if (room < 0) return all.slice(0, index);
  }
  return all;
}

type ListedFailure = NonNullable<JobSummary["failure"]>;

function shortened({ code, message, at }: ListedFailure): ListedFailure {
  const cut = message.length <= listedCharsMax ? message : `${message.slice(0, listedCharsMax)}…`;
  return { code, message: cut, ...(at && { at }) };
}

/**
 * The mark goes out on the job's own subject, where its relay hears it, whichever that is, and is kept
 * there before we answer. Ours is cancelled first: a store that is full must keep no job running.
 */
async function requestCancel(cancel: Cancel, knowledge: Knowledge): Promise<JobSummary> {
  const { jobs, cancels } = knowledge;
  const { id } = cancel;
  const summary = await jobs.summary(id);
  if (summary.settledAt !== undefined) return summary;
  const owned = jobs.get(id);
  jobs.cancel(cancel);
  if (owned === undefined || owned.record !== undefined) await cancels.mark(id, cancel);
  return owned === undefined ? { ...summary, state: "cancelling" } : jobs.summary(id);
}

/** A member cancels what it has submitted itself. An ephemeral job is known to its own relay only, which looks. */
async function cancelOwn(cancel: Cancel, user: string, knowledge: Knowledge): Promise<JobSummary> {
  const { bus, jobs } = knowledge;
  const { id } = cancel;
  let summary: JobSummary;
  try {
    summary = await jobs.summary(id);
  } catch (error) {
    if (!(error instanceof RtlError) || error.code !== "RTL_JOB_UNKNOWN") throw error;
    bus.publish(routes.jobCancel, { job: id }, { ...cancel, user });
    return { id, state: "cancelling", client: "", relay: "", submittedAt: 0 };
  }
  if (summary.user === user) return requestCancel(cancel, knowledge);
  const whose = summary.user === undefined ? "nobody's" : `${summary.user}'s`;
  throw new RtlError("RTL_RIGHTS_MISSING", `job ${id} is ${whose}, and ${user} asks to cancel it`, {
    at: { job: id },
    fix: "have its owner cancel it, or an admin",
  });
}

function noResult(id: string, state: JobSummary["state"]): RtlError {
  const over = state === "completed";
  return new RtlError(
    over ? "RTL_RESULT_GONE" : "RTL_JOB_UNKNOWN",
    over ? `the result of job ${id} is no longer kept` : `job ${id} is ${state}: it has no result`,
    { at: { job: id }, fix: over ? "run the job again" : `follow it with: rtl job watch ${id}` },
  );
}
