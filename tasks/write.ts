/**
 * Write the table to a file, of any format, or each chunk to a file of its own; the table passes on. The
 * historical form writes array files: a .csv or .dat with its .meta.
 */
import {
  arrayFiles,
  DELIMITER_FIX,
  defineTask,
  fileCompressions,
  isDelimiter,
  numberedPath,
  writingProblem,
  writtenFiles,
  writtenFormats,
  z,
} from "rtl/task";

const params = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe("path of the file; its ending says the format, and .gz behind it packs text"),
    format: z
      .enum(writtenFormats as [string, ...string[]], {
        error: `give one of ${writtenFormats.join(" ")}`,
      })
      .optional()
      .describe("by the file's ending when absent"),
    parts: z
      .boolean()
      .default(false)
      .describe("whether each chunk has a file of its own: result-00000.csv, result-00001.csv, …"),
    compression: z
      .enum(fileCompressions as [(typeof fileCompressions)[number], ...typeof fileCompressions])
      .optional()
      .describe(
        "parquet: none, snappy (as by default), zstd or gzip; npz: none (as by default) or deflate",
      ),
    delimiter: z
      .string()
      .refine(isDelimiter, { error: DELIMITER_FIX })
      .nullish()
      .describe("csv: one character between fields, a comma by default"),
    header: z
      .boolean()
      .optional()
      .describe("csv: whether the first line has the names; true by default"),
    path: z.string().optional().describe("historical: folder, relative to a data folder"),
    filename: z.string().min(1).optional().describe("historical: name without extension"),
    extension: z
      .enum(["csv", "dat"], { error: "give csv or dat" })
      .optional()
      .describe("historical: csv (no header, six decimals) or dat (packed records)"),
  })
  .superRefine((wanted, context) => {
    const problem = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    const { file, path, filename, extension } = wanted;
    if (file === undefined) {
      if (path === undefined && filename === undefined && extension === undefined) {
        problem("file", "name the file to write: out/result.csv");
        return;
      }
      for (const key of ["path", "filename", "extension"] as const) {
        if (wanted[key] === undefined)
          problem(key, "must go with the others of path, filename, extension");
      }
      for (const key of ["format", "compression", "header"] as const) {
        if (wanted[key] !== undefined)
          problem(key, "does not go with `path`: give the whole path as file");
      }
      if (wanted.parts) problem("parts", "does not go with `path`: give the whole path as file");
      return;
    }
    for (const key of ["path", "filename", "extension"] as const) {
      if (wanted[key] !== undefined) problem(key, "does not go with `file`, which is a whole path");
    }
    const wrong = writingProblem(file, writingOf(wanted));
    if (wrong !== undefined) problem(...wrong);
  });
type Params = z.output<typeof params>;

export default defineTask({
  name: "write",
  summary: "write the table to a file and pass it on",
  description: [
    "file: out/result.parquet writes all rows to one file, in the format of its ending: .csv .tsv .txt,",
    ".jsonl .ndjson, .parquet, .arrow .feather (files) .arrows (a stream), .npy .npz, .dat (with a .meta",
    "beside it); .csv.gz and .jsonl.gz are packed. The folder must exist; a file of that name is replaced",
    "in one step. With parts: true every chunk writes a file of its own, wherever it runs, numbered in the",
    "order of the rows: write them where all nodes see them.",
    "",
    "What a format cannot hold is refused: rows without a value in .npy, .npz and .dat. A .npy of one",
    "column is a list, without the column's name. Parquet needs the package @duckdb/node-api.",
    "",
    "With path, filename and extension it writes array files as older versions did: a .csv without a",
    "header, whole numbers as they are and floats with six decimals, or a .dat; and their .meta.",
  ].join("\n"),
  shape: { param: "parts", shapes: { true: "map" }, otherwise: "gather" },
  params,
  example: { file: "out/result.parquet" },
  // What is asked for is not only the table.
  deterministic: false,

  async run(table, wanted, { files, chunk }) {
    const { file, path = ".", filename = "", extension = "csv", parts, delimiter } = wanted;
    const written =
      file === undefined
        ? arrayFiles(table, `${path}/${filename}`.replace(/^\.\//, ""), extension, delimiter ?? ",")
        : await writtenFiles(table, parts ? numberedPath(file, chunk) : file, writingOf(wanted));
    for (const { path: place, parts: pieces } of written) files.write(place, pieces);
    return table;
  },
});

const writingOf = ({ format, compression, delimiter, header }: Params) => ({
  format,
  compression,
  delimiter: delimiter ?? undefined,
  header,
});
