/**
 * One dtype for columns of several tables: the smallest that holds all their values as they are.
 * Whole numbers of 64 bits next to floats become float64 only where that changes none of them.
 */
import { RtlError } from "../../protocol/errors.ts";
import {
  bitAt,
  type Column,
  type Dtype,
  isBytesDtype,
  isNumericDtype,
  type NumericArray,
  type NumericColumn,
  type NumericDtype,
  numericColumn,
  widthOf,
} from "../../table/column.ts";
import { floatReader } from "../../table/floats.ts";
import { forBlocks, kernel } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";

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
  if (!isLong(column.dtype) || isLong(dtype)) copyAs(column, dtype, values);
  else {
    const reader = floatReader(column);
    forBlocks(length, (start, end) => {
      (values as Float64Array).set(reader.read(start, end), start);
      if (!reader.exact()) refuseChanged(column, dtype, values, start, end);
    });
  }
  if (isLong(column.dtype) && isLong(dtype)) refuseChanged(column, dtype, values, 0, length);
  return numericColumn(name, values, { dtype, validity });
}

function copyAs(column: NumericColumn, dtype: NumericDtype, values: NumericArray): void {
  const value = isLong(dtype) && !isLong(column.dtype) ? "BigInt(from[i])" : "from[i]";
  const copy = kernel<(from: NumericArray, to: NumericArray, start: number, end: number) => void>(
    `widen ${column.dtype} ${dtype}`,
    ["from", "to", "start", "end"],
    `for (let i = start; i < end; i++) to[i] = ${value};`,
  );
  forBlocks(column.length, (start, end) => copy(column.values, values, start, end));
}

/** Fails at the first row whose value has become another one; those without a value hold anything. */
function refuseChanged(
  { name, dtype: before, values: from, validity }: NumericColumn,
  dtype: NumericDtype,
  values: NumericArray,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) {
    if (BigInt(values[row] ?? 0) === BigInt(from[row] ?? 0)) continue;
    if (validity !== undefined && !bitAt(validity, row)) continue;
    throw new RtlError(
      "RTL_TABLE_INVALID",
      `column "${name}", row ${row}: ${from[row]} (${before}) has no equal in ${dtype}`,
      { fix: `give "${name}" the same dtype in all tables first` },
    );
  }
}

const isLong = (dtype: NumericDtype): boolean => dtype === "<i8" || dtype === "<u8";

/** Columns of one name that have no dtype in common. */
export const dtypeError = (name: string, a: Dtype, b: Dtype, wantedBy: string): RtlError =>
  new RtlError(
    "RTL_TABLE_INVALID",
    `${wantedBy}: column "${name}" is ${a} in one table and ${b} in another`,
    { fix: "make them hold the same kind of value first" },
  );
