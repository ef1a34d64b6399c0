/**
 * Golden cases: files that say what a task makes of an input, in JSON that any implementation of the
 * task can be held against.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { RtlError } from "../protocol/errors.ts";
import { tableDifference } from "../table/compare.ts";
import { columnFromJson, tableFromJson } from "../table/json.ts";
import { makeTable, type Table } from "../table/table.ts";
import type { TaskFiles } from "./context.ts";
import type { TaskLibrary } from "./library.ts";
import { overlayFiles } from "./overlay-files.ts";
import type { Plot } from "./plot.ts";
import { runCalls } from "./run-calls.ts";

/** One case. Paths in parameters are relative to the folder of the case's file. */
export interface GoldenCase {
  readonly task: string;
  readonly name: string;
  readonly params: unknown;
  /** A table as JSON. */
  readonly input: unknown;
  /** A table as JSON, a matrix with columns "0", "1", …, or that it must fail. */
  readonly expect: unknown;
  readonly note?: string;
  /** Plots that the task must send, in order. */
  readonly queued?: unknown;
  /** Files that the task must write, by name within the folder `params.path`. */
  readonly filesWritten?: Readonly<Record<string, { readonly base64: string }>>;
}

export interface GoldenFailure {
  readonly file: string;
  readonly name: string;
  readonly why: string;
}
export interface GoldenResult {
  readonly passed: number;
  readonly failed: readonly GoldenFailure[];
  /** Files whose cases are of no task. */
  readonly skipped: readonly string[];
}

/** Runs all cases of these files. RTL_FILE_INVALID when a file holds no cases of any kind. */
export async function runGoldenFiles(
  files: readonly string[],
  library: TaskLibrary,
): Promise<GoldenResult> {
  let passed = 0;
  const failed: GoldenFailure[] = [];
  const skipped: string[] = [];
  for (const file of files) {
    const cases = readGoldenFile(file);
    if (cases === undefined) skipped.push(basename(file));
    for (const golden of cases ?? []) {
      const why = await runGoldenCase(golden, library, dirname(file));
      if (why === undefined) passed++;
      else failed.push({ file: basename(file), name: `${golden.task}/${golden.name}`, why });
    }
  }
  return { passed, failed, skipped };
}

/** The cases of a file; undefined where it says what they are about, and that is no task. */
function readGoldenFile(file: string): readonly GoldenCase[] | undefined {
  const cases: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (Array.isArray(cases) && cases.every(isCase)) return cases;
  if (isAboutOtherThings(cases)) return undefined;
  throw new RtlError("RTL_FILE_INVALID", `file ${file} is no list of golden cases`, {
    fix: "each case is {task, name, params, input, expect}",
  });
}

const isCase = (value: unknown): value is GoldenCase =>
  typeof value === "object" &&
  value !== null &&
  ["task", "name", "params", "input", "expect"].every((key) => key in value);

const isAboutOtherThings = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "about" in value &&
  "cases" in value &&
  Array.isArray(value.cases) &&
  !value.cases.some(isCase);

/** Why a case fails; undefined when it passes. `folder` is where its files are. */
export async function runGoldenCase(
  golden: GoldenCase,
  library: TaskLibrary,
  folder: string,
): Promise<string | undefined> {
  const overlay = mkdtempSync(join(tmpdir(), "rtl-golden-"));
  try {
    const files = overlayFiles(folder, overlay);
    const result = await resultOf(golden, library, files);
    if (golden.expect === "error") {
      return result instanceof RtlError ? undefined : "it succeeds, but an error is expected";
    }
    if (result instanceof RtlError) return `${result.code}: ${result.message}`;
    const relative = toleranceOf(golden);
    const expected = expectedTable(golden.expect);
    return (
      tableDifference(expected, result.table, { relative }) ??
      plotDifference(golden, result.plots) ??
      writtenDifference(golden, files)
    );
  } finally {
    rmSync(overlay, { recursive: true, force: true });
  }
}

async function resultOf(
  { task, params, input }: GoldenCase,
  library: TaskLibrary,
  files: TaskFiles,
): Promise<{ readonly table: Table; readonly plots: readonly Plot[] } | RtlError> {
  const { signal } = new AbortController();
  const surroundings = { signal, isCancelled: () => false, range: undefined, files };
  try {
    const calls = [{ task, params, part: "run" }] as const;
    const given = tableFromJson(input);
    const { table, reports } = await runCalls(calls, given, library, () => surroundings);
    return { table, plots: reports.flatMap(({ plots }) => plots) };
  } catch (error) {
    // A clear error is an RtlError that is not merely "the task threw something".
    if (error instanceof RtlError && error.code !== "RTL_TASK_FAILED") return error;
    throw error;
  }
}

function expectedTable(expect: unknown): Table {
  if (typeof expect !== "object" || expect === null || !("matrix" in expect)) {
    return tableFromJson(expect);
  }
  const rows = expect.matrix as unknown[][];
  const dtype = "dtype" in expect ? expect.dtype : "<f8";
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, index) =>
    columnFromJson(String(index), { dtype, values: rows.map((row) => row[index]) }),
  );
  return makeTable(columns, rows.length);
}

/** Relative differences that different but correct orders of rounding may cause. */
const tolerances: Readonly<Record<string, number>> = {
  power: 1e-15,
  log: 1e-12,
  average: 1e-12,
  aggregate: 1e-12,
  crossAverage: 1e-12,
  normalize: 1e-12,
};

function toleranceOf({ task, params }: GoldenCase): number {
  if (task !== "regression") return tolerances[task] ?? 0;
  return JSON.stringify(params).includes('"Poly"') ? 1e-8 : 1e-11;
}

function plotDifference({ queued }: GoldenCase, plots: readonly Plot[]): string | undefined {
  if (queued === undefined) return undefined;
  // NaN and infinities are texts in JSON.
  const [wanted, sent] = [queued, plots].map((value) =>
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === "number" && !Number.isFinite(one) ? String(one) : one,
    ),
  );
  return wanted === sent ? undefined : `its plots are ${sent?.slice(0, 200)}`;
}

function writtenDifference(golden: GoldenCase, files: TaskFiles): string | undefined {
  const folder = (golden.params as { path?: string }).path ?? ".";
  for (const [name, { base64 }] of Object.entries(golden.filesWritten ?? {})) {
    const written = Buffer.from(files.read(`${folder}/${name}`)).toString("base64");
    if (written !== base64) return `the file ${name} is ${written} instead of ${base64}`;
  }
  return undefined;
}
