/**
 * A table as rows that DuckDB can ask for: it is given vectors of 2048 rows, copied as bytes, and never
 * holds the whole table.
 */
import { isUtf8 } from "node:buffer";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBType } from "@duckdb/node-api";
import { RtlError } from "../../protocol/errors.ts";
import {
  type Column,
  countNulls,
  isBytesDtype,
  isNull,
  type NumericDtype,
  sliceBits,
  type TextColumn,
} from "../../table/column.ts";
import type { Table } from "../../table/table.ts";
import { type DuckDb, sqlName } from "./duckdb.ts";

const VECTOR_ROWS = 2_048;
/** Of a text in its vector; a longer one than 12 bytes is put elsewhere. */
const TEXT_BYTES = 16;
const INLINE_MAX = 12;

/**
 * Makes the table known to a connection. Returns the query that has its rows, in order.
 * RTL_TABLE_INVALID for names and texts that DuckDB would change.
 */
export function offerRows(duckDb: DuckDb, connection: DuckDBConnection, table: Table): string {
  checkNames(table.names);
  for (const column of table.columns) if (column.kind === "text") checkText(column);
  const { DuckDBTableFunction } = duckDb.api;
  const writers = table.columns.map((column) => vectorWriter(duckDb, column));
  const types = table.columns.map((column) => typeOf(duckDb, column));
  let row = 0;
  const rows = DuckDBTableFunction.create({
    name: "rtl_rows",
    bindFunction(info) {
      types.forEach((type, at) => {
        info.addResultColumn(`c${at}`, type);
      });
    },
    initFunction: () => undefined,
    mainFunction(_info, chunk: DuckDBDataChunk) {
      const count = Math.min(VECTOR_ROWS, table.rows - row);
      chunk.rowCount = count;
      if (count === 0) return;
      writers.forEach((write, at) => {
        write(duckDb.vectors.data_chunk_get_vector(chunk.chunk, at), row, count);
      });
      row += count;
    },
  });
  connection.registerTableFunction(rows);
  const names = table.names.map((name, at) => `c${at} AS ${sqlName(name)}`);
  return `SELECT ${names.join(", ")} FROM rtl_rows()`;
}

/** DuckDB tells names apart by more than the case of their letters, or else renames them. */
function checkNames(names: readonly string[]): void {
  const known = new Map<string, string>();
  for (const name of names) {
    if (name === "" || name.includes("\0")) {
      throw new RtlError("RTL_TABLE_INVALID", "a Parquet file needs a name for every column");
    }
    const folded = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const other = known.get(folded);
    if (other !== undefined) {
      const message = `columns "${other}" and "${name}" of a Parquet file differ in case only`;
      throw new RtlError("RTL_TABLE_INVALID", message, { fix: "rename one of them" });
    }
    known.set(folded, name);
  }
}

/** Parquet's text is UTF-8, every row of it. */
function checkText({ name, dtype, offsets, bytes, length }: TextColumn): void {
  if (isBytesDtype(dtype)) return;
  const [from, to] = [offsets[0] ?? 0, offsets[length] ?? 0];
  let isSound = isUtf8(bytes.subarray(from, to));
  for (let row = 1; isSound && row < length; row++) {
    // No row may begin inside of a letter.
    const start = offsets[row] as number;
    if (start < to && ((bytes[start] as number) & 0xc0) === 0x80) isSound = false;
  }
  if (isSound) return;
  throw new RtlError("RTL_TABLE_INVALID", `the text of column "${name}" is no UTF-8`, {
    fix: "read it with the right encoding, or as bytes",
  });
}

function typeOf({ api }: DuckDb, { dtype }: Column): DuckDBType {
  const types: Readonly<Record<NumericDtype, DuckDBType>> = {
    ...{ "|b1": api.BOOLEAN, "<f8": api.DOUBLE, "<f4": api.FLOAT },
    ...{ "<i8": api.BIGINT, "<i4": api.INTEGER, "<i2": api.SMALLINT, "|i1": api.TINYINT },
    ...{ "<u8": api.UBIGINT, "<u4": api.UINTEGER, "<u2": api.USMALLINT, "|u1": api.UTINYINT },
  };
  if (dtype in types) return types[dtype as NumericDtype];
  return dtype.startsWith("|S") ? api.BLOB : api.VARCHAR;
}

type Vector = ReturnType<DuckDb["vectors"]["data_chunk_get_vector"]>;
type VectorWriter = (vector: Vector, row: number, count: number) => void;

/** Writes rows of a column into a vector, by way of memory that no other thread shares. */
function vectorWriter({ vectors }: DuckDb, column: Column): VectorWriter {
  const hasNulls = countNulls(column.validity, column.length) > 0;
  const bits = new Uint8Array(VECTOR_ROWS / 8);
  const writeValidity = (vector: Vector, row: number, count: number) => {
    if (!hasNulls || column.validity === undefined) return;
    bits.fill(0).set(sliceBits(column.validity, row, count).subarray(0, (count + 7) >> 3));
    vectors.vector_ensure_validity_writable(vector);
    vectors.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.byteLength);
  };
  if (column.kind === "text") {
    const texts = new Uint8Array(VECTOR_ROWS * TEXT_BYTES);
    return (vector, row, count) => {
      const long = fillTexts(column, row, count, texts);
      vectors.copy_data_to_vector(vector, 0, texts.buffer, 0, count * TEXT_BYTES);
      for (const at of long) {
        const text = column.bytes.subarray(column.offsets[at], column.offsets[at + 1]);
        vectors.vector_assign_string_element_len(vector, at - row, text);
      }
      writeValidity(vector, row, count);
    };
  }
  const width = Number(column.dtype.slice(2));
  const { buffer, byteOffset } = column.values;
  const values = new Uint8Array(VECTOR_ROWS * width);
  return (vector, row, count) => {
    values.set(new Uint8Array(buffer, byteOffset + row * width, count * width));
    vectors.copy_data_to_vector(vector, 0, values.buffer, 0, count * width);
    writeValidity(vector, row, count);
  };
}

/** Puts short texts where they belong and returns the rows of long ones. */
function fillTexts(column: TextColumn, row: number, count: number, texts: Uint8Array): number[] {
  const { offsets, bytes } = column;
  const long: number[] = [];
  const lengths = new Uint32Array(texts.buffer);
  texts.fill(0);
  for (let i = 0; i < count; i++) {
    const from = offsets[row + i] as number;
    const length = (offsets[row + i + 1] as number) - from;
    if (length === 0 || isNull(column, row + i)) continue;
    if (length > INLINE_MAX) {
      long.push(row + i);
      continue;
    }
    lengths[4 * i] = length;
    for (let b = 0; b < length; b++) texts[TEXT_BYTES * i + 4 + b] = bytes[from + b] as number;
  }
  return long;
}
