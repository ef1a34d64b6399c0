/**
 * A column made value by value out of the bytes of a text file. Loops that are generated for a file's
 * columns write to the arrays of a builder directly; what is unusual goes through `parse`. A builder
 * never looks beyond the bytes it is given.
 */
import { allValid, type Column, clearBit, setBit } from "../../table/column.ts";

/** What is wrong with a field; empty when something else than its end follows it. */
export class FieldFault extends Error {
  /** The type that the value would fit. */
  readonly fits: "float64" | "text" | undefined;

  constructor(message: string, fits?: "float64" | "text") {
    super(message);
    this.fits = fits;
  }
}

/** Collects the values of one column. */
export abstract class ColumnBuilder {
  /** Rows that there is room for. */
  capacity: number;
  /** Whether a row without a value may be made of quotes with nothing in them. */
  readonly isText: boolean = false;
  #validity: Uint8Array | undefined;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Room for this many rows; arrays may be others afterwards. */
  grow(capacity: number): void {
    this.enlarge(capacity);
    if (this.#validity !== undefined) {
      const larger = allValid(capacity);
      larger.set(this.#validity);
      this.#validity = larger;
    }
    this.capacity = capacity;
  }

  /** The value of a row from bytes [start, end); a FieldFault when they are none. */
  abstract parse(bytes: Uint8Array, start: number, end: number, row: number): void;

  /** A row without a value. */
  clear(row: number): void {
    this.#validity ??= allValid(this.capacity);
    clearBit(this.#validity, row);
  }

  /** Forgets a row that will be read once more. */
  forget(row: number): void {
    if (this.#validity !== undefined) setBit(this.#validity, row);
  }

  finish(name: string, rows: number): Column {
    const validity = this.#validity?.subarray(0, (rows + 7) >> 3);
    return this.column(name, rows, validity);
  }

  protected abstract enlarge(capacity: number): void;
  protected abstract column(name: string, rows: number, validity: Uint8Array | undefined): Column;
}

/** The larger array, with what the old one holds. */
export function grown<A extends { set(from: A): void }>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}

/** A value as a message shows it. */
export const cutText = (text: string): string =>
  text.length > 40 ? `${text.slice(0, 39)}…` : text;
