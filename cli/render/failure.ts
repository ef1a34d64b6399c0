/** A failure as lines for a person: what, where, and what to do. */
import type { Failure, Problem } from "../../src/protocol/errors.ts";
import type { Paint } from "../terminal.ts";

/**
 * Lines for the standard error stream, without a line end.
 * `listing` replaces the plain list of problems where their source text is known.
 */
export function renderFailure(failure: Failure, paint: Paint, listing?: string): string {
  const lines = [`${paint.red(paint.bold("Error:"))} ${failure.message}`];
  const place = placeOf(failure.at);
  if (place !== "") lines.push(`${paint.bold("At:")} ${place}`);
  const problems = failure.problems ?? [];
  // One problem is often the message itself; it is not said twice.
  const repeated = problems.every(({ message }) => failure.message.includes(message));
  if (listing !== undefined) lines.push(listing);
  else if (!repeated) lines.push(...problems.map(problemLine));
  if (failure.fix !== undefined) lines.push(`${paint.bold("Fix:")} ${failure.fix}`);
  return lines.join("\n");
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
