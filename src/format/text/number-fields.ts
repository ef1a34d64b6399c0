/**
 * Columns of numbers written as text, one value at a time: what the writers of CSV and of JSON lines
 * share. It knows nothing of rows without a value, of delimiters or of lines.
 */
import type { NumericArray, NumericColumn } from "../../table/column.ts";
import {
  fixedText,
  NUMBER_BYTES_MAX,
  type TextSink,
  writeFloat,
  writeLong,
  writeWhole,
} from "./number-text.ts";

/** Writes one column's values. */
export interface FieldWriter {
  write(sink: TextSink, row: number): void;
}

/** How the numbers of text files are written. */
export interface NumberWriting {
  /** What stands for NaN and the infinities. */
  readonly words: { readonly nan: string; readonly positive: string; readonly negative: string };
  /** Floats with this many decimals instead of as many as are needed. */
  readonly decimals?: number | undefined;
}

/** A writer of a column of numbers or booleans. */
export function numberField(column: NumericColumn, writing: NumberWriting): FieldWriter {
  const { dtype, values } = column;
  if (dtype === "|b1") return new BoolField(values);
  if (dtype === "<f8") {
    return writing.decimals === undefined
      ? new FloatField(values, writing)
      : new FixedField(values, writing);
  }
  if (dtype === "<f4") {
    return writing.decimals === undefined
      ? new SmallFloatField(values, writing)
      : new FixedField(values, writing);
  }
  if (dtype === "<i8" || dtype === "<u8") return new LongField(column);
  return new WholeField(values);
}

class FloatField implements FieldWriter {
  readonly #values: Float64Array;
  readonly #writing: NumberWriting;

  constructor(values: Float64Array, writing: NumberWriting) {
    this.#values = values;
    this.#writing = writing;
  }

  write(sink: TextSink, row: number): void {
    const value = this.#values[row] as number;
    sink.room(NUMBER_BYTES_MAX);
    if (Number.isFinite(value)) writeFloat(sink, value);
    else sink.ascii(wordOf(value, this.#writing));
  }
}

/** The digits that tell a float32 from its neighbours are fewer than those of a float64. */
class SmallFloatField implements FieldWriter {
  readonly #values: Float32Array;
  readonly #writing: NumberWriting;

  constructor(values: Float32Array, writing: NumberWriting) {
    this.#values = values;
    this.#writing = writing;
  }

  write(sink: TextSink, row: number): void {
    const value = this.#values[row] as number;
    sink.room(NUMBER_BYTES_MAX);
    if (Number.isFinite(value)) writeFloat(sink, shortestFloat32(value));
    else sink.ascii(wordOf(value, this.#writing));
  }
}

/** The number of fewest digits that rounds to this float32. */
function shortestFloat32(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(9));
}

class FixedField implements FieldWriter {
  readonly #values: Float64Array | Float32Array;
  readonly #writing: NumberWriting;

  constructor(values: Float64Array | Float32Array, writing: NumberWriting) {
    this.#values = values;
    this.#writing = writing;
  }

  write(sink: TextSink, row: number): void {
    const value = this.#values[row] as number;
    const text = Number.isFinite(value)
      ? fixedText(value, this.#writing.decimals ?? 0)
      : wordOf(value, this.#writing);
    sink.room(text.length);
    sink.ascii(text);
  }
}

const wordOf = (value: number, { words }: NumberWriting): string =>
  Number.isNaN(value) ? words.nan : value < 0 ? words.negative : words.positive;

class LongField implements FieldWriter {
  readonly #halves: Int32Array;
  readonly #signed: boolean;

  constructor({ values, dtype }: NumericColumn) {
    this.#halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    this.#signed = dtype === "<i8";
  }

  write(sink: TextSink, row: number): void {
    sink.room(NUMBER_BYTES_MAX);
    const halves = this.#halves;
    writeLong(sink, halves[2 * row + 1] as number, halves[2 * row] as number, this.#signed);
  }
}

class WholeField implements FieldWriter {
  readonly #values: NumericArray;

  constructor(values: NumericArray) {
    this.#values = values;
  }

  write(sink: TextSink, row: number): void {
    sink.room(NUMBER_BYTES_MAX);
    writeWhole(sink, this.#values[row] as number);
  }
}

class BoolField implements FieldWriter {
  readonly #values: Uint8Array;

  constructor(values: Uint8Array) {
    this.#values = values;
  }

  write(sink: TextSink, row: number): void {
    sink.room(NUMBER_BYTES_MAX);
    sink.ascii(this.#values[row] === 0 ? "false" : "true");
  }
}
