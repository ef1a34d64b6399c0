/**
 * Columns of what DuckDB gives: vectors of up to 2048 rows, copied as bytes into columns of ours. The
 * only objects are the vectors.
 */
import type { DuckDBDataChunk, DuckDBTypeId } from "@duckdb/node-api";
import {
  allValid,
  bitAt,
  type Column,
  clearBit,
  type NumericArray,
  type NumericDtype,
  numericColumn,
  type TextDtype,
} from "../../table/column.ts";
import { columnMemory } from "../../table/memory.ts";
import type { DuckDb } from "./duckdb.ts";
import { TextVectors } from "./duckdb-texts.ts";

/** How a column of DuckDB's becomes one of ours. */
export interface Reading {
  readonly dtype: NumericDtype | "text" | "bytes";
  /** What it is cast to before. */
  readonly cast?: "DOUBLE" | "VARCHAR";
}

/** How a type is read; undefined where it has no counterpart. */
export function readingOf({ api }: DuckDb, type: DuckDBTypeId): Reading | undefined {
  const name = api.DuckDBTypeId[type];
  return name === undefined ? undefined : readings[name];
}

/** Times and dates stay the whole numbers that they are, in DuckDB's units. */
const readings: Readonly<Record<string, Reading>> = {
  BOOLEAN: { dtype: "|b1" },
  ...{ TINYINT: { dtype: "|i1" }, SMALLINT: { dtype: "<i2" } },
  ...{ INTEGER: { dtype: "<i4" }, BIGINT: { dtype: "<i8" } },
  ...{ UTINYINT: { dtype: "|u1" }, USMALLINT: { dtype: "<u2" } },
  ...{ UINTEGER: { dtype: "<u4" }, UBIGINT: { dtype: "<u8" } },
  ...{ FLOAT: { dtype: "<f4" }, DOUBLE: { dtype: "<f8" } },
  ...{ DATE: { dtype: "<i4" }, TIME: { dtype: "<i8" }, TIME_NS: { dtype: "<i8" } },
  ...{ TIMESTAMP: { dtype: "<i8" }, TIMESTAMP_TZ: { dtype: "<i8" } },
  ...{ TIMESTAMP_S: { dtype: "<i8" }, TIMESTAMP_MS: { dtype: "<i8" } },
  TIMESTAMP_NS: { dtype: "<i8" },
  ...{ DECIMAL: { dtype: "<f8", cast: "DOUBLE" }, HUGEINT: { dtype: "<f8", cast: "DOUBLE" } },
  UHUGEINT: { dtype: "<f8", cast: "DOUBLE" },
  ...{ VARCHAR: { dtype: "text" }, BLOB: { dtype: "bytes" } },
  ...{ ENUM: { dtype: "text", cast: "VARCHAR" }, UUID: { dtype: "text", cast: "VARCHAR" } },
};

/** Values that memory is taken for before any of them was seen: a file may say what it likes. */
const VALUES_TRUSTED = 2 ** 25;

/** Collects one column, vector by vector. */
export class ColumnVectors {
  readonly #duckDb: DuckDb;
  readonly #name: string;
  readonly #texts: TextVectors | undefined;
  readonly #dtype: NumericDtype;
  readonly #width: number;
  #values: NumericArray;
  #validity: Uint8Array | undefined;
  #rows = 0;

  /** `rows` are expected in each of so many columns; more or fewer may come. */
  constructor(
    duckDb: DuckDb,
    name: string,
    dtype: Reading["dtype"],
    rows: number,
    columns: number,
  ) {
    const isText = dtype === "text" || dtype === "bytes";
    const trusted = Math.min(rows, Math.floor(VALUES_TRUSTED / columns));
    this.#duckDb = duckDb;
    this.#name = name;
    this.#texts = isText ? new TextVectors(duckDb, name, trusted) : undefined;
    this.#dtype = isText ? "|u1" : dtype;
    this.#width = Number(this.#dtype.slice(2));
    this.#values = columnMemory(this.#dtype, isText ? 0 : trusted);
  }

  /** Adds the rows of a chunk. */
  add(chunk: DuckDBDataChunk, column: number, count: number): void {
    const { vectors } = this.#duckDb;
    const vector = vectors.data_chunk_get_vector(chunk.chunk, column);
    const bits = vectors.vector_get_validity(vector, 8 * Math.ceil(count / 64)) ?? undefined;
    if (bits !== undefined) this.#addValidity(bits, count);
    if (this.#texts !== undefined) this.#texts.add(vector, bits, count);
    else {
      this.#makeRoom(this.#rows + count);
      const bytes = vectors.vector_get_data(vector, count * this.#width);
      const { buffer, byteOffset, byteLength } = this.#values;
      new Uint8Array(buffer, byteOffset, byteLength).set(bytes, this.#rows * this.#width);
    }
    this.#rows += count;
  }

  /** The column; of text with the dtype that it has, which may say how wide it is. */
  finish(textDtype: TextDtype): Column {
    const bits = this.#validity && withRoom(this.#validity, this.#rows);
    const validity = bits?.subarray(0, (this.#rows + 7) >> 3);
    if (this.#texts !== undefined) return this.#texts.finish(textDtype, validity);
    const values = this.#values.subarray(0, this.#rows);
    return numericColumn(this.#name, values, { dtype: this.#dtype, validity });
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#values.length) return;
    const larger = columnMemory(this.#dtype, Math.max(rows, 2 * this.#values.length));
    // Both are of one class.
    (larger as Float64Array).set(this.#values as Float64Array);
    this.#values = larger;
  }

  /** Rows are present until one is said not to be. */
  #addValidity(bits: Uint8Array, count: number): void {
    for (let i = 0; i < count; i++) {
      if ((i & 7) === 0 && bits[i >> 3] === 0xff) {
        i += 7;
        continue;
      }
      if (bitAt(bits, i)) continue;
      const row = this.#rows + i;
      this.#validity = withRoom(this.#validity, row + 1);
      clearBit(this.#validity, row);
    }
  }
}

/** Bits for so many rows at least; the new ones say that a row has a value. */
function withRoom(bits: Uint8Array | undefined, rows: number): Uint8Array {
  const known = bits?.length ?? 0;
  if (bits !== undefined && 8 * known >= rows) return bits;
  const larger = allValid(Math.max(rows, 16 * known));
  if (bits !== undefined) larger.set(bits);
  return larger;
}
