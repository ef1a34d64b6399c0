/**
 * Several files of any formats opened as one table: a plan made once, which every chunk is then read
 * by. The plan pins the files, their sizes and the columns, so that all chunks see the same.
 */
import { RtlError } from "../protocol/errors.ts";
import { hasWildcards } from "../protocol/wildcards.ts";
import { concatenate, makeTable, type Table } from "../table/table.ts";
import type { TaskFiles, UnitRange } from "../task/context.ts";
import { agreedColumns, type ShownFile } from "./column-agreement.ts";
import { type ColumnLayout, columnOfNulls, conformed } from "./conform.ts";
import type { FileExtent } from "./file-format.ts";
import { formatNamed, formatOf, isTextFormat } from "./formats.ts";
import { type ColumnType, columnTypeOf, dtypeOfType } from "./text/column-type.ts";
import type { TextOptions } from "./text/text-format.ts";

export interface OpenOptions extends TextOptions {
  /** A name of formatNames, for files whose ending does not say it. */
  readonly format?: string | undefined;
  /** What columns are to be read as, in the words of columnTypeOf(). */
  readonly types?: Readonly<Record<string, string>> | undefined;
  /** Whether files may lack columns that others have. */
  readonly union?: boolean | undefined;
}

/** One file that was looked at. */
interface InspectedFile {
  readonly path: string;
  readonly format: string;
  readonly extent: FileExtent;
}

/** One file of a plan, whose details stand among those of all files: most have the same ones. */
type PlannedFile = Omit<InspectedFile, "extent"> & Omit<FileExtent, "detail"> & { detail: number };

/** What every chunk must know; plain data. */
export interface OpenPlan {
  /** Rows when every file can be cut by rows, otherwise bytes. */
  readonly unit: "rows" | "bytes";
  readonly units: number;
  readonly unitsMin: number;
  readonly columns: readonly ColumnLayout[];
  readonly files: readonly PlannedFile[];
  /** What the formats need to know again, each once. */
  readonly details: readonly unknown[];
}

/**
 * Looks at every file that fits the patterns, once. RTL_FILE_MISSING names a pattern that none fits,
 * RTL_FILE_INVALID files that cannot be read or that do not agree, RTL_COLUMN_UNKNOWN a wanted column
 * that there is not.
 */
export async function planFiles(
  patterns: readonly string[],
  files: TaskFiles,
  options: OpenOptions,
): Promise<OpenPlan> {
  const types = new Map<string, ColumnType>();
  for (const [name, word] of Object.entries(options.types ?? {})) {
    types.set(name, columnTypeOf(word) ?? "O");
  }
  const inspected: { file: InspectedFile; shown: ShownFile }[] = [];
  for (const path of pathsOf(patterns, files)) {
    inspected.push(await inspectFile(path, files, options));
  }
  const { columns, union } = options;
  const agreed = agreedColumns(
    inspected.map(({ shown }) => shown),
    { types, columns, union },
  );
  const settled = inspected.map(({ file }) => {
    const format = formatNamed(file.format);
    return isTextFormat(format) ? { ...file, extent: format.settled(file.extent, agreed) } : file;
  });
  const extents = settled.map(({ extent }) => extent);
  const unit = extents.every((extent) => extent.unit === "rows") ? "rows" : "bytes";
  return {
    unit,
    units: extents.reduce((sum, extent) => sum + sizeIn(unit, extent), 0),
    unitsMin: unitsMin(unit, extents),
    columns: [...agreed].map(([name, type]) => ({ name, dtype: dtypeOfType(type) })),
    ...withSharedDetails(settled),
  };
}

/** The files with the place of their details among those that differ. */
function withSharedDetails(files: readonly InspectedFile[]): Pick<OpenPlan, "files" | "details"> {
  const places = new Map<string, number>();
  const details: unknown[] = [];
  const planned = files.map(({ extent: { detail, ...extent }, ...file }) => {
    const text = JSON.stringify(detail ?? null);
    const place = places.get(text) ?? details.push(detail) - 1;
    places.set(text, place);
    return { ...file, ...extent, detail: place };
  });
  return { files: planned, details };
}

/** The part of the table that a range of the plan's units makes, or all of it. */
export async function readPlan(
  plan: OpenPlan,
  files: TaskFiles,
  options: OpenOptions,
  range: UnitRange | undefined,
): Promise<Table> {
  const tables: Table[] = [];
  let before = 0;
  for (const file of plan.files) {
    const size = sizeIn(plan.unit, file);
    const part = partOf(plan.unit, file, range && within(range, before, size));
    before += size;
    if (part === "nothing") continue;
    const inspected = { ...file, extent: { ...file, detail: plan.details[file.detail] } };
    const table = await readFile(inspected, files, options, part === "all" ? undefined : part);
    tables.push(
      conformed(table, plan.columns, (column, dtype) => {
        const what = `column "${column.name}" is ${column.dtype} and cannot be read as ${dtype}`;
        throw new RtlError("RTL_FILE_INVALID", `file ${file.path}: ${what}`, {
          fix: "leave it out of types, and cast it afterwards",
        });
      }),
    );
  }
  if (tables.length > 0) return concatenate(tables);
  return makeTable(plan.columns.map(({ name, dtype }) => columnOfNulls(name, dtype, 0)));
}

/** The files that fit the patterns, in their order, each once. */
function pathsOf(patterns: readonly string[], files: TaskFiles): readonly string[] {
  const paths = patterns.flatMap((pattern) => {
    const found = files.find(pattern).filter((path) => !path.endsWith(".meta"));
    if (found.length > 0) return found.sort();
    // Only size() knows the data folders, and names them when there is no such file.
    files.size(pattern);
    throw new RtlError("RTL_FILE_MISSING", `no file fits ${pattern}`);
  });
  return [...new Set(paths)];
}

async function inspectFile(path: string, files: TaskFiles, options: OpenOptions) {
  const format = formatOf(path, files, options.format, options);
  if (isTextFormat(format)) {
    const extent = await format.inspect(path, files, options);
    const { mayLackColumns } = format;
    const shown = { path, mayLackColumns, columns: format.guesses(extent) };
    return { file: { path, format: format.name, extent }, shown };
  }
  const asked = askedOf(options);
  const extent = await format.inspect(path, files, asked);
  // No rows of it still have its columns.
  const none = extent.unit === "whole" ? undefined : { start: 0, end: 0 };
  const { columns } = await format.read(path, files, asked, extent, none);
  const layout = columns.map(({ name, dtype }) => ({ name, dtype }));
  const shown = { path, mayLackColumns: false, columns: layout };
  return { file: { path, format: format.name, extent }, shown };
}

async function readFile(
  { path, format, extent }: InspectedFile,
  files: TaskFiles,
  options: OpenOptions,
  range: UnitRange | undefined,
): Promise<Table> {
  const now = files.size(path);
  if (now !== extent.bytes) {
    const sizes = `it had ${extent.bytes} bytes when it was looked at and has ${now} now`;
    throw new RtlError("RTL_FILE_INVALID", `file ${path} changed while it was read: ${sizes}`, {
      fix: "run the job again when nobody writes the file",
    });
  }
  const known = formatNamed(format);
  const asked = isTextFormat(known) ? options : askedOf(options);
  return known.read(path, files, asked, extent, range);
}

/** In a union a file may lack what is wanted, and patterns are not names: then it gives all it has. */
function askedOf(options: OpenOptions): OpenOptions {
  const all = options.union === true || options.columns?.some(hasWildcards) === true;
  return all ? { ...options, columns: undefined } : options;
}

type Size = Pick<FileExtent, "unit" | "units" | "bytes">;

const sizeIn = (unit: OpenPlan["unit"], extent: Size): number =>
  unit === "rows" ? extent.units : extent.bytes;

/** Bytes count no less than what a chunk of bytes needs; rows what the pickiest file needs. */
function unitsMin(unit: OpenPlan["unit"], extents: readonly FileExtent[]): number {
  return extents.reduce(
    (most, extent) => (extent.unit === unit ? Math.max(most, extent.unitsMin) : most),
    1,
  );
}

/** The part of a range that falls into one of several files laid end to end. */
function within(range: UnitRange, before: number, size: number): UnitRange {
  const start = Math.min(size, Math.max(0, range.start - before));
  return { start, end: Math.max(start, Math.min(size, range.end - before)) };
}

/** What is to be read of a file whose part in the plan's units is `range`. */
function partOf(
  unit: OpenPlan["unit"],
  extent: Size,
  range: UnitRange | undefined,
): UnitRange | "all" | "nothing" {
  if (range === undefined) return "all";
  const { start, end } = range;
  if (extent.unit === "whole") return start === 0 && end > 0 ? "all" : "nothing";
  if (start >= end) return "nothing";
  if (unit === "rows" || extent.unit === "bytes") return range;
  // Rows have their share of the file's bytes.
  const rowOf = (byte: number) => Math.floor(extent.units * (byte / extent.bytes));
  const rows = { start: rowOf(start), end: rowOf(end) };
  return rows.start < rows.end ? rows : "nothing";
}
