/**
 * CSV files as a format: looked at once for marks, names, types and quotes, then read in any byte
 * ranges. A part has the records that begin in its range.
 *
 * Our own reader, and not DuckDB's, because DuckDB cannot read a range of bytes: one node would have to
 * read the whole file. Measured on one thread, same file: see docs/performance.md.
 */
import { RtlError } from "../../protocol/errors.ts";
import type { Table } from "../../table/table.ts";
import type { TaskFiles, UnitRange } from "../../task/context.ts";
import type { FileExtent } from "../file-format.ts";
import { kindOf, typeOfKinds } from "../text/column-kinds.ts";
import type { ColumnType } from "../text/column-type.ts";
import type { ColumnGuess, TextFormat, TextOptions } from "../text/text-format.ts";
import { headOf, samplesOf, type TextSample } from "../text/text-samples.ts";
import { readCsvBlocks } from "./csv-blocks.ts";
import type { CsvMarks } from "./csv-dialect.ts";
import { findRecordStarts, type RecordStarts, recordStart } from "./csv-quotes.ts";
import { RecordReader } from "./csv-records.ts";
import { sniffDelimiter, sniffHeader } from "./csv-sniff.ts";

/** Less is not worth a chunk of its own. */
const CHUNK_BYTES_MIN = 1_048_576;

/** What each read of a part must know; plain data. */
interface CsvDetail extends CsvMarks {
  readonly nulls: readonly string[];
  /** Where the first record after the header begins. */
  readonly dataStart: number;
  readonly names: readonly string[];
  readonly kinds: readonly number[];
  /** What the columns are read as; null: passed over. Absent: as guessed. */
  readonly types?: readonly (ColumnType | null)[];
  readonly starts?: RecordStarts;
}

export const csvFormat: TextFormat = {
  name: "csv",
  endings: [".csv", ".tsv", ".txt"],
  mayLackColumns: false,
  inspect: inspectCsv,
  read: readCsv,
  guesses: ({ detail }) => {
    const { names, kinds } = detail as CsvDetail;
    return names.map((name, column): ColumnGuess => ({ name, kinds: kinds[column] ?? 0 }));
  },
  settled: (extent, types) => {
    const detail = extent.detail as CsvDetail;
    return {
      ...extent,
      // What was guessed has done its service.
      detail: { ...detail, kinds: [], types: detail.names.map((name) => types.get(name) ?? null) },
    };
  },
};

function inspectCsv(path: string, files: TaskFiles, options: TextOptions): FileExtent {
  const size = files.size(path);
  const head = headOf(files, path, size);
  const given = { quote: byteOf(options.quote, '"'), comment: byteOf(options.comment, null) };
  const delimiter = options.delimiter?.charCodeAt(0) ?? sniffDelimiter(head, given);
  const marks: CsvMarks = { ...given, delimiter };
  const { names, dataStart } = namesOf(path, head, marks, options);
  const starts =
    marks.quote < 0 ? undefined : findRecordStarts(files, path, marks, dataStart, size);
  const nulls = options.nulls ?? [""];
  const seen = new KindsSeen(names.length, marks, nulls);
  const startOf = (from: number) => recordStart(files, path, from, size, marks, starts);
  for (const { bytes, start, final } of samplesOf(files, path, size, dataStart, startOf)) {
    seen.add(bytes, start, final);
  }
  const detail: CsvDetail = {
    ...marks,
    nulls,
    dataStart,
    names,
    kinds: seen.kinds,
    ...(starts !== undefined && { starts }),
  };
  return { unit: "bytes", units: size, unitsMin: CHUNK_BYTES_MIN, bytes: size, detail };
}

function readCsv(
  path: string,
  files: TaskFiles,
  _options: TextOptions,
  { bytes: size, detail }: FileExtent,
  range: UnitRange | undefined,
): Table {
  const known = detail as CsvDetail;
  const fields = known.names.map((name, column) => {
    const guess = typeOfKinds(known.kinds[column] ?? 0) ?? "O";
    const type = known.types === undefined ? guess : (known.types[column] ?? undefined);
    return { name, type };
  });
  const end = Math.min(size, range?.end ?? size);
  const from = range?.start ?? 0;
  const start =
    from <= known.dataStart
      ? known.dataStart
      : recordStart(files, path, from, size, known, known.starts);
  return readCsvBlocks(files, path, { start, end, size }, fields, { ...known, skipsBlank: true });
}

const byteOf = (mark: string | null | undefined, otherwise: string | null): number => {
  const text = mark === undefined ? otherwise : mark;
  return text === null ? -1 : text.charCodeAt(0);
};

/** The names of the columns, and where the first record after them begins. */
function namesOf(
  path: string,
  head: TextSample,
  marks: CsvMarks,
  options: TextOptions,
): { names: readonly string[]; dataStart: number } {
  const reader = new RecordReader(head.bytes, marks, head.start);
  const found = reader.next();
  if ((!found || !reader.ended) && !head.final) {
    throw new RtlError("RTL_FILE_INVALID", `file ${path}: the first line does not end`, {
      fix: "check that this is a CSV file with a line for each record",
    });
  }
  if (!found) return { names: options.names ?? [], dataStart: head.bytes.length };
  const hasHeader = options.header ?? sniffHeader(head, marks);
  const texts = reader.texts();
  const { names = hasHeader ? texts.map((text) => text.trim()) : texts.map(() => "") } = options;
  if (options.names !== undefined && names.length !== texts.length) {
    throw new RtlError(
      "RTL_FILE_INVALID",
      `file ${path}: there are ${names.length} names, but the first line has ${texts.length} fields`,
      { fix: "give a name for each column" },
    );
  }
  const own = names.map((name, column) => (name === "" ? String(column) : name));
  const twice = own.find((name, column) => own.indexOf(name) < column);
  if (twice !== undefined) {
    throw new RtlError("RTL_FILE_INVALID", `file ${path}: there are two columns "${twice}"`, {
      fix: "give each column a name of its own with names: [...]",
    });
  }
  return { names: own, dataStart: hasHeader ? reader.at : reader.start };
}

/** The kinds that were seen in each column of some samples. */
class KindsSeen {
  readonly kinds: number[];
  readonly #marks: CsvMarks;
  readonly #nulls: ReadonlySet<string>;
  readonly #nullBytesMax: number;

  constructor(columns: number, marks: CsvMarks, nulls: readonly string[]) {
    this.kinds = new Array<number>(columns).fill(0);
    this.#marks = marks;
    this.#nulls = new Set(nulls);
    this.#nullBytesMax = Math.max(-1, ...nulls.map((text) => Buffer.byteLength(text)));
  }

  /** Looks at the whole records from a place on; `final`: the file ends with these bytes. */
  add(bytes: Uint8Array, at: number, final: boolean): void {
    const reader = new RecordReader(bytes, this.#marks, at);
    const { kinds } = this;
    while (reader.next() && (reader.ended || final)) {
      // A line with too many or too few fields is told when it is read.
      const fields = Math.min(kinds.length, reader.starts.length);
      for (let field = 0; field < fields; field++) {
        const start = reader.starts[field] as number;
        const end = reader.ends[field] as number;
        const short = end - start <= this.#nullBytesMax;
        if (short && this.#nulls.has(reader.text(field))) continue;
        kinds[field] = (kinds[field] as number) | kindOf(bytes, start, end);
      }
    }
  }
}
