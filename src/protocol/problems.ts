/**
 * The error and the report for a faulty job document: one summary line, every problem in the order
 * of the text, and the source line with a caret under each.
 */
import { type Problem, RtlError } from "./errors.ts";

/** More problems than this help nobody; the rest is counted. */
const problemsMax = 100;
/** Characters of their paths and texts: what is told in one message has to fit into it. */
const problemCharsMax = 128 * 1024;

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
    problems: tellable(sorted),
    ...(fix !== undefined && { fix }),
  });
}

/** The first problems, as many as help; one that is huge by itself is told all the same. */
function tellable(problems: readonly Problem[]): Problem[] {
  let chars = 0;
  const told = problems.slice(0, problemsMax).findIndex(({ path, message, fix = "" }, place) => {
    chars += path.length + message.length + fix.length;
    return place > 0 && chars > problemCharsMax;
  });
  return problems.slice(0, told < 0 ? problemsMax : told);
}

/**
 * Renders problems for people: `file:10:5: stages.agg: unknown key …`, the source line, a caret,
 * and what to write instead. Without a text, or where a place is unknown, only the first line.
 */
export function formatProblems(
  problems: readonly Problem[],
  text?: string,
  file = "job document",
): string {
  const lines = text?.replace(/^\uFEFF/, "").split("\n") ?? [];
  return problems.map((problem) => formatProblem(problem, lines, file)).join("\n");
}

function formatProblem(problem: Problem, lines: readonly string[], file: string): string {
  const { line, column, path, message, fix } = problem;
  const where = [file, line, column].filter((part) => part !== undefined).join(":");
  const head = [where, path, message].filter((part) => part !== "").join(": ");
  // The message itself says what was meant where a word was misspelt.
  const hint = fix !== undefined && !message.includes("did you mean") ? [`      fix: ${fix}`] : [];
  const source = line === undefined ? undefined : lines[line - 1]?.replace(/\r$/, "");
  if (source === undefined || line === undefined) return [head, ...hint].join("\n");
  return [head, ...excerpt(source, line, column ?? 1), ...hint].join("\n");
}

/** The source line and a caret; of a long line the part around the column. */
function excerpt(source: string, line: number, column: number): string[] {
  const start = column > 80 ? column - 40 : 0;
  const shown = source.slice(start, start + 100);
  const caret = shown.slice(0, column - 1 - start).replace(/[^\t]/g, " ");
  const margin = String(line).padStart(5);
  return [`${margin} | ${shown}`, `      | ${caret}^`];
}
