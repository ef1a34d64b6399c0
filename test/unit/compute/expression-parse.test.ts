import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExpression, type Tree } from "../../../src/compute/expression/expression-parse.ts";
import { EXPRESSION_LENGTH_MAX } from "../../../src/compute/expression/expression-tokens.ts";

/** The tree with a pair of brackets around each operation. */
function bracketed(tree: Tree): string {
  if (tree.kind === "literal") return String(tree.value);
  if (tree.kind === "column") return tree.name;
  return `(${[tree.operation, ...tree.inputs.map(bracketed)].join(" ")})`;
}
const parsed = (text: string): string => bracketed(parseExpression(text).root);

test("operators bind as in Python, and from the left but for powers", () => {
  const expected = {
    "a - b - c": "(- (- a b) c)",
    "a + b * c": "(+ a (* b c))",
    "a ** b ** c": "(** a (** b c))",
    "-a ** b": "(negate (** a b))",
    "a ** -b * c": "(* (** a (negate b)) c)",
    "-a * b": "(* (negate a) b)",
    "a % b / c": "(/ (% a b) c)",
    "a or b and not c == d": "(or a (and b (not (== c d))))",
    "!a == b": "(== (not a) b)",
    "not a and b": "(and (not a) b)",
    "a && b || c": "(or (and a b) c)",
    "a < b + 1 and c": "(and (< a (+ b 1)) c)",
    "a ? b : c ? d : e": "(if a b (if c d e))",
    "a or b ? c + 1 : d": "(if (or a b) (+ c 1) d)",
    "a in (1, 2) or b": "(or (or (== a 1) (== a 2)) b)",
    "a + 1 not in (b)": "(not (== (+ a 1) b))",
    "IS_NULL(a)": "(isNull a)",
    "`x y` + 2": "(+ x y 2)",
  };
  for (const [text, tree] of Object.entries(expected)) assert.equal(parsed(text), tree, text);
});

test("numbers are whole or floats as they are written, and texts keep their escapes", () => {
  const values = (...texts: string[]) =>
    texts.map((text) => {
      const { root } = parseExpression(text);
      return root.kind === "literal" ? root.value : undefined;
    });
  assert.deepEqual(values("7", "7.0", ".5", "7.", "1e3", "-9223372036854775808"), [
    7n,
    7,
    0.5,
    7,
    1000,
    -(2n ** 63n),
  ]);
  assert.deepEqual(values("'it\\'s'", '"a\\n\\\\"', "true", "null"), ["it's", "a\n\\", true, null]);
});

test("a fault is told with line, column and a caret below the text", () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ["", /^at 1:1: the expression is empty/],
    ["a +\n  * b", /^at 2:3: expected a value, found "\*"\n {4}\* b\n {4}\^$/],
    ["(a", /^at 1:3: expected "\)", as in \(a \+ b\), found the end/],
    ["a b", /^at 1:3: expected an operator or the end, found "b"/],
    ["a AND b", /^at 1:3: write "and" in small letters/],
    ["sqr(a)", /^at 1:1: there is no function "sqr", did you mean "sqrt"\?/],
    ["max(a)", /^at 1:1: max takes at least 2 values, not 1/],
    ["round(a, 1, 2)", /^at 1:1: round takes 1 to 2 values, not 3/],
    ["a = 1", /^at 1:3: "=" is no sign: write == to compare/],
    ["a & b", /^at 1:3: "&" is no sign: write and/],
    ["1 < a < 3", /^at 1:7: comparisons do not chain/],
    ["'abc", /^at 1:1: this text has no end/],
    ["`abc", /^at 1:1: this name has no end/],
    ["a \u{1f600}", /^at 1:3: "\u{1f600}" means nothing here/u],
    ["12abc", /^at 1:1: this is neither a number nor a name/],
    ["9223372036854775808", /^at 1:1: the whole number is beyond int64/],
    ["-9223372036854775808 ** 2", /^at 1:2: the whole number is beyond int64/],
    ["1e999", /^at 1:1: the number is too large/],
    ["a in ()", /the list has no values/],
    ["if(a, b)", /^at 1:1: if takes 3 values, not 2/],
  ];
  for (const [text, message] of faults) {
    assert.throws(() => parseExpression(text), { code: "RTL_PARAMS_INVALID", message }, text);
  }
});

test("the caret stands below the fault also in long and wide lines", () => {
  const text = `${"é + ".repeat(40)}sqr(a) + ${"b + ".repeat(40)}c`;
  assert.throws(
    () => parseExpression(text),
    (error: Error) => {
      const [, line = "", caret = ""] = error.message.split("\n");
      assert.ok(line.length < 100, line);
      assert.equal([...line][caret.indexOf("^")], "s");
      return true;
    },
  );
});

test("an expression cannot be too long, too deep or of too many parts", () => {
  const hostile = [
    "1".padStart(EXPRESSION_LENGTH_MAX + 1),
    "(".repeat(5_000),
    "-".repeat(9_000),
    "a ? ".repeat(2_000),
    "2 ** ".repeat(1_900),
    "abs(".repeat(2_400),
    Array.from({ length: 1_001 }, () => "a").join("+"),
    `a in (${Array.from({ length: 600 }, (_, n) => n).join()})`,
  ];
  for (const text of hostile) {
    assert.throws(() => parseExpression(text), { code: "RTL_PARAMS_INVALID" }, text.slice(0, 20));
  }
  assert.ok(parsed(Array.from({ length: 500 }, () => "a").join("+")).length > 500);
});
