/** A failure as lines for a person: what, where, and what to do. */
import type { Failure, Problem } from "../../src/protocol/errors.ts";
import type { Paint } from "../terminal.ts";

/**
 * Lines for the standard error stream, without a line end.
 * `listing` replaces the plain list of problems where their source text is known.
 */
export function renderFailure(failure: Failure, paint: Paint, listing?: string): string {
  const problems = failure.problems ?? [];
  const listed = listing ?? problemLines(failure);
  // What the list says in full is not said before and after it as well.
  const heading = listing === undefined ? failure.message : headingOf(failure);
  const lines = [`${paint.red(paint.bold("Error:"))} ${heading}`];
  const place = placeOf(failure.at);
  if (place !== "") lines.push(`${paint.bold("At:")} ${place}`);
  if (listed !== "") lines.push(listed);
  const needed = listing === undefined || problems.length === 0;
  if (needed && failure.fix !== undefined) lines.push(`${paint.bold("Fix:")} ${failure.fix}`);
  return lines.join("\n");
}

/** `the job document has 2 faults`, without the first of them. */
function headingOf({ code, message, problems = [] }: Failure): string {
  const told = problems.some((problem) => message.includes(problem.message));
  if (code !== "RTL_JOB_INVALID" || !told) return message;
  return `the job document has ${problems.length === 1 ? "a fault" : `${problems.length} faults`}`;
}

/** One problem is often the message itself; it is not said twice. */
function problemLines({ message, problems = [] }: Failure): string {
  const repeated = problems.every((problem) => message.includes(problem.message));
  return repeated ? "" : problems.map(problemLine).join("\n");
}

/** A failure in one line, for tables and progress. */
export function failureLine(failure: Failure): string {
  const place = placeOf(failure.at);
  return place === "" ? failure.message : `${failure.message} (${place})`;
}

function placeOf(at: Failure["at"]): string {
  const words = ["job", "stage", "task", "chunk", "node", "attempt"] as const;
  return words
    .flatMap((word) => (at?.[word] === undefined ? [] : `${word} ${at[word]}`))
    .join(", ");
}

function problemLine({ path, message, line, column, fix }: Problem): string {
  const place = line === undefined ? path : `${line}:${column ?? 1}: ${path}`;
  return `  ${place ? `${place}: ` : ""}${message}${fix === undefined ? "" : ` (${fix})`}`;
}
