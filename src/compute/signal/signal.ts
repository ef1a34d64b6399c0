/** Columns as signals: numbers at every row, since a transform or a filter spreads one hole over all. */
import { RtlError } from "../../protocol/errors.ts";
import { bitAt, type Column, countNulls } from "../../table/column.ts";
import { asNumbers, toFloat64 } from "../../table/floats.ts";

/**
 * The column as float64, which may be its own memory: do not write to it. RTL_TABLE_INVALID names the
 * first row without a value, with NaN, or with an infinite number.
 */
export function signalValues(column: Column, task: string): Float64Array {
  const numbers = asNumbers(column, task);
  const values = toFloat64(numbers);
  const { name, validity } = column;
  if (countNulls(validity, values.length) > 0) {
    const row = values.findIndex((_, index) => validity !== undefined && !bitAt(validity, index));
    throw holeError(task, name, row, "has no value");
  }
  const row = firstNotFinite(values);
  if (row >= 0) throw holeError(task, name, row, `is ${values[row]}`);
  return values;
}

/** The first row that is NaN or infinite, of those with a value; -1 when there is none. */
export function firstNotFinite(values: Float64Array, validity?: Uint8Array): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    // Only NaN and the infinities differ from themselves by something other than 0.
    if (value - value !== 0 && (validity === undefined || bitAt(validity, i))) return i;
  }
  return -1;
}

/** What a task says of a row that it cannot work with. */
export const holeError = (task: string, column: string, row: number, what: string): RtlError =>
  new RtlError("RTL_TABLE_INVALID", `${task}: column "${column}", row ${row} ${what}`, {
    fix: "drop or fill such rows first, or resample by time",
  });
