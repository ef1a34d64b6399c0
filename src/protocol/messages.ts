/**
 * Schema and type of every control message. A message is checked once, where its bytes come in;
 * behind that door its type is trusted. No message ever holds a table above the inline limit: such a
 * table stays where it is, and a reference travels.
 */
import { z } from "zod";
import { type ErrorCode, isErrorCode } from "./errors.ts";
import { TOKEN } from "./ids.ts";
import { limits } from "./limits.ts";

export const token = z.string().regex(TOKEN, "must be 1 to 64 letters, digits, _ or -");
export const count = z.int().min(0);
export const text = z.string().max(4096);
const shortText = z.string().max(limits.nameCharsMax);
export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "must be bytes");

export const encodingSchema = z.enum(["msgpack", "json"]);

export const failureSchema = z.object({
  code: z.custom<ErrorCode>((value) => typeof value === "string" && isErrorCode(value)),
  message: z.string().max(64 * 1024),
  at: z
    .object({
      job: z.string().optional(),
      stage: z.string().optional(),
      task: z.string().optional(),
      chunk: z.int().optional(),
      node: z.string().optional(),
      attempt: z.int().optional(),
    })
    .optional(),
  problems: z
    .array(
      z.object({
        path: z.string(),
        message: z.string(),
        line: z.int().optional(),
        column: z.int().optional(),
        fix: z.string().optional(),
      }),
    )
    .optional(),
  fix: z.string().optional(),
});

/**
 * A table: inside the message as Arrow IPC stream bytes, at rest in its holder's block store, or as
 * JSON for clients that know no Arrow. `bytes` is the size of its IPC stream.
 */
export const tableRefSchema = z.union([
  z.object({ rows: count, bytes: count, inline: bytes }),
  z.object({ rows: count, bytes: count, block: z.string().max(200), holder: token }),
  z.object({ rows: count, json: z.record(z.string(), z.unknown()) }),
]);
export type TableRef = z.infer<typeof tableRefSchema>;

/** Rows [start, end) of the table at this place of the message's `tables`. */
export const sliceSchema = z.tuple([count, count, count]);
export type Slice = z.infer<typeof sliceSchema>;

/** An ordered table in pieces: what a stage reads, and what a job returns. */
export const resultSchema = z.object({
  rows: count,
  tables: z.array(tableRefSchema),
  slices: z.array(sliceSchema),
});
export type Result = z.infer<typeof resultSchema>;

// --- submitting -------------------------------------------------------------------------------

export const submitSchema = z.object({
  v: z.literal(1),
  /** Chosen by the submitter, so that a repeated submit is the same job. */
  id: token,
  /** The job document: an object in either form, or its text. Absent: the schema stored under `id`. */
  spec: z.unknown().optional(),
  input: tableRefSchema.optional(),
  /** Ephemeral jobs leave no record and end with their relay or their client. */
  mode: z.enum(["durable", "ephemeral"]).default("durable"),
  /** Who asks: fairness is between submitters. */
  client: token,
  /** Queue group of dispatchers among whom one gets the settled job. */
  group: token.optional(),
  /** Tell where its time went, on its own profile subject. */
  profile: z.boolean().optional(),
  /** The job on whose behalf this one is submitted; it is cancelled together with that one. */
  origin: token.optional(),
});
export type Submit = z.infer<typeof submitSchema>;

export const submittedSchema = z.object({
  id: token,
  /** False when the same job had been accepted before. */
  created: z.boolean(),
});

export const jobIdSchema = z.object({ id: token });
export const cancelSchema = z.object({
  id: token,
  by: text.default("a client"),
  reason: text.default(""),
  /** Time for running tasks to heed their signal. */
  graceMs: count.max(limits.spanMsMax).optional(),
});
export type Cancel = z.infer<typeof cancelSchema>;

/**
 * How often a job has changed its relay. What a relay says of a job that another one has taken over
 * carries a lower term, and nodes do not heed it.
 */
export const term = count.default(0);

export const revokeSchema = z.object({
  id: token,
  term,
  /** Who cancelled it; empty where it has failed. */
  by: text.default(""),
  /** The newest order of this relay: later ones are of another job that has the same id. */
  upTo: z.string().max(200).optional(),
  reason: text.default(""),
  /** Time for running tasks to heed their signal. */
  graceMs: count.max(limits.spanMsMax).default(0),
});
export type Revoke = z.infer<typeof revokeSchema>;

// --- events of a job ----------------------------------------------------------------------------

export const taskReportSchema = z.object({
  task: z.string(),
  /** Sum over chunks of the time inside the task, in milliseconds. */
  ms: z.number(),
  runs: count,
  lines: z.array(z.string()),
});
export const stageReportSchema = z.object({
  stage: z.string(),
  /** From the first assignment to the last result, in milliseconds. */
  ms: z.number(),
  chunks: count,
  rows: count,
  tasks: z.array(taskReportSchema),
  /** Pieces of work per node. */
  nodes: z.record(z.string(), count),
});
export type StageReport = z.infer<typeof stageReportSchema>;

const jobStates = ["queued", "running", "cancelling", "completed", "failed", "cancelled"] as const;
export type JobStateName = (typeof jobStates)[number];
export const jobStateSchema = z.enum(jobStates);

/** By whom a job was cancelled, why, and when that was asked, in milliseconds since the epoch. */
export const cancelledSchema = z.object({ by: z.string(), reason: z.string(), at: z.number() });

const eventBase = { v: z.literal(1), seq: count, time: z.string(), job: token };
export const stageProgressSchema = z.object({
  stage: z.string(),
  done: count,
  total: count.optional(),
  rows: count,
});
export const jobEventSchema = z.discriminatedUnion("type", [
  z.object({
    ...eventBase,
    type: z.literal("job.accepted"),
    name: z.string().optional(),
    relay: token,
    stages: z.array(z.string()),
  }),
  z.object({ ...eventBase, type: z.literal("job.progress"), stages: z.array(stageProgressSchema) }),
  z.object({ ...eventBase, type: z.literal("stage.started"), stage: z.string() }),
  z.object({ ...eventBase, type: z.literal("stage.completed"), report: stageReportSchema }),
  z.object({
    ...eventBase,
    type: z.literal("job.cancelling"),
    by: z.string(),
    reason: z.string(),
  }),
  z.object({
    ...eventBase,
    type: z.literal("job.done"),
    state: z.enum(["completed", "failed", "cancelled"]),
    ms: z.number(),
    failure: failureSchema.optional(),
    cancelled: cancelledSchema.optional(),
    /** Present where it is small enough; otherwise ask `rtl.v1.job.result`. */
    result: resultSchema.optional(),
    rows: count.optional(),
    stages: z.array(stageReportSchema),
    counts: z.object({ attempts: count, retries: count, late: count }),
  }),
]);
export type JobWireEvent = z.infer<typeof jobEventSchema>;
export type JobDone = Extract<JobWireEvent, { type: "job.done" }>;

export const jobSummarySchema = z.object({
  id: token,
  name: z.string().optional(),
  state: jobStateSchema,
  client: z.string(),
  /** The member whose job it is, where the bus knows its members. */
  user: token.optional(),
  relay: z.string(),
  submittedAt: z.number(),
  settledAt: z.number().optional(),
  failure: failureSchema.optional(),
  cancelled: cancelledSchema.optional(),
  rows: count.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  stages: z.array(stageProgressSchema).optional(),
});
export type JobSummary = z.infer<typeof jobSummarySchema>;

// --- nodes and their work ---------------------------------------------------------------------

export const shapeSchema = z.enum(["source", "map", "fold", "reduce", "gather"]);
export const taskDescriptionSchema = z.object({
  name: z.string().max(200),
  aliases: z.array(shortText).max(100).default([]),
  summary: text.default(""),
  description: z.string().optional(),
  /** The shape, or the parameters that it depends on. */
  shape: z
    .union([
      shapeSchema,
      z.object({
        param: z.string().optional(),
        shapes: z.record(z.string(), shapeSchema).optional(),
        unanimous: z.boolean().optional(),
        chained: z
          .object({
            operations: z.string(),
            reads: z.array(z.string()),
            makes: z.array(z.string()),
            shape: shapeSchema,
          })
          .optional(),
        otherwise: shapeSchema,
      }),
    ])
    .default("map"),
  /** JSON Schema of the parameters; absent: anything goes. */
  params: z.record(z.string(), z.unknown()).default({}),
  example: z.unknown().optional(),
  deterministic: z.boolean().default(true),
});
export type TaskDescription = z.infer<typeof taskDescriptionSchema>;
export const offeredTaskSchema = taskDescriptionSchema.extend({ nodes: z.array(z.string()) });

export const nodeBeatSchema = z.object({
  v: z.literal(1),
  node: token,
  pool: token,
  /** Pieces of work that run at the same time, and how many run now. */
  slots: z.int().min(1).max(limits.slotsPerNodeMax),
  busy: count.default(0),
  /** What the node understands; JSON workers get and give tables as JSON. */
  encoding: encodingSchema.default("msgpack"),
  /** Changes whenever `tasks` changes. */
  catalog: z.string().max(100).default(""),
  /** Sent at start, on change and when a relay asks; left out of ordinary beats. */
  tasks: z.array(taskDescriptionSchema).optional(),
  /** Orders in its hands: each beat renews their leases. */
  held: z.array(z.string()).default([]),
  labels: z
    .record(shortText, shortText)
    .refine((labels) => Object.keys(labels).length <= limits.labelsMax, "has too many labels")
    .default({}),
  host: shortText.default(""),
  version: shortText.default(""),
  startedAt: z.number().default(0),
  /** What its clock said, in milliseconds since 1970. */
  at: z.number().optional(),
  draining: z.boolean().default(false),
  /** The node's last words: it leaves in order. */
  leaving: z.boolean().default(false),
});
export type NodeBeat = z.infer<typeof nodeBeatSchema>;

export const callSchema = z.object({
  task: z.string(),
  params: z.unknown(),
  part: z.enum(["run", "measure", "merge", "apply", "partial", "combine"]).default("run"),
});
export const orderItemSchema = z.object({
  chunk: z.int().min(-1),
  attempt: z.int().min(1),
  /** Its job, where it is not the order's: what comes over a lane may be of many. */
  job: token.optional(),
  /** Units of a source. */
  range: z.object({ start: count, end: count }).optional(),
  /** Rows of the stage's inputs before this piece, where the stage is cut by rows; absent: 0, or unknown. */
  firstRow: count.optional(),
  /** One list of slices per input of the stage. */
  inputs: z.array(z.array(sliceSchema)),
});
export const orderSchema = z.object({
  v: z.literal(1),
  /** Relay and running number: `relay-1/17`. */
  order: z.string().max(200),
  job: token,
  stage: count,
  name: z.string(),
  calls: z.array(callSchema),
  /** True: measure the source instead of reading it. */
  measure: z.boolean().default(false),
  runMs: count.max(limits.spanMsMax).default(0),
  term,
  /** True: the node remembers what it answers, for a relay that takes the job over. */
  keep: z.boolean().default(false),
  /** True: it has been lost with its nodes, and runs where it can take nothing else along. */
  apart: z.boolean().default(false),
  /** True: it was sent to this node for what lies there, and is refused unless it can begin at once. */
  near: z.boolean().default(false),
  /** The node says that it has the order three times in this while; 0: as often as it beats anyway. */
  leaseMs: count.max(limits.spanMsMax).default(0),
  tables: z.array(tableRefSchema),
  /**
   * States of a fold, all of them to merge or the one to apply, or what measuring a source left.
   * Each is bytes that only tasknodes open, or the place among `tables` of a block of such bytes. A
   * JSON worker gets the states themselves.
   */
  states: z.array(z.unknown()).optional(),
  items: z.array(orderItemSchema).min(1).max(limits.batchMax),
});
export type Order = z.infer<typeof orderSchema>;
export type OrderItem = z.infer<typeof orderItemSchema>;

/** What one call of a stage did, summed over the items of an order. */
export const callReportSchema = z.object({
  ms: z.number().min(0),
  rowsIn: count,
  rowsOut: count,
  /** Lines with one number that adds up over chunks. */
  tallies: z.array(z.object({ template: z.string(), count: z.number() })),
  lines: z.array(z.string()),
});
export type CallReport = z.infer<typeof callReportSchema>;

export const itemDoneSchema = z.object({
  chunk: z.int().min(-1),
  attempt: z.int().min(1),
  rows: count.default(0),
  /** Its rows among the `tables` of the message. */
  output: sliceSchema.optional(),
  /** Left by a fold's measuring or merging, or by a source's measuring: bytes, as in an order. */
  state: z.unknown().optional(),
  /** Place among `tables` of a state that is too large for a message. */
  stateAt: count.optional(),
  extent: z
    .object({ units: count, unit: z.enum(["rows", "bytes", "files"]), unitsMin: count })
    .optional(),
  /** What the calls did for this piece alone, where it has a job of its own. */
  calls: z.array(callReportSchema).optional(),
  failure: failureSchema.optional(),
  /** The task says that another try may help. */
  retry: z.boolean().optional(),
});
export type ItemDone = z.infer<typeof itemDoneSchema>;
export const doneSchema = z.object({
  v: z.literal(1),
  order: z.string().max(200),
  node: token,
  tables: z.array(tableRefSchema).default([]),
  items: z.array(itemDoneSchema).max(limits.batchMax).default([]),
  calls: z.array(callReportSchema).default([]),
  /** Time from accepting the order to this answer, in milliseconds. */
  ms: z.number().min(0).default(0),
  /** The node would not take the order. */
  refused: z.string().optional(),
});
export type Done = z.infer<typeof doneSchema>;

export const relayBeatSchema = z.object({
  v: z.literal(1),
  relay: token,
  /** Another each time that the relay starts. */
  life: z.string().max(100).default(""),
  jobs: count,
  /** Jobs of others that it has taken over since its last beat: whoever had them lets them go. */
  took: z.array(token).max(limits.jobsPerRelayMax).default([]),
  version: shortText,
  startedAt: z.number(),
});
export type RelayBeat = z.infer<typeof relayBeatSchema>;

export const clientBeatSchema = z.object({ v: z.literal(1), client: token });

// --- blocks ---------------------------------------------------------------------------------------

export const blockReadSchema = z.object({
  key: z.string().max(200),
  offset: count,
  length: z.int().min(1).max(limits.frameBytesMax),
});
export const blockReleaseSchema = z.object({
  job: token,
  term,
  /** Absent: all blocks of the job. */
  keys: z.array(z.string()).max(10_000).optional(),
});
