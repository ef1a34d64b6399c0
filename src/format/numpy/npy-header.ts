/**
 * The header of a .npy file: what array lies behind it, as columns of a table. It reads and writes
 * versions 1 to 3 of the format (numpy.lib.format); data are none of its business.
 */
import type { Dtype } from "../../table/column.ts";
import type { FieldLayout } from "../records.ts";
import { type Literal, type LiteralDict, parseLiteral, pythonString } from "./python-literal.ts";
import type { StridedField } from "./strided.ts";

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** Everything before the length of the header's text. */
const PREFIX_BYTES = 8;
/** numpy itself stops at ten thousand. */
const TEXT_BYTES_MAX = 1_048_576;
const COLUMNS_MAX = 65_536;
/** numpy begins the data at a multiple of this. */
const ALIGNMENT = 64;
/** Room that numpy leaves for the number of rows to grow. */
const ROWS_DIGITS = 21;

/** What a .npy file holds. */
export interface NpyArray {
  /** Bytes before the data. */
  readonly dataStart: number;
  readonly rows: number;
  /** Bytes of one row, over all columns. */
  readonly stride: number;
  readonly fields: readonly StridedField[];
  /** Bytes of one element of a matrix; of a list as many as of a row. */
  readonly elementBytes: number;
  /** Whether each column lies by itself (a matrix in Fortran order) rather than row behind row. */
  readonly byColumns: boolean;
  /** Whether it is a plain list: then its column has no name of its own. */
  readonly isList: boolean;
}

/**
 * The bytes that must be read before the header can be: of a file that begins with `start`, at least
 * 12 bytes where it has them. Throws an Error when it is no .npy file.
 */
export function npyHeaderBytes(start: Uint8Array): number {
  if (start.length < PREFIX_BYTES + 2 || MAGIC.some((byte, at) => start[at] !== byte)) {
    throw new Error("this is no .npy file");
  }
  const version = start[6] as number;
  if (version < 1 || version > 3) throw new Error(`version ${version} of .npy is unknown`);
  const isShort = version === 1;
  if (!isShort && start.length < PREFIX_BYTES + 4) throw new Error("it is cut short");
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const size = isShort ? view.getUint16(PREFIX_BYTES, true) : view.getUint32(PREFIX_BYTES, true);
  if (size > TEXT_BYTES_MAX) throw new Error(`its header of ${size} bytes is too long`);
  return PREFIX_BYTES + (isShort ? 2 : 4) + size;
}

/** What the header says, of bytes that hold it whole. Throws an Error that says what is wrong. */
export function parseNpyHeader(bytes: Uint8Array): NpyArray {
  const dataStart = npyHeaderBytes(bytes);
  if (dataStart > bytes.length) throw new Error("its header is cut short");
  const textStart = PREFIX_BYTES + ((bytes[6] as number) === 1 ? 2 : 4);
  const encoding = bytes[6] === 3 ? "utf8" : "latin1";
  const text = Buffer.from(bytes.subarray(textStart, dataStart)).toString(encoding);
  const header = headerOf(text);
  const descr = header.get("descr");
  const shape = header.get("shape");
  const isFortran = header.get("fortran_order");
  if (descr === undefined || typeof isFortran !== "boolean" || !isShape(shape)) {
    throw new Error("its header does not say descr, fortran_order and shape");
  }
  return arrayOf(descr, shape, isFortran, dataStart);
}

function headerOf(text: string): LiteralDict {
  let header: Literal;
  try {
    header = parseLiteral(text);
  } catch (error) {
    throw new Error(`its header is damaged: ${error instanceof Error ? error.message : error}`);
  }
  if (header instanceof Map) return header as LiteralDict;
  throw new Error("its header is no dict");
}

const isShape = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && Number(size) >= 0);

function arrayOf(
  descr: Literal,
  shape: readonly number[],
  isFortran: boolean,
  dataStart: number,
): NpyArray {
  // A single value is a list of one.
  const [rows = 1, width] = shape;
  if (shape.length > 2) {
    throw new Error(`it has ${shape.length} dimensions: reshape it to two, rows and columns`);
  }
  const layout = new RecordLayout();
  const isStructure = typeof descr !== "string";
  if (width === undefined) layout.add(isStructure ? "" : "0", descr);
  else {
    if (isStructure) throw new Error("it is a matrix of records: save it as a list of records");
    for (let column = 0; column < width; column++) layout.add(String(column), descr);
  }
  const { fields, stride } = layout;
  if (rows > 0 && stride === 0) throw new Error("its values take no bytes: there is nothing in it");
  if (!Number.isSafeInteger(rows * stride)) throw new Error("its shape is damaged");
  const elementBytes = stride / (width || 1);
  const byColumns = isFortran && width !== undefined && width > 1;
  const isList = width === undefined && !isStructure;
  return { dataStart, rows, stride, fields, elementBytes, byColumns, isList };
}

/** Puts the fields of a record one behind the other; those inside of fields are columns too. */
class RecordLayout {
  readonly fields: StridedField[] = [];
  stride = 0;

  add(name: string, descr: Literal): void {
    if (typeof descr === "string") return this.#scalar(name, descr);
    if (!Array.isArray(descr)) throw new Error(`the dtype of "${name}" cannot be read`);
    for (const entry of descr as readonly Literal[]) {
      if (!Array.isArray(entry)) throw new Error("its list of columns cannot be read");
      const [title, inner, shape] = entry as readonly Literal[];
      // A field may have a title besides its name: (title, name).
      const own = Array.isArray(title) ? (title as readonly Literal[])[1] : title;
      if (typeof own !== "string" || inner === undefined) {
        throw new Error("its list of columns cannot be read");
      }
      this.#field(name === "" ? own : `${name}.${own}`, inner, own === "", shape);
    }
  }

  #field(name: string, descr: Literal, isUnnamed: boolean, shape: Literal | undefined): void {
    const padding = isUnnamed && typeof descr === "string" && /^\|?V(\d{1,9})$/.exec(descr);
    if (padding) {
      this.stride += Number(padding[1]);
      return;
    }
    if (shape === undefined) {
      this.add(name, descr);
      return;
    }
    const sizes = typeof shape === "number" ? [shape] : shape;
    if (!isShape(sizes)) throw new Error(`the shape of "${name}" cannot be read`);
    for (const place of placesIn(sizes)) this.add(`${name}.${place}`, descr);
  }

  #scalar(name: string, descr: string): void {
    const [, order = "", kind = "", digits = ""] =
      /^([<>=|]?)([A-Za-z?])(\d{0,9})(?:\[\w+\])?$/.exec(descr) ?? [];
    const count = Number(digits);
    const isBigEndian = order === ">";
    const put = (part: string, dtype: Dtype, size: number, isTime = false) => {
      if (this.fields.length >= COLUMNS_MAX) throw new Error(`it has over ${COLUMNS_MAX} columns`);
      const own = { name: part, dtype, offset: this.stride, size, isBigEndian, isTime };
      this.fields.push(own);
      this.stride += size;
    };
    const number = numbers[`${kind}${digits}`];
    if (number !== undefined) put(name, number, count || 1);
    else if (kind === "c" && (count === 8 || count === 16)) {
      const half: Dtype = count === 8 ? "<f4" : "<f8";
      put(`${name}.real`, half, count / 2);
      put(`${name}.imag`, half, count / 2);
    } else if (kind === "U") put(name, `<U${count}`, 4 * count);
    else if (kind === "S" || kind === "a") put(name, `|S${count}`, count);
    else if ((kind === "M" || kind === "m") && count === 8) put(name, "<i8", 8, true);
    else throw new Error(unreadable(name, descr, kind));
  }
}

const numbers: Readonly<Record<string, Dtype>> = {
  ...{ f2: "<f4", f4: "<f4", f8: "<f8", b1: "|b1", "?": "|b1" },
  ...{ i1: "|i1", i2: "<i2", i4: "<i4", i8: "<i8" },
  ...{ u1: "|u1", u2: "<u2", u4: "<u4", u8: "<u8" },
};

function unreadable(name: string, descr: string, kind: string): string {
  const what = `column "${name}" has the dtype ${descr}`;
  if (kind !== "O") return `${what}, which has no counterpart: convert it before it is saved`;
  return `${what}: Python objects are programs, which are not run; save numbers or text`;
}

/** The places in an array of this shape, in C order: 0.0, 0.1, … */
function placesIn(shape: readonly number[]): string[] {
  let places = [""];
  for (const size of shape) {
    if (places.length * size > COLUMNS_MAX) throw new Error(`it has over ${COLUMNS_MAX} columns`);
    places = places.flatMap((place) =>
      Array.from({ length: size }, (_, at) => (place === "" ? String(at) : `${place}.${at}`)),
    );
  }
  return places;
}

/** The header that np.save() writes for these fields: of a list where `isList`, else of records. */
export function formatNpyHeader(
  fields: readonly FieldLayout[],
  rows: number,
  isList: boolean,
): Uint8Array {
  const descr = isList
    ? pythonString(fields[0]?.dtype ?? "")
    : `[${fields.map(({ name, dtype }) => `(${pythonString(name)}, '${dtype}')`).join(", ")}]`;
  const room = " ".repeat(Math.max(0, ROWS_DIGITS - String(rows).length));
  const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': (${rows},), }${room}`;
  const isLatin = !/[^\0-\xff]/.test(text);
  const bytes = Buffer.from(text, isLatin ? "latin1" : "utf8");
  const padded = (prefix: number) => {
    const size = bytes.length + 1;
    return size + ALIGNMENT - ((prefix + size) % ALIGNMENT);
  };
  const isShort = isLatin && padded(PREFIX_BYTES + 2) <= 0xffff;
  const prefix = PREFIX_BYTES + (isShort ? 2 : 4);
  const size = padded(prefix);
  const header = Buffer.alloc(prefix + size, " ");
  header.set(MAGIC);
  header.writeUInt8(isShort ? 1 : isLatin ? 2 : 3, 6);
  header.writeUInt8(0, 7);
  if (isShort) header.writeUInt16LE(size, PREFIX_BYTES);
  else header.writeUInt32LE(size, PREFIX_BYTES);
  header.set(bytes, prefix);
  header.writeUInt8(10, header.length - 1);
  return new Uint8Array(header.buffer, header.byteOffset, header.byteLength);
}
