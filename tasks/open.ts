/**
 * Open files as one table. The new form names Arrow files or array files, by path, glob or list;
 * the historical form reads one file of text or JSON lines.
 */
import {
  type ArrayFile,
  concatenate,
  defineTask,
  inflate,
  makeTable,
  measureArrayFile,
  numericColumn,
  RtlError,
  readArrayFile,
  readArrow,
  renamed,
  type SourceSize,
  sliceRows,
  type Table,
  type TaskFiles,
  tableFromContents,
  textColumn,
  textLines,
  type UnitRange,
  z,
} from "rtl/task";

const params = z
  .strictObject({
    file: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
        error: "give a path or glob such as demo/*.arrow, or a list of them",
      })
      .describe("path, glob, or list of them; with `path`, the name of one file"),
    delimiter: z.string().min(1).nullish().describe("of csv fields; with `path`, of lines"),
    path: z.string().optional().describe("historical: the folder of a text file"),
    mixed: z.boolean().optional().describe("historical: whether columns may differ in kind"),
    compression: z.boolean().nullish().describe("historical: whether it is a zlib stream"),
    encoding: z.boolean().nullish().describe("historical: whether each line is JSON"),
    headers: z.boolean().nullish().describe("historical: whether the first line has the names"),
  })
  .superRefine(({ path, file, mixed, compression, encoding, headers }, context) => {
    const historical = [path, mixed, compression, encoding, headers].some((key) => key != null);
    if (!historical) return;
    const missing = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    if (path === undefined) missing("path", "name the folder of the file");
    if (mixed === undefined)
      missing("mixed", "say whether columns may differ in kind: true or false");
    if (Array.isArray(file)) missing("file", "with `path`, give the name of one file");
  });
type Params = z.output<typeof params>;

export default defineTask({
  name: "open",
  summary: "read Arrow files, array files or lines of text as one table",
  description: [
    'file: "demo/*.arrow" opens Arrow IPC files and streams, and .csv and .dat files that have a',
    ".meta beside them; several files are one table, in the order of their names.",
    "With path and mixed it reads one text file as older versions did: rows come in reverse order,",
    "columns are named 0, 1, 2 and so on; encoding: each line is JSON, compression: zlib.",
  ].join("\n"),
  shape: "source",
  params,
  example: { file: "demo/*.arrow" },

  measure(wanted, { files }) {
    if (wanted.path !== undefined) {
      files.size(textPath(wanted));
      return { units: 1, unit: "files" };
    }
    const parts = measureAll(wanted, files);
    const unit = parts[0]?.size.unit ?? "rows";
    const unitsMin = parts[0]?.size.unitsMin;
    const units = parts.reduce((sum, { size }) => sum + size.units, 0);
    return { units, unit, ...(unitsMin !== undefined && { unitsMin }) };
  },

  run(_table, wanted, { files, range }) {
    if (wanted.path !== undefined) return readText(wanted, files);
    const parts = measureAll(wanted, files);
    let before = 0;
    const placed = parts.map(({ file, size }) => {
      const own = within(range, before, size.units);
      before += size.units;
      return { file, own };
    });
    const wantedParts = placed.filter(({ own }) => own.end > own.start);
    // Nothing to read is still a table with the columns of the first file.
    const read = wantedParts.length > 0 ? wantedParts : placed.slice(0, 1);
    const tables = read.map(({ file, own }) => readPart(file, files, own));
    return concatenate(tables);
  },
});

/** The part of a range that falls into one of several files laid end to end. */
function within(range: UnitRange | undefined, before: number, units: number): UnitRange {
  const start = Math.max(0, (range?.start ?? 0) - before);
  const end = Math.min(units, (range?.end ?? Infinity) - before);
  return { start: Math.min(start, units), end: Math.max(Math.min(start, units), end) };
}

type OpenFile = ArrayFile | { readonly path: string; readonly format: "arrow" };

function measureAll(wanted: Params, files: TaskFiles): { file: OpenFile; size: SourceSize }[] {
  const patterns = [wanted.file].flat();
  const paths = patterns.flatMap((pattern) => {
    const found = files.find(pattern).sort();
    if (found.length > 0) return found;
    // Only size() knows the data folders, and names them when there is no such file.
    files.size(pattern);
    throw new RtlError("RTL_FILE_MISSING", `there is no file ${pattern}`);
  });
  const parts = [...new Set(paths)]
    .filter((path) => !path.endsWith(".meta"))
    .map((path) => {
      const file = fileOf(path, wanted.delimiter ?? ",");
      return { file, size: measurePart(file, files) };
    });
  const units = new Set(parts.map(({ size }) => size.unit));
  if (units.size > 1) {
    throw new RtlError("RTL_FILE_INVALID", "csv files cannot be opened together with other files", {
      fix: "open them in stages of their own",
    });
  }
  return parts;
}

function fileOf(path: string, delimiter: string): OpenFile {
  if (path.endsWith(".csv")) return { path, format: "csv", delimiter };
  if (path.endsWith(".dat")) return { path, format: "dat", delimiter };
  return { path, format: "arrow" };
}

function measurePart(file: OpenFile, files: TaskFiles): SourceSize {
  if (file.format !== "arrow") return measureArrayFile(file, files);
  return { units: readArrowFile(file.path, files).rows, unit: "rows" };
}

function readPart(file: OpenFile, files: TaskFiles, range: UnitRange): Table {
  if (file.format !== "arrow") return readArrayFile(file, files, range);
  return sliceRows(readArrowFile(file.path, files), range.start, range.end);
}

function readArrowFile(path: string, files: TaskFiles): Table {
  try {
    return readArrow(files.read(path));
  } catch (error) {
    if (!(error instanceof RtlError) || error.code !== "RTL_TABLE_INVALID") throw error;
    throw new RtlError("RTL_FILE_INVALID", `file ${path}: ${error.message}`, {
      ...(error.fix !== undefined && { fix: error.fix }),
      cause: error,
    });
  }
}

const textPath = ({ path, file }: Params): string =>
  `${path}/${[file].flat().join()}`.replace(/^\.?\//, "");

/** The historical form: the lines of one file, last line first. */
function readText(wanted: Params, files: TaskFiles): Table {
  const path = textPath(wanted);
  const raw = files.read(path);
  const bytes = wanted.compression === true ? inflate(raw, path) : raw;
  const lines = textLines(bytes, wanted.delimiter ?? "\n").flatMap((line) =>
    wanted.encoding === true ? line.replaceAll("][", "]\n[").split("\n") : [line],
  );
  if (lines.length === 0) throw new RtlError("RTL_FILE_INVALID", `file ${path} has no lines`);
  if (wanted.encoding !== true) return makeTable([textColumn("0", lines.reverse())]);
  const rows = lines.map((line, index) => parsedLine(line, `file ${path}, line ${index + 1}`));
  const names = wanted.headers === true ? rows.shift() : undefined;
  rows.reverse();
  if (!rows.every(Array.isArray)) return tableFromContents(rows);
  return wanted.mixed === true ? mixedTable(rows, names) : matrix(rows, path);
}

function parsedLine(line: string, place: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RtlError("RTL_FILE_INVALID", `${place}: this is no JSON: ${reason}`, {
      fix: "leave out encoding to read the lines as text",
    });
  }
}

function matrix(rows: readonly unknown[][], path: string): Table {
  const width = rows[0]?.length ?? 0;
  const whole = rows.every((row) => row.every((value) => Number.isSafeInteger(value)));
  const columns = Array.from({ length: width }, (_, index) => {
    const values = rows.map((row, fromEnd) => {
      const value = row[index];
      if (typeof value === "number" && row.length === width) return value;
      const place = `file ${path}, line ${rows.length - fromEnd}`;
      throw new RtlError("RTL_FILE_INVALID", `${place} is no list of ${width} numbers`, {
        fix: "set mixed to true for columns of other kinds",
      });
    });
    const name = String(index);
    return whole
      ? numericColumn(name, BigInt64Array.from(values, BigInt))
      : numericColumn(name, Float64Array.from(values));
  });
  return makeTable(columns, rows.length);
}

function mixedTable(rows: readonly unknown[][], names: unknown): Table {
  const width = rows.reduce((wide, row) => Math.max(wide, row.length), 0);
  const columns = Array.from({ length: width }, (_, index) => {
    const { columns: found } = tableFromContents(rows.map((row) => row[index] ?? null));
    const name = Array.isArray(names) ? names[index] : undefined;
    return found.map((column) => renamed(column, String(name ?? index)));
  });
  return makeTable(columns.flat(), rows.length);
}
