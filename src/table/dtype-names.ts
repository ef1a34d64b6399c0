/** The names that people give dtypes: numpy's texts with or without byte order, and plain words. */
import { type Dtype, isDtype } from "./column.ts";

const words: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ["float64", "<f8"],
  ["double", "<f8"],
  ["float", "<f8"],
  ["float32", "<f4"],
  ["int64", "<i8"],
  ["int", "<i8"],
  ["integer", "<i8"],
  ["int32", "<i4"],
  ["int16", "<i2"],
  ["int8", "|i1"],
  ["uint64", "<u8"],
  ["uint32", "<u4"],
  ["uint16", "<u2"],
  ["uint8", "|u1"],
  ["bool", "|b1"],
  ["boolean", "|b1"],
  ["text", "O"],
  ["string", "O"],
  ["str", "O"],
  ["object", "O"],
]);

/** The dtype of this name, in any case: `int32`, `<i4`, `i4`, `text`, `<U5`; else undefined. */
export function dtypeNamed(name: string): Dtype | undefined {
  const word = words.get(name.toLowerCase());
  if (word !== undefined) return word;
  for (const text of [name, `<${name}`, `|${name}`]) if (isDtype(text)) return text;
  return undefined;
}

export const dtypeWords: readonly string[] = [...words.keys()];
