/**
 * Messages to bytes and back. A frame is
 *
 *     byte 0      0xC1, which no msgpack message begins with
 *     byte 1      version, 1
 *     bytes 2-3   number of tables n, little endian
 *     bytes 4-7   length of the control part
 *     4 n bytes   length of each table
 *     control     msgpack; extension type 1 stands for a table, its two bytes the index; type 2
 *                 is a typed array
 *     tables      each begins at a multiple of 8 from the start of the frame
 *
 * so that a reader whose buffer is aligned reads Arrow columns where they lie. A message without
 * tables is plain msgpack, and a message that begins with `{` is JSON: clients in languages without
 * msgpack speak it, and are answered in it. An empty message is an empty object, said by somebody who
 * types on a command line, and answered in JSON too.
 */
import { Decoder, Encoder, ExtensionCodec } from "@msgpack/msgpack";
import type { z } from "zod";
import { checkControl } from "./control-check.ts";
import { RtlError } from "./errors.ts";
import { fit } from "./fit.ts";
import { limits } from "./limits.ts";

const MAGIC = 0xc1;
const VERSION = 1;
const TABLE_EXTENSION = 1;
const ARRAY_EXTENSION = 2;
const TABLES_MAX = 0xffff;
const JSON_BRACE = 0x7b;

export type Encoding = "msgpack" | "json";

interface Tables {
  /** Of a message that is read, those that were not named yet. */
  tables: (Uint8Array | undefined)[];
}
const extensions = new ExtensionCodec<Tables>();
extensions.register({
  type: TABLE_EXTENSION,
  encode: (value, { tables }) => {
    if (!(value instanceof Uint8Array)) return null;
    const index = tables.push(value) - 1;
    return Uint8Array.of(index & 0xff, (index >> 8) & 0xff);
  },
  decode: (data, _type, { tables }) => {
    const index = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
    const table = tables[index];
    if (table === undefined)
      throw new Error("a table that the frame does not hold, or names twice");
    // Whoever copies the tables of a message must not copy more than came.
    tables[index] = undefined;
    return table;
  },
});

const arrays = [
  Int8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/** Typed arrays, as in the states of folds: one byte for the kind, then the elements. */
extensions.register({
  type: ARRAY_EXTENSION,
  encode: (value) => {
    const kind = arrays.findIndex((array) => value instanceof array);
    if (kind < 0 || !ArrayBuffer.isView(value)) return null;
    const data = new Uint8Array(1 + value.byteLength);
    data[0] = kind;
    data.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), 1);
    return data;
  },
  decode: (data) => {
    const kind = arrays[data[0] ?? arrays.length];
    if (kind === undefined) throw new Error("an array of a kind that is not known");
    const elements = data.slice(1);
    if (elements.byteLength % kind.BYTES_PER_ELEMENT !== 0) throw new Error("a part of a number");
    return new kind(elements.buffer, 0, elements.byteLength / kind.BYTES_PER_ELEMENT);
  },
});

/** Tables of the message in hand. One encoder and one decoder serve all: making them costs as much as using them. */
const writing: Tables = { tables: [] };
const reading: Tables = { tables: [] };
const encoderBytesMax = 65_536;

const createEncoder = () =>
  new Encoder<Tables>({
    extensionCodec: extensions,
    context: writing,
    ignoreUndefined: true,
    useBigInt64: true,
    maxDepth: limits.depthMax,
  });
let encoder = createEncoder();
/** What a message says of its lengths was checked before. */
const decoder = new Decoder<Tables>({
  extensionCodec: extensions,
  context: reading,
  useBigInt64: true,
});

const align = (offset: number): number => (offset + 7) & ~7;

/** Any message as bytes. JSON messages may hold no bytes. */
export function pack(message: unknown, encoding: Encoding = "msgpack"): Uint8Array {
  if (encoding === "json") return new TextEncoder().encode(JSON.stringify(message, jsonValue));
  const tables: Uint8Array[] = [];
  writing.tables = tables;
  const control = encoder.encode(message);
  // It keeps room for the largest message that it has written.
  if (control.length > encoderBytesMax) encoder = createEncoder();
  return tables.length === 0 ? control : frame(control, tables);
}

function jsonValue(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has become an object of numbers by now, so that the holder is asked.
  if (ArrayBuffer.isView((this as Record<string, unknown>)[key])) {
    throw new RtlError("RTL_INTERNAL", `bytes at "${key}" in a message that goes out as JSON`);
  }
  return typeof value === "bigint" ? value.toString() : value;
}

function frame(control: Uint8Array, tables: readonly Uint8Array[]): Uint8Array {
  if (tables.length > TABLES_MAX) {
    throw new RtlError(
      "RTL_MESSAGE_TOO_LARGE",
      `${tables.length} tables are too many for a message`,
    );
  }
  const headBytes = 8 + 4 * tables.length;
  let size = headBytes + control.length;
  for (const table of tables) size = align(size) + table.length;
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  out[0] = MAGIC;
  out[1] = VERSION;
  view.setUint16(2, tables.length, true);
  view.setUint32(4, control.length, true);
  out.set(control, headBytes);
  let offset = headBytes + control.length;
  tables.forEach((table, index) => {
    view.setUint32(8 + 4 * index, table.length, true);
    offset = align(offset);
    out.set(table, offset);
    offset += table.length;
  });
  return out;
}

/** A fold's state with the rows of the chunks that it was measured on, or what a source left. */
export interface ChunkState {
  readonly state: unknown;
  /** Rows of each chunk, in order; none for what a source left. */
  readonly rows: Float64Array;
}

/**
 * A state as bytes that travel unopened. The list around it keeps a state that is a number from
 * being taken for the start of JSON.
 */
export const packState = ({ state, rows }: ChunkState): Uint8Array => pack([state, rows]);

/** Many packed states as one, still unopened. */
export const joinStates = (packed: readonly Uint8Array[]): Uint8Array => pack({ states: packed });

/** All states in these bytes. Throws RTL_MESSAGE_INVALID for bytes that hold none. */
export const unpackStates = (bytes: Uint8Array): readonly ChunkState[] =>
  statesIn(bytes, joinedDepthMax);

/** States that are joined may have been joined before; more often than this they are hostile. */
const joinedDepthMax = 8;

function statesIn(bytes: Uint8Array, depthMax: number): readonly ChunkState[] {
  const held = unpack(bytes);
  if (Array.isArray(held) && held.length === 2 && held[1] instanceof Float64Array) {
    return [{ state: held[0], rows: held[1] }];
  }
  const joined = (held as { readonly states?: unknown } | null)?.states;
  const isJoined = Array.isArray(joined) && joined.every((one) => one instanceof Uint8Array);
  if (isJoined && depthMax > 0) return joined.flatMap((one) => statesIn(one, depthMax - 1));
  throw new RtlError("RTL_MESSAGE_INVALID", "these bytes hold no state");
}

/** The encoding a message came in: its answer goes back in the same. */
export const encodingOf = (data: Uint8Array): Encoding =>
  data.length === 0 || data[0] === JSON_BRACE ? "json" : "msgpack";

/** Bytes as an unchecked value. Throws RTL_MESSAGE_INVALID for anything that is not a message. */
export function unpack(data: Uint8Array): unknown {
  try {
    if (data[0] === JSON_BRACE) return parseJson(data);
    if (data[0] === MAGIC) return unframe(data);
    return decodeControl(data, []);
  } catch (cause) {
    throw new RtlError("RTL_MESSAGE_INVALID", `not a message: ${reason(cause)}`, {
      cause,
      fix: "send msgpack, a frame as docs/protocol.md describes it, or a JSON object",
    });
  }
}

function parseJson(data: Uint8Array): unknown {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
  assertShallow(text);
  return JSON.parse(text);
}

/** JSON.parse recurses; a document of brackets alone must not end the process. */
function assertShallow(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 0x5c) i++;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > limits.depthMax) throw new Error(`nested deeper than ${limits.depthMax}`);
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
}

function unframe(data: Uint8Array): unknown {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data[1] !== VERSION) throw new Error(`frame version ${data[1]}, this side speaks ${VERSION}`);
  const count = view.getUint16(2, true);
  const controlBytes = view.getUint32(4, true);
  const headBytes = 8 + 4 * count;
  let offset = headBytes + controlBytes;
  if (offset > data.length) throw new Error("cut short in its control part");
  const tables: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const length = view.getUint32(8 + 4 * index, true);
    offset = align(offset);
    if (offset + length > data.length) throw new Error(`cut short in table ${index}`);
    tables.push(data.subarray(offset, offset + length));
    offset += length;
  }
  return decodeControl(data.subarray(headBytes, headBytes + controlBytes), tables);
}

function decodeControl(control: Uint8Array, tables: (Uint8Array | undefined)[]): unknown {
  checkControl(control);
  reading.tables = tables;
  return decoder.decode(control);
}

/** Bytes as a message that fits its schema. Throws RTL_MESSAGE_INVALID naming what does not fit. */
export function decodeMessage<Schema extends z.ZodType>(
  schema: Schema,
  data: Uint8Array,
): z.infer<Schema> {
  const parsed = fit(schema, data.length === 0 ? {} : unpack(data));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map(String).join("."),
    message: issue.message,
  }));
  const first = problems[0];
  throw new RtlError(
    "RTL_MESSAGE_INVALID",
    `the message does not fit its schema: ${first?.path || "message"}: ${first?.message}`,
    { problems, fix: "see docs/protocol.md for the schema of each subject" },
  );
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
