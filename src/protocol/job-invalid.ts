/**
 * The error and the report for a faulty job document: one summary line, every problem in the order
 * of the text, and the source line with a caret under each.
 */
import { type Problem, RtlError } from "./errors.ts";

/** More problems than this help nobody; the rest is counted. */
const problemsMax = 100;

/** The error for a document with these problems. */
export function jobInvalid(problems: readonly Problem[], file?: string): RtlError {
  const sorted = problems.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  const [first] = sorted;
  const where = [file, first?.line, first?.column].filter((part) => part !== undefined).join(":");
  const count = sorted.length === 1 ? "a fault" : `${sorted.length} faults`;
  const message = `the job document has ${count}: ${where && `${where}: `}${
    first?.path ? `${first.path}: ` : ""
  }${first?.message ?? ""}`;
  const { fix } = first ?? {};
  return new RtlError("RTL_JOB_INVALID", message, {
    problems: sorted.slice(0, problemsMax),
    ...(fix !== undefined && { fix }),
  });
}
