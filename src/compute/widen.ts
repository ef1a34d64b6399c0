/**
 * One dtype for columns of several tables: the smallest that holds all their values as they are.
 * Whole numbers of 64 bits next to floats become float64 only where that changes none of them.
 */
import { RtlError } from "../protocol/errors.ts";
import {
  bitAt,
  type Column,
  type Dtype,
  isBytesDtype,
  isNumericDtype,
  type NumericColumn,
  type NumericDtype,
  numericColumn,
  widthOf,
} from "../table/column.ts";
import { forBlocks, kernel } from "../table/kernels.ts";
import { columnMemory } from "../table/memory.ts";

/** The dtype that holds the values of both; undefined when there is none. */
export function commonDtype(a: Dtype, b: Dtype): Dtype | undefined {
  if (a === b) return a;
  if (!isNumericDtype(a) && !isNumericDtype(b)) {
    if (isBytesDtype(a) !== isBytesDtype(b)) return undefined;
    return widthOf(a) >= widthOf(b) ? a : b;
  }
  if (!isNumericDtype(a) || !isNumericDtype(b) || a === "|b1" || b === "|b1") return undefined;
  return commonNumber(a, b);
}

function commonNumber(a: NumericDtype, b: NumericDtype): NumericDtype {
  const [kinds, sizes] = [new Set([a[1], b[1]]), { a: sizeOf(a), b: sizeOf(b) }];
  const size = Math.max(sizes.a, sizes.b);
  if (kinds.has("f")) {
    const whole = a[1] === "f" ? (b[1] === "f" ? 0 : sizes.b) : sizes.a;
    // float32 holds whole numbers of 16 bits, float64 those of 32.
    return size <= 4 && whole <= 2 ? "<f4" : "<f8";
  }
  if (kinds.size === 1) return sizes.a >= sizes.b ? a : b;
  // A signed dtype must be wider than the unsigned one, or as wide as there is.
  const unsigned = a[1] === "u" ? sizes.a : sizes.b;
  const signed = a[1] === "u" ? sizes.b : sizes.a;
  return signedOf(Math.min(8, Math.max(signed, 2 * unsigned)));
}

const sizeOf = (dtype: NumericDtype): number => Number(dtype.slice(2));
const signedOf = (size: number): NumericDtype =>
  size === 1 ? "|i1" : size === 2 ? "<i2" : size === 4 ? "<i4" : "<i8";

/**
 * The column as one of a common dtype. RTL_TABLE_INVALID, naming the row, where a 64-bit whole
 * number has no equal there.
 */
export function widened(column: Column, dtype: Dtype): Column {
  if (column.dtype === dtype) return column;
  if (column.kind === "text") {
    if (isNumericDtype(dtype)) throw new Error(`text is not widened to ${dtype}`);
    return { ...column, dtype };
  }
  if (!isNumericDtype(dtype)) throw new Error(`${column.dtype} is not widened to ${dtype}`);
  const { name, length, validity } = column;
  const values = columnMemory(dtype, length);
  const wrong = convert(column, dtype, values);
  if (wrong >= 0) {
    const value = String(column.values[wrong]);
    throw new RtlError(
      "RTL_TABLE_INVALID",
      `column "${name}", row ${wrong}: ${value} (${column.dtype}) has no equal in ${dtype}`,
      { fix: `give "${name}" the same dtype in all tables first` },
    );
  }
  return numericColumn(name, values, { dtype, validity });
}

/** Writes all values; the first row with a value that changes, or -1. */
function convert(
  column: NumericColumn,
  dtype: NumericDtype,
  values: NumericColumn["values"],
): number {
  const { length, validity } = column;
  const [from, to] = [isLong(column.dtype), isLong(dtype)];
  const value = to && !from ? "BigInt(from[i])" : from && !to ? "Number(from[i])" : "from[i]";
  // From a 64-bit dtype only, and only there may a value change.
  const changes = from ? (to ? "to[i] !== from[i]" : "BigInt(to[i]) !== from[i]") : "false";
  const run = kernel<
    (
      from: NumericColumn["values"],
      to: NumericColumn["values"],
      start: number,
      end: number,
    ) => number
  >(
    `widen ${column.dtype} ${dtype}`,
    ["from", "to", "start", "end"],
    `let wrong = -1;
    for (let i = end - 1; i >= start; i--) {
      to[i] = ${value};
      if (${changes}) wrong = i;
    }
    return wrong;`,
  );
  let first = -1;
  forBlocks(length, (start, end) => {
    const wrong = run(column.values, values, start, end);
    if (wrong >= 0 && first < 0) first = firstValid(column, values, wrong, end);
  });
  return first;

  /** A row without a value holds anything: only one with a value may not change. */
  function firstValid(
    { values: before }: NumericColumn,
    after: NumericColumn["values"],
    start: number,
    end: number,
  ): number {
    for (let row = start; row < end; row++) {
      if (validity !== undefined && !bitAt(validity, row)) continue;
      if (BigInt(after[row] ?? 0) !== BigInt(before[row] ?? 0)) return row;
    }
    return -1;
  }
}

const isLong = (dtype: NumericDtype): boolean => dtype === "<i8" || dtype === "<u8";

/** A dtype in words. */
export function dtypeError(name: string, a: Dtype, b: Dtype, wantedBy: string): RtlError {
  return new RtlError(
    "RTL_TABLE_INVALID",
    `${wantedBy}: column "${name}" is ${a} in one table and ${b} in another`,
    { fix: "cast one of them, so that both hold the same kind of value" },
  );
}
