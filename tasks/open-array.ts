/** Open an array file: `.csv` or `.dat` with its `.meta`, in the way it has always been asked for. */
import { type ArrayFile, defineTask, measureArrayFile, readArrayFile, z } from "rtl/task";

const params = z.strictObject({
  path: z.string().describe("folder, relative to a data folder"),
  filename: z.string().min(1).describe("without extension; the same for the .meta file"),
  extension: z.string().describe("csv or dat; with another one the table passes unchanged"),
  delimiter: z
    .string()
    .regex(/^[\x20-\x7e\t]$/, { error: "give one character" })
    .nullish()
    .describe("between the fields of a csv line; a comma by default"),
});
type Params = z.output<typeof params>;

export default defineTask({
  name: "openArray",
  summary: "read a .csv or .dat file with its .meta as a table",
  description: [
    "<filename>.meta holds the names and dtypes. A .csv has no header and no quotes; blanks around",
    "numbers, CRLF and a missing last newline are fine. A .dat holds packed little-endian records.",
  ].join("\n"),
  shape: { param: "extension", shapes: { csv: "source", dat: "source" }, otherwise: "map" },
  params,
  example: { path: "demo", filename: "jobs50k", extension: "csv", delimiter: "," },

  measure: (wanted, { files }) => measureArrayFile(arrayFile(wanted), files),

  run(table, wanted, { files, range }) {
    if (wanted.extension !== "csv" && wanted.extension !== "dat") return table;
    return readArrayFile(arrayFile(wanted), files, range);
  },
});

function arrayFile({ path, filename, extension, delimiter }: Params): ArrayFile {
  return {
    path: `${path}/${filename}.${extension}`.replace(/^\.?\//, ""),
    format: extension === "dat" ? "dat" : "csv",
    delimiter: delimiter ?? ",",
  };
}
