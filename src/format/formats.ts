/** Every format that can be opened, and which one a file has by its name. */
import { RtlError } from "../protocol/errors.ts";
import type { TaskFiles } from "../task/context.ts";
import { arrayCsvFormat, datFormat, metaOf } from "./array-file.ts";
import { arrowFormat } from "./arrow-file.ts";
import { csvFormat } from "./csv/csv-file.ts";
import { parquetFormat } from "./duckdb/parquet.ts";
import type { FileFormat } from "./file-format.ts";
import { npyFormat } from "./numpy/npy.ts";
import { npzFormat } from "./numpy/npz.ts";
import { gzipped, gzippedText } from "./text/gzip.ts";
import { jsonLinesFormat } from "./text/json-lines-file.ts";
import type { TextFormat, TextOptions } from "./text/text-format.ts";

type AnyFormat = FileFormat<TextOptions>;

/** Formats in which a file may be compressed as a whole: those that are no archives themselves. */
const plainFormats: readonly AnyFormat[] = [csvFormat, jsonLinesFormat, datFormat, arrayCsvFormat];
const otherFormats: readonly AnyFormat[] = [arrowFormat, parquetFormat, npyFormat, npzFormat];

/** Formats whose columns are guessed before they are read. */
export const isTextFormat = (format: AnyFormat): format is TextFormat => "guesses" in format;

const packed = (format: AnyFormat): AnyFormat =>
  isTextFormat(format) ? gzippedText(format) : gzipped(format);
const formats: readonly AnyFormat[] = [
  ...plainFormats,
  ...plainFormats.map(packed),
  ...otherFormats,
];

/** What `format` may be; compressed files need no word of their own. */
export const formatNames = ["csv", "jsonl", "dat", ...otherFormats.map(({ name }) => name)];

/** The format of this name, which came from formatOf(). */
export function formatNamed(name: string): AnyFormat {
  const format = formats.find((other) => other.name === name);
  if (format !== undefined) return format;
  throw new RtlError("RTL_FILE_INVALID", `this node does not know the format ${name}`, {
    fix: "run nodes of one version",
  });
}

/**
 * The format of a file, by `format` or by its ending. A .csv with a .meta beside it is an array file
 * unless the options say how it is written. RTL_FILE_INVALID when its ending says nothing.
 */
export function formatOf(
  path: string,
  files: TaskFiles,
  format: string | undefined,
  options: TextOptions,
): AnyFormat {
  const isPacked = /\.gz$/i.test(path);
  const bare = isPacked ? path.slice(0, -3) : path;
  const ending = /\.[^./]*$/.exec(bare)?.[0].toLowerCase() ?? "";
  const found =
    format === undefined
      ? formats.find(({ endings }) => endings.includes(ending))
      : formats.find(({ name }) => name === format);
  if (found === undefined) throw noFormat(path, ending);
  if (isPacked && !plainFormats.includes(found)) {
    throw new RtlError(
      "RTL_FILE_INVALID",
      `file ${path}: .${found.name} files are not read from gzip`,
      {
        fix: "unpack it before",
      },
    );
  }
  const plain = found === csvFormat && isArray(path, files, options) ? arrayCsvFormat : found;
  return isPacked ? formatNamed(`${plain.name}.gz`) : plain;
}

function isArray(path: string, files: TaskFiles, options: TextOptions): boolean {
  const { header, names, quote, comment, nulls } = options;
  const said = [header, names, quote, comment, nulls].some((option) => option !== undefined);
  return !said && files.find(metaOf(path)).length > 0;
}

function noFormat(path: string, ending: string): RtlError {
  const what = ending === "" ? "no ending says its format" : `the ending ${ending} is of no format`;
  const endings = [...plainFormats, ...otherFormats].flatMap((format) => format.endings);
  return new RtlError("RTL_FILE_INVALID", `file ${path}: ${what}`, {
    fix: `set format, or use one of ${endings.join(" ")}`,
  });
}
