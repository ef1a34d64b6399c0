/**
 * Columns out of records of equal size, and records out of columns: one place that moves bytes, for
 * packed records, for numpy's structures and for matrices, which are records of numbered fields.
 */
import {
  allValid,
  arrayOfDtype,
  type Column,
  clearBit,
  type Dtype,
  isNumericDtype,
  type NumericArray,
  type NumericDtype,
  numericColumn,
  widthOf,
} from "../../table/column.ts";
import { forBlocks, kernel } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import { decodeFixedText, encodeFixedText } from "./fixed-text.ts";

/** One field of a record. */
export interface StridedField {
  readonly name: string;
  /** Of the column; a field of half precision makes `<f4`. */
  readonly dtype: Dtype;
  /** Where it begins in its record, and how many bytes it takes there. */
  readonly offset: number;
  readonly size: number;
  readonly isBigEndian?: boolean;
  /** numpy's times: the smallest int64 is no time. */
  readonly isTime?: boolean;
}

/** The columns of `rows` records; the caller has checked that the bytes are there. */
export function decodeStrided(
  bytes: Uint8Array,
  rows: number,
  stride: number,
  fields: readonly StridedField[],
): Column[] {
  return fields.map((field) => {
    const { name, dtype, offset, size, isBigEndian = false } = field;
    if (!isNumericDtype(dtype)) {
      const place = { stride, offset, width: widthOf(dtype) };
      return decodeFixedText(name, dtype, bytes, rows, place, isBigEndian);
    }
    const isHalf = dtype === "<f4" && size === 2;
    const stored = isHalf ? "<u2" : dtype;
    const values = numbersAt(bytes, rows, stride, offset, stored, isBigEndian);
    if (isHalf) return numericColumn(name, fromHalves(values as Uint16Array));
    const validity = field.isTime ? timesPresent(values as BigInt64Array) : undefined;
    return numericColumn(name, values, { dtype, validity });
  });
}

/** One field of every record, in this machine's order of bytes: a view where it lies like that. */
function numbersAt(
  bytes: Uint8Array,
  rows: number,
  stride: number,
  offset: number,
  dtype: NumericDtype,
  isBigEndian: boolean,
): NumericArray {
  if (rows === 0) return new arrayOfDtype[dtype](0);
  const size = Number(dtype.slice(2));
  const isSwapped = isBigEndian && size > 1;
  const isContiguous = stride === size && (bytes.byteOffset + offset) % size === 0;
  if (isContiguous && !isSwapped && dtype !== "|b1") {
    return new arrayOfDtype[dtype](bytes.buffer, bytes.byteOffset + offset, rows);
  }
  const values = columnMemory(dtype, rows);
  move(lanes(bytes, offset, stride, size), lanes(asBytes(values), 0, size, size), rows);
  if (isSwapped) swap(asBytes(values), size);
  // Any byte but 0 is true for numpy, but a boolean of ours is 0 or 1.
  if (dtype === "|b1") for (let i = 0; i < rows; i++) values[i] = values[i] === 0 ? 0 : 1;
  return values;
}

/** Writes a column into its field of zeroed records; -1, or the first row that cannot be held. */
export function encodeStrided(
  column: Column,
  target: Uint8Array,
  stride: number,
  { offset, size, dtype }: StridedField,
): number {
  if (column.kind === "text") {
    const width = isNumericDtype(dtype) ? 0 : widthOf(dtype);
    return encodeFixedText(column, target, { stride, offset, width });
  }
  const from = lanes(asBytes(column.values), 0, size, size);
  move(from, lanes(target, offset, stride, size), column.length);
  return -1;
}

type Words = Uint8Array | Uint16Array | Int32Array;

/** Fields as runs of the widest words that all of them are aligned to. */
interface Lanes {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly stride: number;
  readonly size: number;
  /** Bytes of a word. */
  readonly word: 1 | 2 | 4;
}

function lanes(bytes: Uint8Array, offset: number, stride: number, size: number): Lanes {
  const aligned = (word: number) =>
    (bytes.byteOffset + offset) % word === 0 && stride % word === 0 && size % word === 0;
  const word = aligned(4) ? 4 : aligned(2) ? 2 : 1;
  return { bytes, offset, stride, size, word };
}

function move(from: Lanes, to: Lanes, rows: number): void {
  if (rows === 0) return;
  const word = Math.min(from.word, to.word) as 1 | 2 | 4;
  const words = from.size / word;
  const each = Array.from({ length: words }, (_, lane) => `to[t + ${lane}] = from[f + ${lane}];`);
  const run = kernel<MoveKernel>(
    `move ${word}`,
    ["from", "step", "to", "toStep", "start", "end"],
    `for (let i = start, f = start * step, t = start * toStep; i < end; i++, f += step, t += toStep) {
      ${each.join(" ")}
    }`,
  );
  const [source, target] = [asWords(from, word), asWords(to, word)];
  const [step, toStep] = [from.stride / word, to.stride / word];
  forBlocks(rows, (start, end) => run(source, step, target, toStep, start, end));
}
type MoveKernel = (
  from: Words,
  step: number,
  to: Words,
  toStep: number,
  start: number,
  end: number,
) => void;

/** The words from the first field on. */
function asWords({ bytes, offset }: Lanes, word: 1 | 2 | 4): Words {
  const { buffer, byteOffset, byteLength } = bytes;
  const count = Math.floor((byteLength - offset) / word);
  if (word === 4) return new Int32Array(buffer, byteOffset + offset, count);
  return word === 2
    ? new Uint16Array(buffer, byteOffset + offset, count)
    : new Uint8Array(buffer, byteOffset + offset, count);
}

const asBytes = ({ buffer, byteOffset, byteLength }: NumericArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function swap({ buffer, byteOffset, byteLength }: Uint8Array, size: number): void {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (size === 8) bytes.swap64();
  else if (size === 4) bytes.swap32();
  else bytes.swap16();
}

/** Validity of times, where one is missing. */
function timesPresent(values: BigInt64Array): Uint8Array | undefined {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  let validity: Uint8Array | undefined;
  for (let row = 0; row < values.length; row++) {
    if (halves[2 * row + 1] !== -0x80000000 || halves[2 * row] !== 0) continue;
    validity ??= allValid(values.length);
    clearBit(validity, row);
  }
  return validity;
}

let singles: Float32Array | undefined;

/** Numbers of half precision, which no array holds: there are only 65,536 of them. */
function fromHalves(halves: Uint16Array): Float32Array {
  singles ??= Float32Array.from({ length: 65_536 }, (_, half) => singleOf(half));
  const values = columnMemory("<f4", halves.length);
  for (let i = 0; i < values.length; i++) values[i] = singles[halves[i] as number] as number;
  return values;
}

function singleOf(half: number): number {
  const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
