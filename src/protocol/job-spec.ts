/**
 * What a user may ask for. Documents in every form become a JobSpec at the door; nothing behind the
 * door ever sees another form. The schemas here say what each form may hold; what they cannot say
 * (which stages exist, cycles) is checked where documents are read.
 */
import { z } from "zod";
import { durationMs, durationPattern } from "./duration.ts";
import { TOKEN } from "./ids.ts";
import { clocks, limits } from "./limits.ts";

/** One task with its parameters, as the document names it. */
export interface TaskCall {
  readonly task: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** How a stage's input is cut into chunks. Absent: the planner chooses. */
export interface SplitSpec {
  readonly rows?: number;
  readonly bytes?: number;
  readonly chunks?: number;
}

export interface StageSpec {
  readonly name: string;
  /** Stages whose results are this stage's input; empty for a root. */
  readonly needs: readonly string[];
  /** In order of execution. */
  readonly tasks: readonly TaskCall[];
  readonly split?: SplitSpec;
  readonly cache?: boolean;
  /** Run limit of one piece of work, in milliseconds. */
  readonly timeoutMs?: number;
  /** Work whose node is silent this long is given to another, in milliseconds. */
  readonly leaseMs?: number;
  /** How long ready work may wait for somebody to begin any of it, in milliseconds. */
  readonly waitMs?: number;
  /** From the acceptance of the job to the end of this stage, in milliseconds. */
  readonly deadlineMs?: number;
  readonly retry?: { readonly attempts: number; readonly backoffMs?: number };
  /** Where it may run: a node by name, or nodes with these labels. */
  readonly where?: { readonly node?: string; readonly labels?: Readonly<Record<string, string>> };
}

export interface JobSpec {
  readonly version: 1;
  readonly name?: string;
  /** In an order in which every stage follows the stages it needs. */
  readonly stages: readonly StageSpec[];
  /** From acceptance to settling, in milliseconds. */
  readonly deadlineMs?: number;
  /** 0 to 9, higher first; 5 when absent. */
  readonly priority?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export const jobNameLengthMax = 128;
/** A timer cannot be set further ahead, and no job is meant to take that long: about 24 days. */
export const durationMsMax = 2 ** 31 - 1;

/** Name of a stage; also what stands in `needs`. */
const stageName = z
  .string()
  .regex(TOKEN, { error: "a stage name has 1 to 64 letters, digits, dashes and underscores" });
const words = z.record(z.string().min(1), z.string());
const labels = z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]));
const count = (max: number) => z.number().int().min(1).max(max);

/** The form behind the door: what readers of documents produce and what travels on the bus. */
export const jobSpecSchema: z.ZodType<JobSpec> = z.strictObject({
  version: z.literal(1),
  name: z.exactOptional(z.string().min(1).max(jobNameLengthMax)),
  stages: z
    .array(
      z.strictObject({
        name: stageName,
        needs: z.array(stageName),
        tasks: z
          .array(
            z.strictObject({ task: z.string().min(1), params: z.record(z.string(), z.unknown()) }),
          )
          .min(1)
          .max(limits.tasksPerStageMax),
        split: z.exactOptional(
          z.strictObject({
            rows: z.exactOptional(count(Number.MAX_SAFE_INTEGER)),
            bytes: z.exactOptional(count(Number.MAX_SAFE_INTEGER)),
            chunks: z.exactOptional(count(limits.chunksMax)),
          }),
        ),
        cache: z.exactOptional(z.boolean()),
        timeoutMs: z.exactOptional(count(durationMsMax)),
        leaseMs: z.exactOptional(count(durationMsMax).min(clocks.leaseMsMin)),
        waitMs: z.exactOptional(count(durationMsMax)),
        deadlineMs: z.exactOptional(count(durationMsMax)),
        retry: z.exactOptional(
          z.strictObject({
            attempts: count(limits.attemptsMax),
            backoffMs: z.exactOptional(count(durationMsMax)),
          }),
        ),
        where: z.exactOptional(
          z.strictObject({
            node: z.exactOptional(z.string().min(1)),
            labels: z.exactOptional(words),
          }),
        ),
      }),
    )
    .min(1)
    .max(limits.stagesMax),
  deadlineMs: z.exactOptional(count(durationMsMax)),
  priority: z.exactOptional(z.number().int().min(0).max(9)),
  labels: z.exactOptional(words),
});

const duration = z
  .string({
    error: (issue) =>
      typeof issue.input === "number"
        ? `a duration needs its unit: write ${issue.input}s or ${issue.input}ms`
        : undefined,
  })
  .regex(durationPattern, { error: "a duration is a number and ms, s, m, h or d, such as 30s" })
  .refine((text) => durationMs(text) !== 0, { error: "a duration is longer than nothing" })
  .refine((text) => (durationMs(text) ?? 0) <= durationMsMax, {
    error: "a duration is at most 24 days",
  });

const lease = duration.refine((text) => (durationMs(text) ?? 0) >= clocks.leaseMsMin, {
  error: `a lease is at least ${clocks.leaseMsMin} ms: nodes must be able to renew it three times`,
});

const params = z
  .record(z.string(), z.unknown())
  .nullable()
  .meta({ description: "Parameters of the task; empty or null for none." });
const taskName = z.string().min(1);
const taskMap = z
  .record(taskName, params)
  .refine((tasks) => Object.keys(tasks).length <= limits.tasksPerStageMax, {
    error: `a stage has at most ${limits.tasksPerStageMax} tasks`,
  })
  .meta({ description: "Task names with their parameters, in order of execution." });
const oneTask = taskMap
  .refine((tasks) => Object.keys(tasks).length === 1, {
    error: 'an item of this list holds one task: begin each task with its own "-"',
  })
  .meta({ description: "One task with its parameters.", minProperties: 1, maxProperties: 1 });
const noTasks = "a stage has at least one task; the task null hands its table on unchanged";
const stageTasks = z
  .union([
    z
      .array(z.union([taskName, oneTask]))
      .min(1, { error: noTasks })
      .max(limits.tasksPerStageMax),
    taskMap.refine((tasks) => Object.keys(tasks).length > 0, { error: noTasks }),
  ])
  .meta({
    description: "The tasks in order of execution: a list of names or single-key maps, or one map.",
  });

/** Keys that a stage may have in either form. */
const stageOptions = {
  split: z
    .union([
      z.literal("auto"),
      z
        .strictObject({
          rows: z
            .union([z.literal("auto"), count(Number.MAX_SAFE_INTEGER)])
            .optional()
            .meta({ description: 'Rows of one chunk, or "auto".' }),
          bytes: count(Number.MAX_SAFE_INTEGER)
            .optional()
            .meta({ description: "Bytes of one chunk." }),
          chunks: count(limits.chunksMax)
            .optional()
            .meta({ description: "Number of chunks, whatever their size." }),
        })
        .refine((split) => Object.keys(split).length <= 1, {
          error: "split by one of rows, bytes and chunks, not by several",
        }),
    ])
    .optional()
    .meta({ description: "How the stage's input is cut into chunks; auto when absent." }),
  cache: z
    .boolean()
    .optional()
    .meta({ description: "Whether results are kept and found again by later jobs." }),
  timeout: duration
    .optional()
    .meta({ description: "Run limit of one piece of work, such as 30s." }),
  lease: lease
    .optional()
    .meta({ description: "Work whose node is silent this long is given to another node." }),
  wait: duration.optional().meta({
    description: "How long ready work may wait for a free slot before the job fails.",
  }),
  deadline: duration
    .optional()
    .meta({ description: "Time from the job's acceptance to the end of this stage." }),
  retry: z
    .strictObject({
      attempts: count(limits.attemptsMax).meta({
        description: "Attempts in all, the first included.",
      }),
      backoff: duration
        .optional()
        .meta({ description: "Pause before the second attempt; it doubles from there." }),
    })
    .optional()
    .meta({ description: "How often a piece of work is tried when a node or a task fails." }),
  where: z
    .strictObject({
      node: z.string().min(1).optional().meta({ description: "The node with this name." }),
      labels: labels.optional().meta({ description: "Nodes that have all these labels." }),
    })
    .optional()
    .meta({ description: "Where the stage may run; anywhere when absent." }),
};

const namedStage = {
  needs: z
    .union([stageName, z.array(stageName).max(limits.stagesMax)])
    .optional()
    .meta({ description: "Stages whose results are the input; the stage before when absent." }),
  tasks: stageTasks,
  ...stageOptions,
};
export const namedStageSchema = z.strictObject(namedStage);
export const listedStageSchema = z.strictObject({
  id: stageName.optional().meta({ description: "Name of the stage." }),
  name: stageName.optional().meta({ description: "Name of the stage; the same as id." }),
  ...namedStage,
});
/** A stage of the original form; one without tasks hands its table on, as it always did. */
export const numberedStageSchema = z.strictObject({ tasks: taskMap, ...stageOptions });

/** The job's own keys; its stages are checked one by one, so that each fault names its stage. */
export const jobKeysSchema = z.strictObject({
  $schema: z.string().optional().meta({ description: "Where editors find this schema." }),
  version: z.literal(1).optional().meta({ description: "Version of this form." }),
  name: z
    .string()
    .min(1)
    .max(jobNameLengthMax)
    .optional()
    .meta({ description: "A name for people; it need not be unique." }),
  stages: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]),
  timeout: duration
    .optional()
    .meta({ description: "Run limit of one piece of work in stages that set none." }),
  lease: lease.optional().meta({
    description: "Silence of a node that gives its work to another, in stages that set none.",
  }),
  wait: duration
    .optional()
    .meta({ description: "Longest wait for a free slot in stages that set none." }),
  retry: stageOptions.retry,
  deadline: duration
    .optional()
    .meta({ description: "Time from acceptance to settling; the job fails when it has passed." }),
  priority: z
    .number()
    .int()
    .min(0)
    .max(9)
    .optional()
    .meta({ description: "0 to 9, higher first; 5 when absent." }),
  labels: labels.optional().meta({ description: "Names and texts to find the job by." }),
});

/** Both forms of a document, as JSON Schema draft 7, for editors. */
export function jobSpecJsonSchema(): Record<string, unknown> {
  const named = jobKeysSchema
    .extend({
      stages: z
        .union([z.record(stageName, namedStageSchema), z.array(listedStageSchema)])
        .meta({ description: "The stages, by name or as a list with names." }),
    })
    .meta({ description: "A job with named stages." });
  const original = z.record(z.string().regex(/^\d+$/), numberedStageSchema).meta({
    description: "The original DSDSL: stages numbered from 0, each after the one before.",
  });
  const schema = z.toJSONSchema(z.union([named, original]), { target: "draft-7", io: "input" });
  return { ...schema, title: "A job of rtl" };
}
