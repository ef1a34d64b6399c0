/**
 * Open files of any format as one table. The historical form reads one file of text or JSON lines, last
 * line first.
 */
import {
  byColumn,
  COLUMN_TYPE_FIX,
  columnNames,
  columnTypeOf,
  DELIMITER_FIX,
  defineTask,
  formatNames,
  isDelimiter,
  matrixOf,
  mixedTable,
  type OpenOptions,
  type OpenPlan,
  pathBelow,
  planFiles,
  RtlError,
  readLines,
  readPlan,
  type Table,
  type TaskFiles,
  tableFromContents,
  textOfLines,
  valuesOfLines,
  z,
} from "rtl/task";

const mark = z.string().refine(isDelimiter, { error: "give one ASCII character such as # or '" });
const params = z
  .strictObject({
    file: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
        error: "give a path or glob such as demo/*.csv, or a list of them",
      })
      .describe("path, glob, or list of them; with `path`, the name of one file"),
    format: z
      .enum(formatNames as [string, ...string[]], { error: `give one of ${formatNames.join(" ")}` })
      .optional()
      .describe("of all the files; by their endings when absent"),
    columns: columnNames
      .optional()
      .describe("names or patterns of the columns to read, in this order; all by default"),
    types: byColumn(
      z.string().refine((word) => columnTypeOf(word) !== undefined, { error: COLUMN_TYPE_FIX }),
    )
      .optional()
      .describe("what columns are read as: {price: float64, when: timestamp}; others are guessed"),
    header: z
      .union([z.boolean(), z.literal("auto")], { error: "give true, false or auto" })
      .default("auto")
      .describe("csv: whether the first line has the names"),
    names: z.array(z.string()).min(1).optional().describe("csv: names in place of the file's"),
    delimiter: z
      .string()
      .min(1)
      .nullish()
      .describe("csv: one character between fields, found out when absent; with `path`, of lines"),
    quote: z
      .union([mark, z.literal('"'), z.null()])
      .optional()
      .describe(
        'csv: around fields that hold other marks, " by default; null: there are no quotes',
      ),
    nulls: z
      .array(z.string())
      .optional()
      .describe('csv: texts that stand for a row without a value; [""] by default'),
    comment: mark.optional().describe("csv: lines that begin with this character are passed over"),
    union: z
      .boolean()
      .default(false)
      .describe("whether files may lack columns of others, which then have no value"),
    path: z.string().optional().describe("historical: the folder of a text file"),
    mixed: z.boolean().optional().describe("historical: whether columns may differ in kind"),
    compression: z.boolean().nullish().describe("historical: whether it is a zlib stream"),
    encoding: z.boolean().nullish().describe("historical: whether each line is JSON"),
    headers: z.boolean().nullish().describe("historical: whether the first line has the names"),
  })
  .superRefine(({ path, file, delimiter, ...others }, context) => {
    const problem = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    const { mixed, compression, encoding, headers } = others;
    if ([path, mixed, compression, encoding, headers].every((value) => value == null)) {
      const { quote, comment } = others;
      if (delimiter != null && !isDelimiter(delimiter)) problem("delimiter", DELIMITER_FIX);
      if (quote != null && quote === delimiter) problem("quote", "it is the delimiter");
      if (comment !== undefined && [delimiter, quote ?? '"'].includes(comment)) {
        problem("comment", "it is the delimiter or the quote");
      }
      return;
    }
    if (path === undefined) problem("path", "name the folder of the file");
    if (mixed === undefined) {
      problem("mixed", "say whether columns may differ in kind: true or false");
    }
    if (Array.isArray(file)) problem("file", "with `path`, give the name of one file");
    const { format, columns, types, names, quote, nulls, comment } = others;
    for (const [key, value] of Object.entries({
      format,
      columns,
      types,
      names,
      quote,
      nulls,
      comment,
    })) {
      if (value !== undefined) problem(key, "does not go with `path`: give the whole path as file");
    }
  });
type Params = z.output<typeof params>;

export default defineTask({
  name: "open",
  summary: "read files of one or more formats as one table",
  description: [
    'file: "demo/*.csv" opens all files that fit, as one table in the order of their names. Formats',
    "go by endings: .csv .tsv .txt, .jsonl .ndjson, .arrow .feather, .dat (with a .meta beside it);",
    "text and .dat also with .gz behind. A .csv with a .meta beside it is read as openArray reads it,",
    "unless a parameter says how it is written. Files are read in parts, by as many nodes as there are.",
    "Types are guessed from the beginning, the middle and the end of every file: int64, float64, bool,",
    "text; of several files so that all fit: int64 with float64 is float64, anything with text is text.",
    "Numbers with a needless zero in front (00501), integers beyond 64 bits and dates stay text; types",
    "says otherwise: timestamp is int64 milliseconds since 1970 in UTC. int64 is exact, floats are the",
    "nearest ones, nan and inf are floats. A value that does not fit is an error with file and line.",
    'csv: quotes may hold line ends, "" is one quote; a field with nothing in it has no value, "" is an',
    "empty text; blank lines are no rows. Columns without a name are called 0, 1, 2 by their place.",
    "jsonl: one object on each line; a key that a line lacks has no value, objects and lists in it stay",
    "JSON text. The columns of all files must be the same, in any order, unless union is true.",
    "With path and mixed it reads one text file as older versions did: rows come in reverse order,",
    "columns are named 0, 1, 2 and so on; encoding: each line is JSON, compression: zlib.",
  ].join("\n"),
  shape: "source",
  params,
  example: { file: "demo/*.csv", types: { price: "float64" }, nulls: ["", "NA"] },

  async measure(wanted, { files }) {
    if (wanted.path !== undefined) {
      files.size(historicalPath(wanted.path, wanted));
      return { units: 1, unit: "files" };
    }
    const plan = await planFiles([wanted.file].flat(), files, optionsOf(wanted));
    return { units: plan.units, unit: plan.unit, unitsMin: plan.unitsMin, detail: plan };
  },

  async run(_table, wanted, { files, range, detail }) {
    if (wanted.path !== undefined) return readHistorical(wanted.path, wanted, files);
    const options = optionsOf(wanted);
    // What was measured is what this task's own measure made, possibly on another node.
    const plan =
      (detail as OpenPlan | undefined) ?? (await planFiles([wanted.file].flat(), files, options));
    return readPlan(plan, files, options, range);
  },
});

function optionsOf({ header, delimiter, columns, ...options }: Params): OpenOptions {
  return {
    ...options,
    columns: columns === undefined ? undefined : [columns].flat(),
    header: header === "auto" ? undefined : header,
    delimiter: delimiter ?? undefined,
  };
}

const historicalPath = (folder: string, { file }: Params): string =>
  pathBelow(folder, [file].flat().join());

/** The historical form: the lines of one file, last line first. */
function readHistorical(folder: string, wanted: Params, files: TaskFiles): Table {
  const path = historicalPath(folder, wanted);
  const lines = readLines(path, files, wanted);
  if (lines.length === 0) throw new RtlError("RTL_FILE_INVALID", `file ${path} has no lines`);
  if (wanted.encoding !== true) return textOfLines(lines);
  const rows = valuesOfLines(lines);
  const names = wanted.headers === true ? rows.pop() : undefined;
  if (!rows.every(Array.isArray)) return tableFromContents(rows);
  return wanted.mixed === true ? mixedTable(rows, names) : matrixOf(rows, path);
}
