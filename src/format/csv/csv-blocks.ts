/** Reads a range of a CSV file into columns, and says where in the file a fault is. */
import { isUtf8 } from "node:buffer";
import { RtlError } from "../../protocol/errors.ts";
import type { Table } from "../../table/table.ts";
import type { TaskFiles } from "../../task/context.ts";
import { lineAt, takeBlocks } from "../file-blocks.ts";
import { NEWLINE } from "../text/characters.ts";
import { EncodingFault } from "../text/text-builder.ts";
import { CsvParser, guessRows } from "./csv.ts";
import type { CsvField, CsvParsing } from "./csv-dialect.ts";
import { CsvFault } from "./csv-faults.ts";

/**
 * The records that begin in bytes [start, end) of a file of `size` bytes, where `start` begins one.
 * RTL_FILE_INVALID names line and column of what does not fit.
 */
export function readCsvBlocks(
  files: TaskFiles,
  path: string,
  range: { readonly start: number; readonly end: number; readonly size: number },
  fields: readonly CsvField[],
  parsing: CsvParsing,
): Table {
  let parser: CsvParser | undefined;
  let block = 0;
  try {
    takeBlocks(files, path, range, (bytes, length, until, final, position) => {
      block = position;
      const total = Math.min(range.end, range.size) - range.start;
      parser ??= new CsvParser(fields, parsing, guessRows(bytes.subarray(0, length), total));
      return parser.feed(bytes, length, until, final);
    });
    return (parser ?? new CsvParser(fields, parsing, 0)).finish();
  } catch (error) {
    if (error instanceof EncodingFault) throw noUtf8(files, path, range);
    if (!(error instanceof CsvFault)) throw error;
    const line = lineAt(files, path, block + error.lineStart);
    const { field } = error;
    const column =
      field === undefined ? "" : `, column ${field + 1} (${fields[field]?.name ?? ""})`;
    throw new RtlError(
      "RTL_FILE_INVALID",
      `file ${path}, line ${line}${column}: ${error.message}`,
      error.fix === undefined ? {} : { fix: error.fix },
    );
  }
}

/** Says in which line text is no UTF-8, as far as that can be found. */
export function noUtf8(
  files: TaskFiles,
  path: string,
  range: { readonly start: number; readonly end: number; readonly size: number },
): RtlError {
  let place = "";
  takeBlocks(files, path, range, (bytes, length, _until, final, position) => {
    const end = final ? length : bytes.lastIndexOf(NEWLINE, length - 1) + 1;
    if (place === "" && !isUtf8(bytes.subarray(0, end))) {
      let from = 0;
      for (let to = bytes.indexOf(NEWLINE, from) + 1; to <= end; ) {
        if (!isUtf8(bytes.subarray(from, to))) break;
        from = to;
        to = bytes.indexOf(NEWLINE, from) + 1;
      }
      place = `, line ${lineAt(files, path, position + from)}`;
    }
    return end;
  });
  return new RtlError("RTL_FILE_INVALID", `file ${path}${place}: the text is no UTF-8`, {
    fix: "convert the file first, for example: iconv -f latin1 -t utf-8",
  });
}
