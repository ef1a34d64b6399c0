/**
 * The forms of a job document: the original DSDSL with numbered stages and the one with names, as
 * map or list. Each is checked stage by stage, so that every fault names its stage, and then turned
 * into the one JobSpec. It never stops at the first fault.
 */
import type { z } from "zod";
import { durationMs } from "./duration.ts";
import type { Problem } from "./errors.ts";
import { TOKEN } from "./ids.ts";
import { type Position, problemAt, problemsUnder } from "./issues.ts";
import {
  type JobSpec,
  jobKeysSchema,
  listedStageSchema,
  namedStageSchema,
  numberedStageSchema,
  type SplitSpec,
  type StageSpec,
  type TaskCall,
} from "./job-spec.ts";
import { limits } from "./limits.ts";
import { isMap, type Locate, type Path, type Plain, type PlainMap } from "./located.ts";
import { inOrder, type StageNode } from "./stage-order.ts";

/** A document as far as it could be read. Only one without problems may be built. */
export interface FoundJob {
  /** Keys of the job itself; none in the original form. */
  readonly job: PlainMap;
  readonly stages: readonly FoundStage[];
  readonly problems: readonly Problem[];
}
interface FoundStage extends StageNode {
  readonly value: PlainMap;
}
interface Entry {
  readonly name: string;
  readonly value: Plain;
  readonly path: Path;
}

/** Recognises the form of a document and finds its stages and all faults but those of the graph. */
export function readForm(value: Plain, locate: Locate | undefined): FoundJob {
  const root: Position = { path: [], locate };
  if (!isMap(value)) {
    const message = "a job document is a map that holds stages";
    return { job: {}, stages: [], problems: [problemAt(root, message)] };
  }
  const problems: Problem[] = [];
  if (isOriginal(value)) {
    const entries = numberedEntries(value, root, problems);
    return { job: {}, stages: found(entries, numberedStageSchema, root, problems), problems };
  }
  problems.push(...problemsUnder(jobKeysSchema, value, root));
  const stages = value["stages"];
  if (Array.isArray(stages)) {
    const entries = listedEntries(stages, root, problems);
    return { job: value, stages: found(entries, listedStageSchema, root, problems), problems };
  }
  const entries = isMap(stages) ? namedEntries(stages, root, problems) : [];
  return { job: value, stages: found(entries, namedStageSchema, root, problems), problems };
}

/** The original form has nothing but numbered stages at its top. */
function isOriginal(value: PlainMap): boolean {
  return !Object.hasOwn(value, "stages") && Object.keys(value).some((key) => /^-?\d+$/.test(key));
}

function numberedEntries(value: PlainMap, root: Position, problems: Problem[]): Entry[] {
  const isNumber = (key: string) => /^(0|[1-9]\d{0,8})$/.test(key);
  for (const key of Object.keys(value).filter((key) => !isNumber(key))) {
    const message = `"${key}" is not the number of a stage`;
    const fix = "number the stages 0, 1, 2 and so on, or name them all under the key stages";
    problems.push(problemAt({ ...root, path: [key] }, message, { fix, part: "key" }));
  }
  const numbers = Object.keys(value).filter(isNumber);
  numbers.sort((a, b) => Number(a) - Number(b));
  const gap = numbers.findIndex((key, index) => Number(key) !== index);
  if (gap >= 0) {
    const message = `stage ${gap} is missing: stages are numbered 0, 1, 2 and so on`;
    const position = { ...root, path: [numbers[gap] ?? ""] };
    problems.push(problemAt(position, message, { fix: `number this one ${gap}`, part: "key" }));
  }
  return numbers.map((name) => ({ name, value: value[name] ?? null, path: [name] }));
}

function namedEntries(stages: PlainMap, root: Position, problems: Problem[]): Entry[] {
  const names = Object.keys(stages);
  const position: Position = { ...root, path: ["stages"] };
  const numbers = names.filter((name) => /^\d+$/.test(name)).length;
  if (numbers > 0 && numbers < names.length) {
    // JavaScript moves such keys to the front of a map, so their order would be lost in silence.
    const fix = "write the stages as a list, each with its name";
    problems.push(
      problemAt(position, "some stages are named by numbers, others by words", {
        fix,
        part: "key",
      }),
    );
  }
  for (const name of names.filter((name) => !TOKEN.test(name))) {
    const message = "a stage name has 1 to 64 letters, digits, dashes and underscores";
    problems.push(problemAt({ ...root, path: ["stages", name] }, message, { part: "key" }));
  }
  return names.map((name) => ({ name, value: stages[name] ?? null, path: ["stages", name] }));
}

function listedEntries(stages: readonly Plain[], root: Position, problems: Problem[]): Entry[] {
  return stages.map((value, index) => {
    const path = ["stages", index];
    const { id, name } = isMap(value) ? value : {};
    const position = { ...root, path };
    if (isMap(value) && id === undefined && name === undefined) {
      problems.push(
        problemAt(position, 'a stage in a list needs a name: the key "name" is missing'),
      );
    } else if (id !== undefined && name !== undefined && id !== name) {
      problems.push(problemAt(position, "id and name of a stage differ; write one of them"));
    }
    const chosen = name ?? id;
    return { name: typeof chosen === "string" ? chosen : `#${index}`, value, path };
  });
}

function found(
  entries: readonly Entry[],
  schema: z.ZodType,
  root: Position,
  problems: Problem[],
): FoundStage[] {
  const position: Position = { ...root, path: entries[0]?.path.slice(0, -1) ?? ["stages"] };
  if (entries.length > limits.stagesMax) {
    const message = `${entries.length} stages are too many; a job has at most ${limits.stagesMax}`;
    problems.push(problemAt(position, message, { part: "key" }));
    return [];
  }
  if (entries.length === 0 && problems.length === 0) {
    problems.push(problemAt(position, "a job has at least one stage", { part: "key" }));
  }
  return entries.map(({ name, value, path }, index) => {
    const at: Position = { ...root, path };
    problems.push(...problemsUnder(schema, value, at));
    const stage = isMap(value) ? value : {};
    const before = entries[index - 1]?.name;
    // Two neighbours of one name are one fault, not two.
    const implied = before === undefined || before === name ? [] : [before];
    const needs = stage["needs"] === undefined ? implied : texts(stage["needs"]);
    return { name, needs, position: at, value: stage };
  });
}

function texts(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "string").slice(0, limits.stagesMax);
}

/** The JobSpec of a document without problems. */
export function buildSpec({ job, stages }: FoundJob): JobSpec {
  const fallback = buildClocks(job);
  const deadlineMs = millis(job["deadline"]);
  const { name, priority, labels } = job;
  return {
    version: 1,
    ...(typeof name === "string" && { name }),
    stages: inOrder(stages.map((stage) => buildStage(stage, fallback))),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(typeof priority === "number" && { priority }),
    ...(isMap(labels) && { labels: labelTexts(labels) }),
  };
}

type StageClocks = Pick<StageSpec, "timeoutMs" | "leaseMs" | "waitMs" | "retry">;

/** The clocks that a job sets for its stages, or a stage for itself. */
function buildClocks(value: PlainMap): StageClocks {
  const timeoutMs = millis(value["timeout"]);
  const leaseMs = millis(value["lease"]);
  const waitMs = millis(value["wait"]);
  const { retry } = value;
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(leaseMs !== undefined && { leaseMs }),
    ...(waitMs !== undefined && { waitMs }),
    ...(isMap(retry) && { retry: buildRetry(retry) }),
  };
}

function buildStage({ name, needs, value }: FoundStage, fallback: StageClocks): StageSpec {
  const { cache, where } = value;
  const split = buildSplit(value["split"]);
  const deadlineMs = millis(value["deadline"]);
  return {
    name,
    needs,
    tasks: buildTasks(value["tasks"]),
    ...(split && { split }),
    ...(typeof cache === "boolean" && { cache }),
    ...fallback,
    ...buildClocks(value),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(isMap(where) && { where: buildWhere(where) }),
  };
}

/** A stage of the original form may have no tasks: its table goes on unchanged. */
const handOn: TaskCall[] = [{ task: "null", params: {} }];

function buildTasks(tasks: Plain | undefined): TaskCall[] {
  const calls = (map: PlainMap) =>
    Object.entries(map).map(([task, params]) => ({ task, params: isMap(params) ? params : {} }));
  if (isMap(tasks)) return Object.keys(tasks).length > 0 ? calls(tasks) : handOn;
  if (!Array.isArray(tasks)) return [];
  return tasks.flatMap((item: Plain) => {
    if (typeof item === "string") return [{ task: item, params: {} }];
    return isMap(item) ? calls(item) : [];
  });
}

/** "auto" in any place means the same as no split: the planner chooses. */
function buildSplit(split: Plain | undefined): SplitSpec | undefined {
  if (!isMap(split)) return undefined;
  const [chosen] = Object.entries(split).filter(([, size]) => typeof size === "number");
  return chosen && { [chosen[0]]: chosen[1] };
}

function buildRetry(retry: PlainMap): NonNullable<StageSpec["retry"]> {
  const backoffMs = millis(retry["backoff"]);
  return { attempts: Number(retry["attempts"]), ...(backoffMs !== undefined && { backoffMs }) };
}

function buildWhere({ node, labels }: PlainMap): NonNullable<StageSpec["where"]> {
  return {
    ...(typeof node === "string" && { node }),
    ...(isMap(labels) && { labels: labelTexts(labels) }),
  };
}

function labelTexts(labels: PlainMap): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]));
}

function millis(duration: Plain | undefined): number | undefined {
  return typeof duration === "string" ? durationMs(duration) : undefined;
}
