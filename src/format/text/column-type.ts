/**
 * What a column of a text file can be read as: a dtype, or a point in time, which becomes an int64. The
 * words are those of numpy, and `text`.
 */
import { type Dtype, isNumericDtype } from "../../table/column.ts";
import { dtypeNamed } from "../../table/dtype-names.ts";
import type { ColumnBuilder } from "./column-builder.ts";
import { numberBuilder, TimestampBuilder } from "./number-builders.ts";
import { TextBuilder } from "./text-builder.ts";

export type ColumnType = Dtype | "timestamp";

/** The type that a word means; undefined when it means none. */
export function columnTypeOf(word: string): ColumnType | undefined {
  if (word === "timestamp") return word;
  return dtypeNamed(word);
}

export const COLUMN_TYPE_FIX =
  "give int64, float64, bool, text, timestamp, or a dtype such as int32, <f4 or <U10";

/** The dtype of a column that was read as this type. */
export const dtypeOfType = (type: ColumnType): Dtype => (type === "timestamp" ? "<i8" : type);

/** The builder for a type with room for `rows`. */
export function builderFor(type: ColumnType, rows: number): ColumnBuilder {
  if (type === "timestamp") return new TimestampBuilder(rows);
  return isNumericDtype(type) ? numberBuilder(type, rows) : new TextBuilder(rows, type);
}
