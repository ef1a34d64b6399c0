/**
 * What reading and writing of our own Arrow streams share, and the two messages of such a stream:
 * which columns it has, and where their buffers lie. Nothing here looks at a table's values.
 */
import { Header } from "./arrow-metadata.ts";
import { type Dtype, isBytesDtype, isNumericDtype, type NumericDtype } from "./column.ts";
import {
  byte,
  type FlatField,
  type FlatStruct,
  int,
  long,
  short,
  writeFlatbuffer,
} from "./flatbuffer-writer.ts";
import type { TableSchema } from "./table.ts";

/** Where a field's metadata keeps numpy's dtype text, which says more than Arrow's type. */
export const DTYPE_KEY = "rtl.dtype";

/** What an Arrow IPC stream ends with: a message of length 0. */
export const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** What an Arrow file begins and, without the two zeros, ends with. */
export const FILE_START = Uint8Array.from("ARROW1\0\0", (letter) => letter.charCodeAt(0));

/** Arrow's numbers of the types that our columns are written as, and of others that are read alike. */
export const ArrowType = {
  ...{ int: 2, float: 3, binary: 4, text: 5, boolean: 6 },
  ...{ date: 8, time: 9, timestamp: 10, duration: 18, wideBinary: 19, wideText: 20 },
} as const;

/** Arrow's number of the fifth version of its metadata. */
const VERSION_5 = 4;
const PREFIX_BYTES = 8;

/** The message that says which columns a stream has. */
export const schemaMessage = (schema: TableSchema): Uint8Array =>
  message(Header.schema, schemaFields(schema), 0);

/**
 * What an Arrow file ends with, before its size: the columns again, and where each batch lies.
 * @param batches place, bytes of the message before the body, bytes of the body
 */
export const fileFooter = (schema: TableSchema, batches: readonly FlatStruct[]): Uint8Array =>
  writeFlatbuffer(
    [
      short(VERSION_5),
      { table: schemaFields(schema) },
      { structs: [] },
      { structs: batches.map(([place = 0, size = 0, body = 0]) => [place, size, body]) },
    ],
    PREFIX_BYTES,
  ).subarray(PREFIX_BYTES);

function schemaFields({ names, dtypes }: TableSchema): readonly FlatField[] {
  const fields = dtypes.map((dtype, index): readonly FlatField[] => {
    const { type, details } = arrowTypeOf(dtype);
    const noted = [DTYPE_KEY, dtype];
    const nullable = byte(1);
    return [
      ...[names[index] ?? "", nullable, byte(type), { table: details }],
      ...[undefined, { tables: [] }, { tables: [noted] }],
    ];
  });
  return [undefined, { tables: fields }];
}

/** What the message before the buffers of a batch says. */
export interface BatchParts {
  readonly rows: number;
  /** Rows, and rows without a value, of each column. */
  readonly columns: readonly FlatStruct[];
  /** Place in the body, and bytes, of each buffer. */
  readonly buffers: readonly FlatStruct[];
  readonly bodyBytes: number;
  /** Of columns that have any number of buffers: how many. */
  readonly variadic?: readonly number[];
}

/** The message before the buffers of a batch. */
export const batchMessage = (parts: BatchParts): Uint8Array =>
  message(Header.recordBatch, batchFields(parts), parts.bodyBytes);

/** The message before the values of a dictionary, which are a batch of one column. */
export const dictionaryMessage = (id: number, isDelta: boolean, parts: BatchParts): Uint8Array =>
  message(
    Header.dictionaryBatch,
    [long(id), { table: batchFields(parts) }, byte(isDelta ? 1 : 0)],
    parts.bodyBytes,
  );

function batchFields({ rows, columns, buffers, variadic = [] }: BatchParts): readonly FlatField[] {
  const fields: FlatField[] = [long(rows), { structs: columns }, { structs: buffers }];
  if (variadic.length > 0) fields.push(undefined, { structs: variadic.map((count) => [count]) });
  return fields;
}

function message(kind: number, header: readonly FlatField[], bodyBytes: number): Uint8Array {
  const root = [short(VERSION_5), byte(kind), { table: header }, long(bodyBytes)];
  const bytes = writeFlatbuffer(root, PREFIX_BYTES);
  bytes.writeInt32LE(-1, 0);
  bytes.writeInt32LE(bytes.length - PREFIX_BYTES, 4);
  return bytes;
}

interface FlatType {
  readonly type: number;
  /** The fields of the type's own table. */
  readonly details: readonly FlatField[];
}

function arrowTypeOf(dtype: Dtype): FlatType {
  if (isNumericDtype(dtype)) return numericTypes[dtype];
  return { type: isBytesDtype(dtype) ? ArrowType.binary : ArrowType.text, details: [] };
}

const integer = (bits: number, isSigned: 0 | 1): FlatType => ({
  type: ArrowType.int,
  details: [int(bits), byte(isSigned)],
});
/** Precision 1 is a float of 32 bits, 2 one of 64. */
const float = (precision: 1 | 2): FlatType => ({
  type: ArrowType.float,
  details: [short(precision)],
});
const numericTypes: { readonly [D in NumericDtype]: FlatType } = {
  "<f8": float(2),
  "<f4": float(1),
  "<i8": integer(64, 1),
  "<i4": integer(32, 1),
  "<i2": integer(16, 1),
  "|i1": integer(8, 1),
  "<u8": integer(64, 0),
  "<u4": integer(32, 0),
  "<u2": integer(16, 0),
  "|u1": integer(8, 0),
  "|b1": { type: ArrowType.boolean, details: [] },
};
