/** Open file: the lines of one file, last line first, as task_open_file of version 0.4 did it. */
import {
  defineTask,
  mixedTable,
  pathBelow,
  readLines,
  type Table,
  tableOfValues,
  textOfLines,
  valuesOfLines,
  z,
} from "rtl/task";

const params = z.strictObject({
  path: z.string().default(".").describe("folder, relative to a data folder"),
  file: z.string().min(1).describe("name of the file, with its extension"),
  compression: z.boolean().nullish().describe("whether it is a zlib stream"),
  delimiter: z
    .string()
    .min(1)
    .nullish()
    .describe("between two lines; a newline by default, also when given as the two characters \\n"),
  encoding: z.boolean().nullish().describe("whether each line is a JSON value"),
});
type Params = z.output<typeof params>;

export default defineTask({
  name: "openFile",
  summary: "the lines of one file, last line first, as text or JSON values",
  description: [
    "Lines become text in column 0; with encoding, JSON numbers, texts or booleans become column 0,",
    "lists become columns 0, 1, 2 and so on, objects a column for each key. Rows come in reverse order,",
    "as in version 0.4; empty lines are no rows, and a file without lines is a table without rows.",
    "To read CSV or JSON lines in their own order, and files larger than memory, use open.",
  ].join("\n"),
  shape: "source",
  params,
  example: { path: "demo", file: "values.txt", encoding: true },

  measure(wanted, { files }) {
    files.size(pathBelow(wanted.path, wanted.file));
    return { units: 1, unit: "files" };
  },

  run: (_table, wanted, { files }): Table => readFile(wanted, files),
});

function readFile(wanted: Params, files: Parameters<typeof readLines>[1]): Table {
  const delimiter = wanted.delimiter === "\\n" ? "\n" : wanted.delimiter;
  const lines = readLines(pathBelow(wanted.path, wanted.file), files, { ...wanted, delimiter });
  if (lines.length === 0 || wanted.encoding !== true) return textOfLines(lines);
  const values = valuesOfLines(lines);
  return values.every(Array.isArray) ? mixedTable(values, undefined) : tableOfValues(values);
}
