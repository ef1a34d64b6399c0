/**
 * The door for job documents: text or JavaScript values in either form become a JobSpec, or one
 * RtlError that lists every fault with its place. It never reads files and never asks which tasks
 * exist.
 */
import { type DocumentOptions, readDocumentValue } from "./document-text.ts";
import type { Problem } from "./errors.ts";
import { buildSpec, readForm } from "./job-forms.ts";
import { type JobSpec, jobSpecSchema } from "./job-spec.ts";
import { isMap, type Locate, type Plain } from "./located.ts";
import { plainCopy } from "./plain-copy.ts";
import { jobInvalid } from "./problems.ts";
import { inOrder, stageProblems } from "./stage-order.ts";

/**
 * Reads a job document: YAML 1.2, JSON or the Python literal of the original DSDSL.
 * @param text the document, or its bytes
 * @throws RtlError RTL_DOCUMENT_TOO_LARGE before anything is parsed; RTL_JOB_INVALID with every
 * problem, each with line and column
 */
export function parseDocument(text: string | Uint8Array, options: DocumentOptions = {}): JobSpec {
  const { value, locate, problems } = readDocumentValue(text, options);
  return readSpec(value, locate, problems, options.file);
}

/**
 * Reads a job given as a JavaScript object, in either form or as a JobSpec.
 * @param locate where the parts of the value stand in a text, if it came from one
 * @throws RtlError RTL_JOB_INVALID with every problem
 */
export function parseSpec(value: unknown, locate?: Locate): JobSpec {
  const copy = plainCopy(value, locate);
  return readSpec(copy.value, locate, copy.problems);
}

function readSpec(
  value: Plain,
  locate: Locate | undefined,
  before: readonly Problem[],
  file?: string,
): JobSpec {
  // Most values are no JobSpec, and a schema that fails takes longer than all the rest.
  const maybeWhole = isMap(value) && value["version"] === 1 && Array.isArray(value["stages"]);
  const whole = maybeWhole ? jobSpecSchema.safeParse(value) : undefined;
  if (whole?.success) return readWhole(whole.data, locate, before, file);
  const found = readForm(value, locate);
  refuse([...before, ...found.problems, ...stageProblems(found.stages)], file);
  return buildSpec(found);
}

/** A value that is a JobSpec already, such as one that was read before. */
function readWhole(
  spec: JobSpec,
  locate: Locate | undefined,
  before: readonly Problem[],
  file?: string,
): JobSpec {
  const stages = spec.stages.map(({ name, needs }, index) => {
    return { name, needs, position: { path: ["stages", index], locate } };
  });
  refuse([...before, ...stageProblems(stages)], file);
  return { ...spec, stages: inOrder(spec.stages) };
}

function refuse(problems: readonly Problem[], file: string | undefined): void {
  if (problems.length > 0) throw jobInvalid(problems, file);
}
