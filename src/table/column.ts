/**
 * A column: a name, a dtype in numpy's text, and its values in typed arrays. Nothing here changes a
 * column once it is made, and nothing makes an object per row.
 */
import { RtlError } from "../protocol/errors.ts";

/** The typed array that holds each numeric dtype; a boolean is a byte of 0 or 1. */
export interface NumericArrays {
  "<f8": Float64Array;
  "<f4": Float32Array;
  "<i8": BigInt64Array;
  "<i4": Int32Array;
  "<i2": Int16Array;
  "|i1": Int8Array;
  "<u8": BigUint64Array;
  "<u4": Uint32Array;
  "<u2": Uint16Array;
  "|u1": Uint8Array;
  "|b1": Uint8Array;
}
export type NumericDtype = keyof NumericArrays;
/** `<U3` is text of at most 3 code points, `O` is text of any length, `|S4` at most 4 bytes. */
export type TextDtype = `<U${number}` | "O" | `|S${number}`;
export type Dtype = NumericDtype | TextDtype;
export type NumericArray = NumericArrays[NumericDtype];

interface ColumnBase {
  readonly name: string;
  /** Rows. */
  readonly length: number;
  /** Bit i (least significant first) is 1 when row i has a value; absent when every row has one. */
  readonly validity: Uint8Array | undefined;
}
export type NumericColumn = {
  readonly [D in NumericDtype]: ColumnBase & {
    readonly kind: "numeric";
    readonly dtype: D;
    readonly values: NumericArrays[D];
  };
}[NumericDtype];
/** Row i is the bytes from offsets[i] to offsets[i + 1]; UTF-8, or raw bytes when `|S`. */
export interface TextColumn extends ColumnBase {
  readonly kind: "text";
  readonly dtype: TextDtype;
  /** length + 1 rising positions in `bytes`; the first need not be 0. */
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}
export type Column = NumericColumn | TextColumn;
/** One value of a column: int64 and uint64 are bigint, a boolean column's are booleans. */
export type Value = number | bigint | boolean | string | null;

export const arrayOfDtype: {
  readonly [D in NumericDtype]: new (
    source: number | ArrayBufferLike,
    start?: number,
    length?: number,
  ) => NumericArrays[D];
} = {
  "<f8": Float64Array,
  "<f4": Float32Array,
  "<i8": BigInt64Array,
  "<i4": Int32Array,
  "<i2": Int16Array,
  "|i1": Int8Array,
  "<u8": BigUint64Array,
  "<u4": Uint32Array,
  "<u2": Uint16Array,
  "|u1": Uint8Array,
  "|b1": Uint8Array,
};

export const isNumericDtype = (text: string): text is NumericDtype =>
  Object.hasOwn(arrayOfDtype, text);
const isTextDtype = (text: string): text is TextDtype =>
  text === "O" || /^(<U|\|S)\d{1,9}$/.test(text);
export const isDtype = (text: string): text is Dtype => isNumericDtype(text) || isTextDtype(text);
export const isBytesDtype = (dtype: Dtype): dtype is `|S${number}` => dtype.startsWith("|S");
/** The number in `<U3` and `|S4`; Infinity for `O`. */
export const widthOf = (dtype: TextDtype): number =>
  dtype === "O" ? Infinity : Number(dtype.slice(2));

/** The dtype that a typed array has by itself; a Uint8Array is numbers, not booleans. */
export function dtypeOf(values: NumericArray): NumericDtype {
  for (const dtype of numericDtypes) if (values instanceof arrayOfDtype[dtype]) return dtype;
  throw new RtlError("RTL_TABLE_INVALID", "a column's values are not a typed array of numbers");
}
const numericDtypes = Object.keys(arrayOfDtype) as NumericDtype[];

/** A column over a typed array, which must not be changed afterwards. */
export function numericColumn(
  name: string,
  values: NumericArray,
  options: { dtype?: NumericDtype; validity?: Uint8Array | undefined } = {},
): NumericColumn {
  const dtype = options.dtype ?? dtypeOf(values);
  if (!(values instanceof arrayOfDtype[dtype])) {
    throw new RtlError(
      "RTL_TABLE_INVALID",
      `column "${name}" of dtype ${dtype} cannot hold a ${values.constructor.name}`,
    );
  }
  const { length } = values;
  const validity = checkedValidity(name, length, options.validity);
  // The check above ties values to dtype; the compiler cannot follow it through the lookup.
  return { kind: "numeric", name, dtype, length, values, validity } as NumericColumn;
}

/** A text column from JavaScript strings; null is a row without a value. */
export function textColumn(
  name: string,
  texts: readonly (string | null)[],
  dtype: TextDtype = "O",
): TextColumn {
  const encoding = isBytesDtype(dtype) ? "latin1" : "utf8";
  const offsets = new Int32Array(texts.length + 1);
  let total = 0;
  for (let i = 0; i < texts.length; i++) {
    total += Buffer.byteLength(texts[i] ?? "", encoding);
    offsets[i + 1] = checkedOffset(name, total);
  }
  const bytes = Buffer.alloc(total);
  let validity: Uint8Array | undefined;
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] ?? null;
    if (text === null) {
      validity ??= allValid(texts.length);
      clearBit(validity, i);
    } else bytes.write(text, offsets[i] ?? 0, encoding);
  }
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return { kind: "text", name, dtype, length: texts.length, offsets, bytes: plain, validity };
}

/** A text column over its bytes as they are. */
export function textColumnOfBytes(
  name: string,
  offsets: Int32Array,
  bytes: Uint8Array,
  options: { dtype?: TextDtype; validity?: Uint8Array | undefined } = {},
): TextColumn {
  const length = Math.max(0, offsets.length - 1);
  const validity = checkedValidity(name, length, options.validity);
  return { kind: "text", name, dtype: options.dtype ?? "O", length, offsets, bytes, validity };
}

export const isNull = (column: Column, row: number): boolean =>
  column.validity !== undefined && !bitAt(column.validity, row);

/** The text of a row; of a `|S` column one character for each byte. */
function textAt(column: TextColumn, row: number): string | null {
  if (isNull(column, row)) return null;
  const start = column.offsets[row] ?? 0;
  const length = (column.offsets[row + 1] ?? start) - start;
  const { buffer, byteOffset } = column.bytes;
  const encoding = isBytesDtype(column.dtype) ? "latin1" : "utf8";
  return Buffer.from(buffer, byteOffset + start, length).toString(encoding);
}

/** One value, for printing and comparing; a loop over a column reads `values` instead. */
export function valueAt(column: Column, row: number): Value {
  if (row < 0 || row >= column.length || isNull(column, row)) return null;
  if (column.kind === "text") return textAt(column, row);
  const value = column.values[row] ?? null;
  return column.dtype === "|b1" ? value !== 0 : value;
}

/** The same column under another name. */
export const renamed = (column: Column, name: string): Column => ({ ...column, name });

/** Rows [start, end) of a column, as views of its memory. */
export function sliceColumn(column: Column, start: number, end: number): Column {
  const validity = column.validity && sliceBits(column.validity, start, end - start);
  const base = { name: column.name, length: end - start, validity };
  if (column.kind === "text") {
    const offsets = column.offsets.subarray(start, end + 1);
    return { ...base, kind: "text", dtype: column.dtype, offsets, bytes: column.bytes };
  }
  return { ...column, ...base, values: column.values.subarray(start, end) } as NumericColumn;
}

export const bitAt = (bits: Uint8Array, index: number): boolean =>
  (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
export const setBit = (bits: Uint8Array, index: number): void => {
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
};
export const clearBit = (bits: Uint8Array, index: number): void => {
  bits[index >> 3] = (bits[index >> 3] ?? 0) & ~(1 << (index & 7));
};
/** A bitmap that says that every row has a value. */
export const allValid = (rows: number): Uint8Array => new Uint8Array((rows + 7) >> 3).fill(0xff);

/** Copies `count` bits that begin at bit `start`; a view when they begin at a whole byte. */
export function sliceBits(bits: Uint8Array, start: number, count: number): Uint8Array {
  const size = (count + 7) >> 3;
  const first = start >> 3;
  const shift = start & 7;
  if (shift === 0) return bits.subarray(first, first + size);
  const moved = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    moved[i] = ((bits[first + i] ?? 0) >> shift) | ((bits[first + i + 1] ?? 0) << (8 - shift));
  }
  return moved;
}

/** How many of the first `count` bits are 0: the rows without a value. */
export function countNulls(validity: Uint8Array | undefined, count: number): number {
  if (validity === undefined) return 0;
  let nulls = 0;
  const whole = count >> 3;
  for (let i = 0; i < whole; i++) {
    const byte = validity[i] ?? 0;
    if (byte !== 0xff) nulls += 8 - (bitsInByte[byte] ?? 0);
  }
  for (let i = whole << 3; i < count; i++) if (!bitAt(validity, i)) nulls++;
  return nulls;
}
const bitsInByte = Uint8Array.from({ length: 256 }, (_, byte) => {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
});

/** The rows that have a value in both: what an operation on two columns yields. */
export function bothValid(
  a: Uint8Array | undefined,
  b: Uint8Array | undefined,
): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const both = new Uint8Array(Math.min(a.length, b.length));
  for (let i = 0; i < both.length; i++) both[i] = (a[i] ?? 0) & (b[i] ?? 0);
  return both;
}

function checkedValidity(name: string, rows: number, validity: Uint8Array | undefined) {
  if (validity !== undefined && validity.length * 8 < rows) {
    const bytes = (rows + 7) >> 3;
    throw new RtlError(
      "RTL_TABLE_INVALID",
      `column "${name}" has ${rows} rows, but its null bitmap has ${validity.length} bytes ` +
        `instead of ${bytes}`,
    );
  }
  return validity;
}

/** Arrow's text offsets are 32 bits wide: one column of one table holds less than 2 GiB of text. */
export function checkedOffset(name: string, total: number): number {
  if (total <= 0x7fffffff) return total;
  throw new RtlError("RTL_TABLE_INVALID", `the text of column "${name}" exceeds 2 GiB`, {
    fix: "split the table into smaller chunks of rows",
  });
}
