/**
 * The subject table: nothing is ever sent that has no line here. docs/protocol.md describes the same
 * table for other languages, and a test holds both equal.
 */
import type { z } from "zod";
import { z as zod } from "zod";
import { blockDoorSchema, blockOpenSchema } from "./block-messages.ts";
import { bareCancelSchema } from "./cancel-messages.ts";
import { checkedToken } from "./ids.ts";
import { laneAskSchema, laneReplySchema } from "./lane-messages.ts";
import {
  blockReadSchema,
  blockReleaseSchema,
  cancelSchema,
  clientBeatSchema,
  doneSchema,
  jobEventSchema,
  jobIdSchema,
  jobStateSchema,
  jobSummarySchema,
  nodeBeatSchema,
  offeredTaskSchema,
  orderSchema,
  relayBeatSchema,
  resultSchema,
  revokeSchema,
  submitSchema,
  submittedSchema,
} from "./messages.ts";
import { nodeDrainReplySchema, nodeDrainSchema, nodeListReplySchema } from "./node-messages.ts";
import { planAskSchema, planReplySchema } from "./plan-messages.ts";
import { plotSchema } from "./plot-message.ts";
import { profileSchema } from "./profile-message.ts";
import { forgetSchema, recalledSchema, recallSchema } from "./take-over-messages.ts";

type Role = "dispatcher" | "relay" | "tasknode";

/** What a client may be on a bus that knows its members; each may do what those before it may. */
export const clientRoles = ["viewer", "dispatcher", "admin"] as const;
export type ClientRole = (typeof clientRoles)[number];

export interface Route<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  /** Tokens in braces are filled in by `subjectOf`. */
  readonly subject: string;
  /** Members of this queue group share the messages; absent: everyone who listens gets each. */
  readonly queue?: string;
  readonly from: readonly Role[];
  readonly to: readonly Role[];
  /** The least that a client must be to speak here, or to listen; absent: no client does. */
  readonly least?: ClientRole;
  /** The same for listening, where that takes more. */
  readonly leastToHear?: ClientRole;
  readonly request: Request;
  /** Absent: nobody answers. */
  readonly reply?: Reply;
  readonly meaning: string;
}

const emptySchema = zod.object({});

const route = <Request extends z.ZodType, Reply extends z.ZodType>(
  line: Route<Request, Reply>,
): Route<Request, Reply> => line;

export const routes = {
  jobSubmit: route({
    subject: "rtl.v1.job.submit",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "admin",
    request: submitSchema,
    reply: submittedSchema,
    meaning: "Hand in a job. The events of an ephemeral job follow on the same reply subject.",
  }),
  jobCancelRequest: route({
    subject: "rtl.v1.job.cancel",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "admin",
    request: cancelSchema,
    reply: jobSummarySchema,
    meaning: "Cancel a job and learn what it is now. The mark is durable.",
  }),
  userSubmit: route({
    subject: "rtl.v1.user.{user}.submit",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "dispatcher",
    request: submitSchema,
    reply: submittedSchema,
    meaning:
      "The same where the bus knows its members: the server lets each publish under its own name only, and the job is this member's.",
  }),
  userCancel: route({
    subject: "rtl.v1.user.{user}.cancel",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "dispatcher",
    request: cancelSchema,
    reply: jobSummarySchema,
    meaning: "Cancel a job of one's own, where the bus knows its members.",
  }),
  jobStatus: route({
    subject: "rtl.v1.job.status",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "viewer",
    request: jobIdSchema,
    reply: jobSummarySchema,
    meaning: "The state of one durable job.",
  }),
  jobList: route({
    subject: "rtl.v1.job.list",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "viewer",
    request: zod.object({
      state: jobStateSchema.optional(),
      limit: zod.int().min(1).max(1_000).default(100),
    }),
    reply: zod.object({ jobs: zod.array(jobSummarySchema) }),
    meaning: "Durable jobs, newest first, as many as one message holds. Failures are cut short.",
  }),
  jobResult: route({
    subject: "rtl.v1.job.result",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "viewer",
    request: jobIdSchema,
    reply: zod.object({ state: jobStateSchema, result: resultSchema }),
    meaning: "The result of a completed job. To a question in JSON it is one JSON table.",
  }),
  taskList: route({
    subject: "rtl.v1.task.list",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "viewer",
    request: emptySchema,
    reply: zod.object({ tasks: zod.array(offeredTaskSchema) }),
    meaning: "Every task that a running node offers.",
  }),
  nodeList: route({
    subject: "rtl.v1.node.list",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "viewer",
    request: emptySchema,
    reply: nodeListReplySchema,
    meaning: "The nodes and relays that beat, as many as one message holds.",
  }),
  jobPlan: route({
    subject: "rtl.v1.job.plan",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "viewer",
    request: planAskSchema,
    reply: planReplySchema,
    meaning:
      "What a document would come to if it were submitted now, and which nodes could run it.",
  }),
  laneOpen: route({
    subject: "rtl.v1.lane.open",
    queue: "relays",
    from: ["dispatcher"],
    to: ["relay"],
    least: "admin",
    request: laneAskSchema,
    reply: laneReplySchema,
    meaning:
      "May a client hand ephemeral jobs of this document to free slots itself for a while? For short work of one chunk only.",
  }),
  jobEvent: route({
    subject: "rtl.v1.job.{job}.event",
    from: ["relay"],
    to: ["dispatcher"],
    least: "viewer",
    request: jobEventSchema,
    meaning: "What happens to a durable job; also kept for a while in the stream RTL_EVENTS.",
  }),
  jobCancel: route({
    subject: "rtl.v1.job.{job}.cancel",
    from: ["dispatcher", "relay"],
    to: ["relay", "tasknode"],
    least: "admin",
    request: bareCancelSchema,
    meaning:
      "Cancel a job: heard by its relay and by every node that works for it, and kept in the stream RTL_CANCELS for a relay that is not there. It may be empty.",
  }),
  jobRevoke: route({
    subject: "rtl.v1.job.{job}.revoke",
    from: ["relay"],
    to: ["relay", "tasknode"],
    request: revokeSchema,
    meaning:
      "A job's relay ends whatever of it runs anywhere, and other relays what they have on its behalf: it has failed or is cancelled.",
  }),
  jobRecall: route({
    subject: "rtl.v1.job.{job}.recall",
    from: ["relay"],
    to: ["tasknode"],
    request: recallSchema,
    reply: recalledSchema,
    meaning:
      "A relay that has taken a job over asks every node what it has of it. Each answers in as many messages as it takes.",
  }),
  jobForget: route({
    subject: "rtl.v1.job.{job}.forget",
    from: ["relay"],
    to: ["tasknode"],
    request: forgetSchema,
    meaning: "No relay will ask for what nodes remember of this job, or of one of its stages.",
  }),
  jobPlot: route({
    subject: "rtl.v1.job.{job}.plot",
    from: ["tasknode"],
    to: ["dispatcher"],
    least: "viewer",
    request: plotSchema,
    meaning: "A plot that a task of the job made; thinned where a page could not show all of it.",
  }),
  jobProfile: route({
    subject: "rtl.v1.job.{job}.profile",
    from: ["relay"],
    to: ["dispatcher"],
    least: "viewer",
    request: profileSchema,
    meaning: "Where the time of a job went that asked for it, told just before its end.",
  }),
  groupResult: route({
    subject: "rtl.v1.result.{group}",
    queue: "{group}",
    from: ["relay"],
    to: ["dispatcher"],
    least: "dispatcher",
    request: jobEventSchema,
    meaning: "A settled job, to one of the dispatchers that share this queue group of results.",
  }),
  work: route({
    subject: "rtl.v1.work.{pool}",
    queue: "slots",
    from: ["relay", "dispatcher"],
    to: ["tasknode"],
    least: "admin",
    request: orderSchema,
    reply: doneSchema,
    meaning: "Work for a free slot. A slot is one subscription of at most one message.",
  }),
  workAhead: route({
    subject: "rtl.v1.work.{pool}.ahead",
    queue: "slots",
    from: ["relay", "dispatcher"],
    to: ["tasknode"],
    least: "admin",
    request: orderSchema,
    reply: doneSchema,
    meaning: "Work for a slot that is about to be free: it waits in the node.",
  }),
  nodeWork: route({
    subject: "rtl.v1.node.{node}.work",
    from: ["relay"],
    to: ["tasknode"],
    request: orderSchema,
    reply: doneSchema,
    meaning: "Work that the document places on this one node, or whose input lies there.",
  }),
  nodeBeat: route({
    subject: "rtl.v1.node.{node}.beat",
    from: ["tasknode"],
    to: ["relay"],
    request: nodeBeatSchema,
    meaning: "A node lives, what it offers and which orders it holds. Renews their leases.",
  }),
  nodeDiscover: route({
    subject: "rtl.v1.node.discover",
    from: ["relay"],
    to: ["tasknode"],
    request: emptySchema,
    meaning: "A relay asks every node to beat at once and to list its tasks.",
  }),
  nodeDrain: route({
    subject: "rtl.v1.node.{node}.drain",
    from: ["dispatcher"],
    to: ["tasknode"],
    least: "admin",
    request: nodeDrainSchema,
    reply: nodeDrainReplySchema,
    meaning:
      "Take no more work, finish what runs and hand back what waits; or take work again. It holds until the node's process ends.",
  }),
  relayBeat: route({
    subject: "rtl.v1.relay.{relay}.beat",
    from: ["relay"],
    to: ["relay", "dispatcher"],
    least: "viewer",
    request: relayBeatSchema,
    meaning: "A relay lives.",
  }),
  clientBeat: route({
    subject: "rtl.v1.client.{client}.beat",
    from: ["dispatcher"],
    to: ["relay"],
    least: "dispatcher",
    request: clientBeatSchema,
    meaning: "A client with ephemeral jobs lives; when it falls silent they are cancelled.",
  }),
  blockRead: route({
    subject: "rtl.v1.block.{holder}.read",
    from: ["dispatcher", "relay", "tasknode"],
    to: ["dispatcher", "relay", "tasknode"],
    least: "viewer",
    leastToHear: "dispatcher",
    request: blockReadSchema,
    meaning: "A piece of a block. The reply is its bytes, or a failure as of any other question.",
  }),
  blockOpen: route({
    subject: "rtl.v1.block.{holder}.open",
    from: ["dispatcher", "relay", "tasknode"],
    to: ["dispatcher", "relay", "tasknode"],
    least: "viewer",
    leastToHear: "dispatcher",
    request: blockOpenSchema,
    reply: blockDoorSchema,
    meaning: "Where can a block be fetched point to point? The answer may be: only over the bus.",
  }),
  blockRelease: route({
    subject: "rtl.v1.block.{holder}.release",
    from: ["dispatcher", "relay"],
    to: ["dispatcher", "relay", "tasknode"],
    least: "dispatcher",
    request: blockReleaseSchema,
    meaning: "Nobody will read these blocks again.",
  }),
} as const;

export type RouteName = keyof typeof routes;

/**
 * A route's subject with its tokens filled in; `*` listens to all. RTL_MESSAGE_INVALID for a token
 * that would lead to another subject.
 */
export function subjectOf(line: Route, tokens: Readonly<Record<string, string>> = {}): string {
  const { texts, names } = partsOf(line.subject);
  let subject = texts[0] ?? "";
  for (const [place, name] of names.entries()) {
    const token = tokens[name];
    if (token === undefined) throw new Error(`${line.subject} needs {${name}}`);
    subject += token === "*" ? token : checkedToken(token, name);
    subject += texts[place + 1] ?? "";
  }
  return subject;
}

interface SubjectParts {
  /** One more than there are names, which stand between them. */
  readonly texts: readonly string[];
  readonly names: readonly string[];
}

const knownParts = new Map<string, SubjectParts>();

/** Taken apart once, because a subject is made for every message. */
function partsOf(subject: string): SubjectParts {
  const known = knownParts.get(subject);
  if (known !== undefined) return known;
  const all = subject.split(/\{(\w+)\}/);
  const parts = {
    texts: all.filter((_, place) => place % 2 === 0),
    names: all.filter((_, place) => place % 2 === 1),
  };
  knownParts.set(subject, parts);
  return parts;
}

/**
 * Header of a reply that is a failure instead of what was asked for. Its value is the error code;
 * the body is `{failure}`.
 */
export const FAILURE_HEADER = "Rtl-Failure";
