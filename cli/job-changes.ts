/**
 * What the command line changes in a job document: a parameter, the name, labels, priority, deadline. The
 * document is checked as it stands first, and then as changed, so that a fault is where it seems to be.
 */
import type { JobSpec, StageSpec, TaskCall } from "../src/index.ts";
import { parseSpec } from "../src/protocol/document.ts";
import { RtlError } from "../src/protocol/errors.ts";
import { nearest } from "../src/protocol/nearest.ts";
import { labelsOf } from "./labels.ts";

export interface ChangeFlags {
  readonly set?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly label?: readonly string[] | undefined;
  readonly priority?: number | undefined;
  readonly deadline?: number | undefined;
}

/** The job with the changes; the same object where there are none. RTL_USAGE_INVALID for what does not fit. */
export function changed(spec: JobSpec, flags: ChangeFlags): JobSpec {
  const { set = [], name, label, priority, deadline } = flags;
  const own = {
    ...(name !== undefined && { name }),
    ...(label !== undefined && {
      labels: { ...spec.labels, ...Object.fromEntries(labelsOf(label)) },
    }),
    ...(priority !== undefined && { priority }),
    ...(deadline !== undefined && { deadlineMs: deadline }),
  };
  if (set.length === 0 && Object.keys(own).length === 0) return spec;
  const stages = set.reduce<readonly StageSpec[]>(withParameter, spec.stages);
  // What is wrong now was made wrong here: the document alone was good.
  try {
    return parseSpec({ ...spec, ...own, stages });
  } catch (error) {
    if (!(error instanceof RtlError)) throw error;
    const [fault] = error.problems;
    const message = fault ? `${fault.path}: ${fault.message}` : error.message;
    throw new RtlError("RTL_USAGE_INVALID", `the flags do not fit a job: ${message}`, {
      cause: error,
    });
  }
}

/** The stages with one `STAGE.TASK.PARAM=VALUE` in its place. */
function withParameter(stages: readonly StageSpec[], text: string): readonly StageSpec[] {
  const at = text.indexOf("=");
  const [stageName, taskName, ...steps] = at < 0 ? [] : text.slice(0, at).split(".");
  if (!stageName || !taskName || steps.length === 0 || steps.includes("")) {
    throw misset(text, "it is not STAGE.TASK.PARAM=VALUE", "such as: --set keep.filter.gt=5");
  }
  const value = jsonOr(text.slice(at + 1));
  const stage = stages.find(({ name }) => name === stageName);
  if (stage === undefined) {
    const names = stages.map(({ name }) => name);
    throw misset(text, `there is no stage ${stageName}`, among(stageName, names));
  }
  const place = placeOf(stage, taskName, text);
  const tasks = stage.tasks.map((call, index): TaskCall => {
    if (index !== place) return call;
    return { task: call.task, params: placed(call.params, steps, value, text) };
  });
  return stages.map((one) => (one === stage ? { ...one, tasks } : one));
}

/** Which task of a stage is meant: one by its name, or by its number where it occurs more than once. */
function placeOf({ name, tasks }: StageSpec, wanted: string, text: string): number {
  const bare = (task: string) => task.replace(/^task_/, "");
  const named = tasks.flatMap(({ task }, index) => (bare(task) === bare(wanted) ? [index] : []));
  if (named[1] !== undefined) {
    const forms = named.map((index) => `${name}.${index}.…`).join(" or ");
    throw misset(text, `${wanted} occurs ${named.length} times in stage ${name}`, `write ${forms}`);
  }
  const place = named[0] ?? (/^\d+$/.test(wanted) ? Number(wanted) : -1);
  if (place in tasks) return place;
  const names = tasks.map(({ task }) => task);
  throw misset(text, `stage ${name} has no task ${wanted}`, among(wanted, names));
}

function placed(
  params: Readonly<Record<string, unknown>>,
  [step = "", ...rest]: readonly string[],
  value: unknown,
  text: string,
): Readonly<Record<string, unknown>> {
  if (rest.length === 0) return { ...params, [step]: value };
  const inner = Object.hasOwn(params, step) ? params[step] : {};
  if (typeof inner !== "object" || inner === null || Array.isArray(inner)) {
    throw misset(text, `${step} is no map in the document`, `set it whole: …${step}=JSON`);
  }
  return { ...params, [step]: placed(inner as Record<string, unknown>, rest, value, text) };
}

/** JSON where it is JSON; any other text is meant as it stands. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function among(word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  return near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
}

const misset = (text: string, why: string, fix: string): RtlError =>
  new RtlError("RTL_USAGE_INVALID", `--set ${text}: ${why}`, { fix });
