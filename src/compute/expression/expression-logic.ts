/**
 * Comparisons, choices and questions for values of expressions, as text of the loop. A value that is
 * missing is neither true nor false: `and` and `or` know an answer where the other side decides.
 */
import { always, type Code, type LoopWriter, type Valid } from "./expression-loop.ts";
import { first, second, type Write } from "./expression-numbers.ts";
import { textComparison } from "./expression-texts.ts";

const truth = (writer: LoopWriter, text: string, valid: Valid): Code => ({
  type: "bool",
  text: writer.declare(text),
  valid,
  bound: 0,
});

/** A JavaScript boolean as 1 or 0 without a branch, which random data would mispredict. */
const asNumber = (holds: string): string => `(${holds}) | 0`;

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

const comparison =
  (sign: Comparison): Write =>
  (writer, inputs) => {
    const [a, b] = inputs.map((code) => (code.type === "int" ? writer.whole(code) : code));
    const [left, right] = [a ?? first(inputs), b ?? second(inputs)];
    const valid = writer.allOf(inputs);
    const holds =
      left.type === "text"
        ? textComparison(writer, sign, left, right)
        : // Bigints and floats compare exactly with each other.
          `${left.text} ${sign} ${right.text}`;
    return truth(writer, asNumber(holds), valid);
  };

/** `decides` is the value of one side that makes the other side's not matter. */
const connective =
  (sign: "&" | "|", decides: 0 | 1): Write =>
  (writer, inputs) => {
    const [a, b] = [first(inputs), second(inputs)];
    const text = `${a.text} ${sign} ${b.text}`;
    if (isAlways(a.valid) && isAlways(b.valid)) return truth(writer, text, always);
    const [hasA, hasB] = [writer.validText(a.valid), writer.validText(b.valid)];
    const decided = ({ text: side }: Code) => (decides === 1 ? side : `(${side} ^ 1)`);
    const valid = `(${hasA} & ${hasB}) | (${hasA} & ${decided(a)}) | (${hasB} & ${decided(b)})`;
    return truth(writer, text, writer.declare(valid));
  };

const isAlways = (valid: Valid): boolean => typeof valid !== "string" && valid.size === 0;

/** One of two values of the same type, by a text that is 1 or 0; without a branch where it can. */
function chosen(writer: LoopWriter, condition: string, a: Code, b: Code): Code {
  const pickBit = (left: string, right: string) =>
    `(${condition} & ${left}) | ((${condition} ^ 1) & ${right})`;
  const pick = (left: string, right: string) => `${condition} === 1 ? ${left} : ${right}`;
  const valid =
    isAlways(a.valid) && isAlways(b.valid)
      ? always
      : writer.declare(pickBit(writer.validText(a.valid), writer.validText(b.valid)));
  const { type } = a;
  if (type === "text") {
    const part = (end: "b" | "s" | "e") => pick(a.text + end, b.text + end);
    return writer.slice(part("b"), part("s"), part("e"), valid);
  }
  const bound = Math.max(a.bound, b.bound);
  if (type === "bool") return { type, text: writer.declare(pickBit(a.text, b.text)), valid, bound };
  if (writer.exact && type === "int") {
    return { type, text: writer.declare(pick(a.text, b.text)), valid, bound };
  }
  // Two stores and a load take less time than a branch that goes either way.
  const pair = writer.input("pair", new Float64Array(2));
  writer.line(`${pair}[0] = ${b.text}; ${pair}[1] = ${a.text};`);
  return { type, text: writer.declare(`${pair}[${condition}]`), valid, bound };
}

const choice: Write = (writer, [condition, whenTrue, otherwise]) => {
  if (condition === undefined || whenTrue === undefined || otherwise === undefined) {
    throw new Error("if has three inputs");
  }
  const has = writer.validText(condition.valid);
  const holds = has === "1" ? condition.text : writer.declare(`${condition.text} & ${has}`);
  return chosen(writer, holds, whenTrue, otherwise);
};

const coalesce: Write = (writer, inputs) => {
  const [last, ...others] = inputs.toReversed();
  if (last === undefined) throw new Error("coalesce has an input");
  return others.reduce((rest, code) => {
    if (isAlways(code.valid)) return code;
    return chosen(writer, writer.validText(code.valid), code, rest);
  }, last);
};

export const logicOperations = {
  "==": comparison("=="),
  "!=": comparison("!="),
  "<": comparison("<"),
  "<=": comparison("<="),
  ">": comparison(">"),
  ">=": comparison(">="),
  and: connective("&", 0),
  or: connective("|", 1),
  not: (writer, inputs) => truth(writer, `${first(inputs).text} ^ 1`, first(inputs).valid),
  if: choice,
  coalesce,
  isNull: (writer, inputs) => truth(writer, `${writer.validText(first(inputs).valid)} ^ 1`, always),
  isNaN: (writer, inputs) => {
    const { type, text, valid } = first(inputs);
    return truth(writer, type === "float" ? asNumber(`${text} !== ${text}`) : "0", valid);
  },
} satisfies Readonly<Record<string, Write>>;
