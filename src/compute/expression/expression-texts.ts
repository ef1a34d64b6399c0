/**
 * Operations on texts in expressions, as text of the loop. A text is a range of bytes with three
 * names; new texts are written to a scratch that lasts for the row.
 */

import type { Comparison } from "./expression-logic.ts";
import type { Code, LoopWriter } from "./expression-loop.ts";
import type { Write } from "./expression-numbers.ts";
import {
  beginsWith,
  containsBytes,
  countCodePoints,
  endOfCodePoints,
  endsWith,
  equalBytes,
  orderOfBytes,
  placeOfCodePoint,
  TextScratch,
} from "./text-bytes.ts";

/** The range of bytes as three values. */
export const rangeOf = ({ text }: Code): string => `${text}b, ${text}s, ${text}e`;

/** Text that is true or false. */
export function textComparison(writer: LoopWriter, sign: Comparison, a: Code, b: Code): string {
  const ranges = `${rangeOf(a)}, ${rangeOf(b)}`;
  if (sign !== "==" && sign !== "!=") {
    return `${writer.input("orderOfBytes", orderOfBytes)}(${ranges}) ${sign} 0`;
  }
  const equal = `${writer.input("equalBytes", equalBytes)}(${ranges})`;
  return sign === "==" ? equal : `!${equal}`;
}

const test =
  (name: string, holds: typeof equalBytes): Write =>
  (writer, inputs) => {
    const call = `${writer.input(name, holds)}(${inputs.map(rangeOf).join(", ")})`;
    const valid = writer.allOf(inputs);
    return { type: "bool", text: writer.declare(`${call} | 0`), valid, bound: 0 };
  };

/** A text of the row's scratch, written by these lines. */
function scratched(writer: LoopWriter, inputs: readonly Code[], lines: readonly string[]): Code {
  const scratch = writer.scratch(() => new TextScratch());
  writer.line(`${scratch}.begin();`);
  for (const line of lines) writer.line(`${scratch}.${line};`);
  const [bytes, start, end] = [`${scratch}.bytes`, `${scratch}.start`, `${scratch}.end`];
  return writer.slice(bytes, start, end, writer.allOf(inputs));
}

const cased =
  (upper: boolean): Write =>
  (writer, inputs) =>
    scratched(
      writer,
      inputs,
      inputs.map((code) => `addCased(${rangeOf(code)}, ${upper})`),
    );

const substring: Write = (writer, inputs) => {
  const [text, start, length] = inputs;
  if (text === undefined || start === undefined) throw new Error("substring has two inputs");
  const number = (code: Code) => (writer.exact ? `Number(${code.text})` : code.text);
  const placeOf = writer.input("placeOfCodePoint", placeOfCodePoint);
  const from = writer.declare(`${placeOf}(${rangeOf(text)}, ${number(start)})`);
  const valid = writer.allOf(inputs);
  if (length === undefined) return writer.slice(`${text.text}b`, from, `${text.text}e`, valid);
  const endOf = writer.input("endOfCodePoints", endOfCodePoints);
  const end = `${endOf}(${text.text}b, ${from}, ${text.text}e, ${number(length)})`;
  return writer.slice(`${text.text}b`, from, end, valid);
};

export const textOperations = {
  length: (writer, inputs) => {
    const count = writer.input("countCodePoints", countCodePoints);
    const call = `${count}(${inputs.map(rangeOf).join()})`;
    const text = writer.declare(writer.exact ? `BigInt(${call})` : call);
    return { type: "int", text, valid: writer.allOf(inputs), bound: 2 ** 31 };
  },
  lower: cased(false),
  upper: cased(true),
  contains: test("containsBytes", containsBytes),
  startsWith: test("beginsWith", beginsWith),
  endsWith: test("endsWith", endsWith),
  substring,
  concat: (writer, inputs) =>
    scratched(
      writer,
      inputs,
      inputs.map((code) => `add(${rangeOf(code)})`),
    ),
} satisfies Readonly<Record<string, Write>>;
