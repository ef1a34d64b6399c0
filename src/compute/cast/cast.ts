/**
 * A column in another dtype. A value that the new dtype cannot hold is never changed in silence: the
 * caller is told its row, and decides whether that is an error or a row without a value.
 */
import { type Column, type Dtype, isNumericDtype } from "../../table/column.ts";
import { type CastOptions, castNumbers } from "./cast-numbers.ts";
import { numbersOfText, textOfColumn } from "./cast-text.ts";

export type { CastOptions } from "./cast-numbers.ts";

/** The column with this dtype; itself when it has it already. */
export function castColumn(column: Column, dtype: Dtype, options: CastOptions): Column {
  if (column.dtype === dtype) return column;
  if (!isNumericDtype(dtype)) return textOfColumn(column, dtype, options);
  if (column.kind === "text") return numbersOfText(column, dtype, options);
  return castNumbers(column, dtype, options);
}
