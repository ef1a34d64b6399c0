/**
 * Text to numbers and numbers to text. Numbers are read from their bytes where their form is usual,
 * and written in the fewest digits that give the same number back.
 */
import {
  type Column,
  isBytesDtype,
  isNull,
  type NumericColumn,
  type NumericDtype,
  numericColumn,
  type TextColumn,
  type TextDtype,
  textColumn,
  type Value,
  valueAt,
  widthOf,
} from "../../table/column.ts";
import { columnMemory } from "../../table/memory.ts";
import { type CastOptions, fitted, withoutRow, zeroOf } from "./cast-numbers.ts";

/**
 * The numbers that the texts are: decimal, blanks around them allowed, for floats also with an
 * exponent, nan, inf and infinity; for bool true, false, 1 and 0.
 */
export function numbersOfText(
  column: TextColumn,
  dtype: NumericDtype,
  options: CastOptions,
): NumericColumn {
  const out = columnMemory(dtype, column.length);
  const whole = !dtype.startsWith("<f") && !options.lossy;
  let { validity } = column;
  for (let row = 0; row < column.length; row++) {
    const missing = isNull(column, row);
    const number = missing ? undefined : numberAt(column, row, dtype, whole);
    const fitting = number === undefined ? undefined : fitted(number, dtype, options.lossy);
    out[row] = fitting ?? zeroOf(dtype);
    if (fitting !== undefined || missing) continue;
    options.misfit(row, valueAt(column, row));
    validity = withoutRow(validity, column, row);
  }
  return numericColumn(column.name, out, { dtype, validity });
}

const [SPACE, PLUS, MINUS, POINT, ZERO, NINE] = [32, 43, 45, 46, 48, 57];
const powersOfTen = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);

/** The number of a row; undefined when the text is none. `whole` wants no point and no exponent. */
function numberAt(
  column: TextColumn,
  row: number,
  dtype: NumericDtype,
  whole: boolean,
): number | bigint | undefined {
  const { bytes, offsets } = column;
  let at = offsets[row] ?? 0;
  let end = offsets[row + 1] ?? 0;
  while (at < end && bytes[at] === SPACE) at++;
  while (end > at && bytes[end - 1] === SPACE) end--;
  const sign = bytes[at] === MINUS ? -1 : 1;
  if (bytes[at] === MINUS || bytes[at] === PLUS) at++;
  let value = 0;
  let point = -1;
  let digits = 0;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= NINE) {
      value = value * 10 + byte - ZERO;
      digits++;
    } else if (byte === POINT && point < 0 && !whole) point = digits;
    else break;
  }
  // So few digits are exact in a float64, and dividing by a power of ten rounds once.
  if (at === end && digits > 0 && digits <= 15) {
    return (sign * value) / (powersOfTen[point < 0 ? 0 : digits - point] as number);
  }
  return unusualNumber(String(valueAt(column, row)).trim(), dtype, whole);
}

function unusualNumber(text: string, dtype: NumericDtype, whole: boolean) {
  if (/^[+-]?\d+$/.test(text) && !dtype.startsWith("<f")) {
    return text.length > 400 ? undefined : BigInt(text.replace("+", ""));
  }
  if (dtype === "|b1" && /^(true|false)$/i.test(text)) return text.length === 4 ? 1 : 0;
  if (whole) return undefined;
  const named = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (named?.[2]?.toLowerCase() === "nan") return Number.NaN;
  if (named !== null) return named[1] === "-" ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** The values as text of this dtype; a text that is too wide for it is cut, or does not fit. */
export function textOfColumn(column: Column, dtype: TextDtype, options: CastOptions): TextColumn {
  if (column.kind === "text" && dtype === "O" && !isBytesDtype(column.dtype)) {
    return { ...column, dtype };
  }
  const texts: (string | null)[] = [];
  for (let row = 0; row < column.length; row++) {
    const value = valueAt(column, row);
    const text = value === null ? null : textOfValue(value, column.dtype === "<f4");
    const fitting = text === null ? null : fittedText(text, dtype, options.lossy);
    if (fitting === undefined) options.misfit(row, value);
    texts.push(fitting ?? null);
  }
  return textColumn(column.name, texts, dtype);
}

function textOfValue(value: Exclude<Value, null>, single: boolean): string {
  return single && typeof value === "number" ? shortestSingle(value) : String(value);
}

/** The fewest digits that a float32 is told apart by; those of a float64 would say more than is known. */
function shortestSingle(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number.isFinite(value) ? Number(value.toPrecision(9)) : value);
}

/** The text as this dtype holds it; undefined when it does not. */
function fittedText(text: string, dtype: TextDtype, lossy: boolean): string | undefined {
  const width = widthOf(dtype);
  if (isBytesDtype(dtype) && /[^\0-\xff]/.test(text)) return undefined;
  if (text.length <= width) return text;
  const points = [...text];
  if (points.length <= width) return text;
  return lossy ? points.slice(0, width).join("") : undefined;
}
