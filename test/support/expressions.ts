/** Random expressions of each type, with the value that each must have in a row. */
import fc from "fast-check";
import {
  call,
  choose,
  coalesced,
  column,
  compareNumbers,
  connected,
  constant,
  floored,
  flooredWhole,
  halfEven,
  holds,
  inFloats,
  infix,
  type Numeric,
  negated,
  order,
  power,
  type Sample,
  slice,
  strict,
  timePart,
} from "./expression-samples.ts";

const literals: fc.Arbitrary<Sample> = fc.oneof(
  fc.bigInt(-9n, 9n).map((n) => constant(n < 0n ? `(${n})` : String(n), n)),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((n) => constant(n < 0n ? `(${n})` : String(n), n)),
);
const floatLiterals = fc
  .oneof(
    fc.constantFrom(0, 0.5, 1.5, 2.5, 1e300, 3),
    fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  )
  .map((x) => constant(Number.isInteger(x) && x < 1e21 ? `${x}.0` : String(x), x));
const words = fc.constantFrom("", "a", "Z", "é", "😀", "aZ", "it's", "\\", '"', "\n", "straße");
const quoted = (text: string) =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;

const depth = { maxDepth: 4, depthSize: "small" } as const;

/** Expressions of each type: whole numbers, floats, true or false, text. */
export const expressions = fc.letrec<{
  int: Sample;
  float: Sample;
  bool: Sample;
  text: Sample;
  number: Sample;
}>((tie) => {
  const [int, float, bool, text, number] = [
    tie("int"),
    tie("float"),
    tie("bool"),
    tie("text"),
    tie("number"),
  ];
  const two = <A extends (a: Sample, b: Sample) => Sample>(
    make: A,
    a: fc.Arbitrary<Sample>,
    b = a,
  ) => fc.tuple(a, b).map(([left, right]) => make(left, right));
  const one = (make: (a: Sample) => Sample, a: fc.Arbitrary<Sample>) =>
    a.map((input) => make(input));
  const choice = (of: fc.Arbitrary<Sample>) =>
    fc.tuple(bool, of, of).map(([condition, a, b]) => choose(condition, a, b));
  const maybe = (of: fc.Arbitrary<Sample>) =>
    fc.tuple(bool, of).map(([condition, a]) => choose(condition, a, constant("null", null)));
  const signs = fc.constantFrom("==", "!=", "<", "<=", ">", ">=");
  const floatNames = [
    "sqrt",
    "exp",
    "log",
    "sin",
    "atan",
    "floor",
    "ceil",
    "trunc",
    "abs",
    "sign",
  ] as const;
  return {
    number: fc.oneof(depth, int, float),
    int: fc.oneof(
      depth,
      fc.constantFrom("i", "j", "k", "h", "u" as const).map(column),
      literals,
      two(
        infix("+", (a: bigint, b: bigint) => a + b),
        int,
      ),
      two(
        infix("-", (a: bigint, b: bigint) => a - b),
        int,
      ),
      two(
        infix("*", (a: bigint, b: bigint) => a * b),
        int,
      ),
      two(infix("%", flooredWhole), int),
      one(
        negated((a: bigint) => -a),
        int,
      ),
      one(
        call("abs", (a: bigint) => (a < 0n ? -a : a)),
        int,
      ),
      one(
        call("sign", (a: bigint) => (a > 0n ? 1n : a < 0n ? -1n : 0n)),
        int,
      ),
      one(
        call("round", (a: bigint) => a),
        int,
      ),
      two(
        call("min", (a: bigint, b: bigint) => (a < b ? a : b)),
        int,
      ),
      two(
        call("max", (a: bigint, b: bigint) => (a > b ? a : b)),
        int,
      ),
      one(
        call("length", (a: string) => BigInt([...a].length)),
        text,
      ),
      fc
        .tuple(fc.constantFrom("year", "month", "day", "hour", "minute", "second" as const), number)
        .map(([name, time]) => timePart(name)(time)),
      choice(int),
      maybe(int),
      two(coalesced, int),
    ),
    float: fc.oneof(
      depth,
      fc.constantFrom("x", "y", "f" as const).map(column),
      floatLiterals,
      two(
        infix(
          "+",
          inFloats((a = 0, b = 0) => a + b),
        ),
        float,
        number,
      ),
      two(
        infix(
          "-",
          inFloats((a = 0, b = 0) => a - b),
        ),
        number,
        float,
      ),
      two(
        infix(
          "*",
          inFloats((a = 0, b = 0) => a * b),
        ),
        float,
        number,
      ),
      two(
        infix(
          "/",
          inFloats((a = 0, b = 0) => a / b),
        ),
        number,
      ),
      two(
        infix(
          "%",
          inFloats((a = 0, b = 0) => floored(a, b)),
        ),
        float,
      ),
      two(
        infix(
          "**",
          inFloats((a = 0, b = 0) => power(a, b)),
        ),
        number,
      ),
      two(call("min", inFloats(Math.min)), float, number),
      two(
        call(
          "atan2",
          inFloats((a = 0, b = 0) => Math.atan2(a, b)),
        ),
        number,
      ),
      fc.tuple(fc.constantFrom(...floatNames), float).map(([name, a]) =>
        call(
          name,
          inFloats((x = 0) => Math[name](x)),
        )(a),
      ),
      one(negated(inFloats((a = 0) => -a)), float),
      one(
        call(
          "round",
          inFloats((a = 0) => halfEven(a)),
        ),
        float,
      ),
      choice(float),
      maybe(float),
      two(coalesced, float),
    ),
    bool: fc.oneof(
      depth,
      fc.constantFrom("b", "c" as const).map(column),
      fc.boolean().map((value) => constant(String(value), value)),
      fc
        .tuple(signs, number, number)
        .map(([sign, a, b]) => infix(sign, compareNumbers(sign))(a, b)),
      fc
        .tuple(signs, text, text)
        .map(([sign, a, b]) =>
          infix(sign, (left: string, right: string) => holds(sign, order(left, right)))(a, b),
        ),
      two(connected("and"), bool),
      two(connected("or"), bool),
      one(
        (a) => ({ text: `(not ${a.text})`, value: strict((value: boolean) => !value, [a]) }),
        bool,
      ),
      one(
        (a) => ({ text: `isNull(${a.text})`, value: (row) => a.value(row) === null }),
        fc.oneof(number, text),
      ),
      one(
        call("isNaN", (a: Numeric) => Number.isNaN(a)),
        number,
      ),
      two(
        call("contains", (a: string, b: string) => a.includes(b)),
        text,
      ),
      two(
        call("startsWith", (a: string, b: string) => a.startsWith(b)),
        text,
      ),
      two(
        call("endsWith", (a: string, b: string) => a.endsWith(b)),
        text,
      ),
      choice(bool),
      two(coalesced, bool),
    ),
    text: fc.oneof(
      depth,
      fc.constantFrom("s", "t", "w" as const).map(column),
      words.map((word) => constant(quoted(word), word)),
      one(
        call("upper", (a: string) => a.toUpperCase()),
        text,
      ),
      one(
        call("lower", (a: string) => a.toLowerCase()),
        text,
      ),
      two(
        call("concat", (a: string, b: string) => a + b),
        text,
      ),
      two(call("substring", slice), text, int),
      fc.tuple(text, int, int).map(([a, b, c]) => call("substring", slice)(a, b, c)),
      choice(text),
      maybe(text),
      two(coalesced, text),
    ),
  };
});
