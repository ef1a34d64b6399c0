/**
 * JSON lines as a format: looked at once for keys and types, then read in any byte ranges. A part has
 * the lines that begin in its range.
 */
import { RtlError } from "../../protocol/errors.ts";
import type { Table } from "../../table/table.ts";
import type { TaskFiles, UnitRange } from "../../task/context.ts";
import { guessRows } from "../csv/csv.ts";
import { noUtf8 } from "../csv/csv-blocks.ts";
import { lineAt, lineStart, takeBlocks } from "../file-blocks.ts";
import type { FileExtent } from "../file-format.ts";
import { NEWLINE } from "./characters.ts";
import { kind, kindOf, typeOfKinds } from "./column-kinds.ts";
import type { ColumnType } from "./column-type.ts";
import { isBlankLine, JsonLinesParser, LineFault } from "./json-lines.ts";
import { JsonFault, JsonLines, type Token, type TokenTarget } from "./json-tokens.ts";
import { EncodingFault } from "./text-builder.ts";
import type { TextFormat, TextOptions } from "./text-format.ts";
import { samplesOf, type TextSample, textStart } from "./text-samples.ts";

/** Less is not worth a chunk of its own. */
const CHUNK_BYTES_MIN = 1_048_576;

/** What each read of a part must know; plain data. */
interface JsonLinesDetail {
  readonly dataStart: number;
  readonly names: readonly string[];
  readonly kinds: readonly number[];
  /** What the columns are read as; null: passed over. Absent: as guessed. */
  readonly types?: readonly (ColumnType | null)[];
}

export const jsonLinesFormat: TextFormat = {
  name: "jsonl",
  endings: [".jsonl", ".ndjson"],
  mayLackColumns: true,
  inspect: inspectJsonLines,
  read: readJsonLines,
  guesses: ({ detail }) => {
    const { names, kinds } = detail as JsonLinesDetail;
    return names.map((name, place) => ({ name, kinds: kinds[place] ?? 0 }));
  },
  settled: (extent, types) => {
    const detail = extent.detail as JsonLinesDetail;
    // Also keys that were not seen, because a line that was not looked at may have them.
    const names = [...new Set([...detail.names, ...types.keys()])];
    return {
      ...extent,
      // What was guessed has done its service.
      detail: { ...detail, names, kinds: [], types: names.map((name) => types.get(name) ?? null) },
    };
  },
};

function inspectJsonLines(path: string, files: TaskFiles): FileExtent {
  const size = files.size(path);
  const seen = new KeysSeen();
  const dataStart = textStart(files.read(path, 0, Math.min(size, 3)), path);
  const startOf = (from: number) => lineStart(files, path, from, size);
  for (const sample of samplesOf(files, path, size, dataStart, startOf)) seen.add(sample);
  // Without a single key there is nothing to read that could tell what is wrong.
  if (seen.kinds.length === 0 && seen.fault !== undefined) {
    throw faultAt(files, path, seen.fault.lineStart, seen.fault);
  }
  const detail: JsonLinesDetail = {
    dataStart,
    names: [...seen.places.keys()],
    kinds: seen.kinds,
  };
  return { unit: "bytes", units: size, unitsMin: CHUNK_BYTES_MIN, bytes: size, detail };
}

function readJsonLines(
  path: string,
  files: TaskFiles,
  options: TextOptions,
  { bytes: size, detail }: FileExtent,
  range: UnitRange | undefined,
): Table {
  const { dataStart, names, kinds, types } = detail as JsonLinesDetail;
  const columns = names.flatMap((name, place) => {
    const type = types === undefined ? (typeOfKinds(kinds[place] ?? 0) ?? "O") : types[place];
    return type === null || type === undefined ? [] : [{ name, type }];
  });
  const from = range?.start ?? 0;
  const start = from <= dataStart ? dataStart : lineStart(files, path, from, size);
  const extent = { start, end: Math.min(size, range?.end ?? size), size };
  let parser: JsonLinesParser | undefined;
  let block = 0;
  const skipsOthers = options.columns !== undefined;
  try {
    takeBlocks(files, path, extent, (bytes, length, until, final, position) => {
      block = position;
      const rows = guessRows(bytes.subarray(0, length), extent.end - start);
      parser ??= new JsonLinesParser(columns, skipsOthers, rows);
      return parser.feed(bytes, length, until, final);
    });
    return (parser ?? new JsonLinesParser(columns, skipsOthers, 0)).finish();
  } catch (error) {
    if (error instanceof EncodingFault) throw noUtf8(files, path, extent);
    if (!(error instanceof LineFault)) throw error;
    throw faultAt(files, path, block + error.lineStart, error);
  }
}

function faultAt(files: TaskFiles, path: string, position: number, { fault }: LineFault): RtlError {
  const { key, fix, message } = fault;
  const line = lineAt(files, path, position);
  const place = key === undefined ? "" : `, key ${JSON.stringify(key)}`;
  return new RtlError(
    "RTL_FILE_INVALID",
    `file ${path}, line ${line}${place}: ${message}`,
    fix === undefined ? {} : { fix },
  );
}

/** The keys that were seen in some lines, with the kinds of their values. */
class KeysSeen implements TokenTarget {
  readonly places = new Map<string, number>();
  readonly kinds: number[] = [];
  /** The first line that could not be read, with its place in the file. */
  fault: LineFault | undefined;
  readonly #lines = new JsonLines(this);

  add({ bytes, position, start, final }: TextSample): void {
    let at = start;
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at);
      if (newline < 0 && !final) return;
      const end = newline < 0 ? bytes.length : newline;
      if (!isBlankLine(bytes, at, end)) this.#addLine(bytes, at, end, position);
      at = end + 1;
    }
  }

  #addLine(bytes: Uint8Array, start: number, end: number, position: number): void {
    try {
      this.#lines.readLine(bytes, start, end);
    } catch (error) {
      // What is wrong with the line is told when it is read, if anything is.
      if (!(error instanceof JsonFault)) throw error;
      this.fault ??= new LineFault(position + start, error);
    }
  }

  placeOf(key: string): number {
    const known = this.places.get(key);
    if (known !== undefined) return known;
    this.places.set(key, this.kinds.length);
    return this.kinds.push(0) - 1;
  }

  value(place: number, token: Token, bytes: Uint8Array, start: number, end: number): void {
    this.kinds[place] = (this.kinds[place] ?? 0) | kindOfToken(token, bytes, start, end);
  }
}

function kindOfToken(token: Token, bytes: Uint8Array, start: number, end: number): number {
  if (token === "null") return 0;
  if (token === "bool") return kind.bool;
  if (token === "number") return kindOf(bytes, start, end);
  return token === "text" && isNumberWord(bytes, start, end) ? kind.float : kind.text;
}

/** The texts that stand for numbers which JSON does not have. */
function isNumberWord(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 9) return false;
  const word = Buffer.from(bytes.subarray(start, end)).toString("latin1");
  return word === "NaN" || word === "Infinity" || word === "-Infinity";
}
