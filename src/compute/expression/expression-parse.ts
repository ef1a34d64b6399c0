/**
 * From the text of an expression to its tree, by operator precedence (a Pratt parser). It knows names
 * and numbers of arguments of functions, and nothing of columns; it never runs anything.
 */
import { didYouMean } from "../../protocol/nearest.ts";
import { expressionFault } from "./expression-fault.ts";
import {
  functionNamed,
  functionNames,
  functionRules,
  type OperationName,
} from "./expression-rules.ts";
import { type Token, tokensOf } from "./expression-tokens.ts";

/** `at` is where it stands in the text: the name, the number, the operator's sign. */
export type Tree =
  | { readonly kind: "literal"; readonly value: Literal; readonly at: number }
  | { readonly kind: "column"; readonly name: string; readonly at: number }
  | {
      readonly kind: "call";
      readonly operation: OperationName;
      readonly inputs: readonly Tree[];
      readonly at: number;
    };
/** A bigint is a whole number, a number is a float. */
export type Literal = number | bigint | boolean | string | null;

export interface Expression {
  readonly text: string;
  readonly root: Tree;
}

/** Bounds that keep a hostile text from using up the stack, and a program from being one expression. */
const DEPTH_MAX = 200;
const PARTS_MAX = 1_000;

const INT64_MAX = 2n ** 63n - 1n;

/** How strongly operators bind; what binds tighter has a higher number. */
const binding = {
  choice: 1,
  or: 2,
  and: 3,
  not: 4,
  comparison: 5,
  sum: 6,
  product: 7,
  sign: 8,
  power: 9,
};

const infixes: ReadonlyMap<string, readonly [OperationName, number]> = new Map([
  ["or", ["or", binding.or]],
  ["||", ["or", binding.or]],
  ["and", ["and", binding.and]],
  ["&&", ["and", binding.and]],
  ["==", ["==", binding.comparison]],
  ["!=", ["!=", binding.comparison]],
  ["<", ["<", binding.comparison]],
  ["<=", ["<=", binding.comparison]],
  [">", [">", binding.comparison]],
  [">=", [">=", binding.comparison]],
  ["+", ["+", binding.sum]],
  ["-", ["-", binding.sum]],
  ["*", ["*", binding.product]],
  ["/", ["/", binding.product]],
  ["%", ["%", binding.product]],
  ["**", ["**", binding.power]],
]);

/** Names that are no columns unless they stand in backquotes. */
export const keywords = ["and", "or", "not", "in", "true", "false", "null", "if"] as const;
const isKeyword = (name: string): boolean => (keywords as readonly string[]).includes(name);

/** The tree of an expression; RTL_PARAMS_INVALID with the place of the fault. */
export function parseExpression(text: string): Expression {
  return { text, root: new Parser(text).whole() };
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #parts = 0;
  /** The comparison just read: another one right behind it would compare its true or false. */
  #compared: Tree | undefined;
  /** 2^63 is a number only behind a minus. */
  readonly #tooLarge = new Set<Tree>();

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): Tree {
    if (this.#peek().kind === "end") throw this.#fault(this.#peek(), "the expression is empty");
    const root = this.#expression(0);
    const rest = this.#peek();
    if (rest.kind !== "end") throw this.#unexpected(rest, "an operator or the end");
    for (const { at } of this.#tooLarge) throw this.#beyond(at);
    return root;
  }

  /** What binds tighter than `limit`. */
  #expression(limit: number): Tree {
    if (++this.#depth > DEPTH_MAX) throw this.#fault(this.#peek(), "this is nested too deeply");
    let left = this.#operand();
    for (;;) {
      const token = this.#peek();
      const more = this.#infix(token, left, limit);
      if (more === undefined) break;
      left = more;
    }
    this.#depth--;
    return left;
  }

  /** The operation that begins with this token behind `left`; undefined where it is none of ours. */
  #infix(token: Token, left: Tree, limit: number): Tree | undefined {
    if (token.kind !== "sign" && token.kind !== "name") return undefined;
    if (token.text === "?" && binding.choice > limit) return this.#choice(left);
    const negated = token.text === "not" && this.#peek(1).text === "in";
    if (token.text === "in" || negated) {
      if (binding.comparison <= limit) return undefined;
      return this.#membership(left, negated);
    }
    const infix = infixes.get(token.text);
    if (infix === undefined || infix[1] <= limit) return undefined;
    const [operation, strength] = infix;
    if (strength === binding.comparison && this.#compared === left) {
      throw this.#fault(token, "comparisons do not chain: write a < b and b < c");
    }
    this.#next++;
    // A power is raised from the right, and its exponent may have a sign: 2 ** -1.
    const right = this.#expression(operation === "**" ? binding.sign - 1 : strength);
    const made = this.#call(operation, [left, right], token.at);
    if (strength === binding.comparison) this.#compared = made;
    return made;
  }

  #choice(condition: Tree): Tree {
    const { at } = this.#take();
    const whenTrue = this.#expression(0);
    this.#expect(":", "a ? b : c");
    const otherwise = this.#expression(0);
    return this.#call("if", [condition, whenTrue, otherwise], at);
  }

  /** `a in (1, 2)` is `a == 1 or a == 2`. */
  #membership(left: Tree, negated: boolean): Tree {
    const { at } = this.#take();
    if (negated) this.#take();
    this.#expect("(", "a in (1, 2)");
    const items = this.#list();
    const [first, ...others] = items.map((item) => this.#call("==", [left, item], item.at));
    if (first === undefined) throw this.#fault(this.#peek(-1), "the list has no values");
    const found = others.reduce((sofar, one) => this.#call("or", [sofar, one], at), first);
    this.#compared = negated ? this.#call("not", [found], at) : found;
    return this.#compared;
  }

  #operand(): Tree {
    const token = this.#take();
    const { kind, text, at } = token;
    if (kind === "number") return this.#number(token);
    if (kind === "text") return this.#part({ kind: "literal", value: text, at });
    if (kind === "quoted") return this.#part({ kind: "column", name: text, at });
    if (kind === "name") return this.#named(token);
    if (text === "(") {
      const inner = this.#expression(0);
      this.#expect(")", "(a + b)");
      this.#compared = undefined;
      return inner;
    }
    if (text === "-") return this.#negated(at);
    if (text === "+") return this.#call("plus", [this.#expression(binding.sign - 1)], at);
    if (text === "!") return this.#call("not", [this.#expression(binding.sign - 1)], at);
    throw this.#unexpected(token, "a value");
  }

  #negated(at: number): Tree {
    const operand = this.#expression(binding.sign - 1);
    if (operand.kind !== "literal" || typeof operand.value !== "bigint") {
      return this.#call("negate", [operand], at);
    }
    this.#tooLarge.delete(operand);
    return { kind: "literal", value: -operand.value, at };
  }

  #number({ text, at }: Token): Tree {
    if (!/^\d+$/.test(text)) {
      const value = Number(text);
      if (!Number.isFinite(value)) throw expressionFault(this.#text, at, "the number is too large");
      return this.#part({ kind: "literal", value, at });
    }
    const value = BigInt(text);
    if (value > INT64_MAX + 1n) throw this.#beyond(at);
    const literal = this.#part({ kind: "literal", value, at });
    if (value > INT64_MAX) this.#tooLarge.add(literal);
    return literal;
  }

  #named(token: Token): Tree {
    const { text, at } = token;
    if (this.#peek().text === "(" && this.#peek().kind === "sign") {
      if (text !== "not" && text !== "and" && text !== "or" && text !== "in")
        return this.#function(token);
    }
    if (text === "not") return this.#call("not", [this.#expression(binding.not - 1)], at);
    if (text === "true" || text === "false") {
      return this.#part({ kind: "literal", value: text === "true", at });
    }
    if (text === "null") return this.#part({ kind: "literal", value: null, at });
    if (isKeyword(text)) throw this.#unexpected(token, "a value");
    return this.#part({ kind: "column", name: text, at });
  }

  #function(token: Token): Tree {
    const operation = functionNamed(token.text);
    if (operation === undefined) {
      const near = didYouMean(token.text, functionNames);
      throw this.#fault(token, `there is no function "${token.text}"${near}`);
    }
    this.#take();
    const inputs = this.#list();
    const { least, most } = functionRules[operation];
    if (inputs.length < least || inputs.length > most) {
      throw this.#fault(token, `${operation} takes ${counted(least, most)}, not ${inputs.length}`);
    }
    return this.#call(operation, inputs, token.at);
  }

  /** The values up to the closing bracket; the opening one is taken already. */
  #list(): readonly Tree[] {
    const items: Tree[] = [];
    if (this.#peek().text === ")" && this.#peek().kind === "sign") {
      this.#take();
      return items;
    }
    for (;;) {
      items.push(this.#expression(0));
      const token = this.#take();
      if (token.kind === "sign" && token.text === ")") break;
      if (token.kind !== "sign" || token.text !== ",")
        throw this.#unexpected(token, "a comma or )");
    }
    return items;
  }

  #call(operation: OperationName, inputs: readonly Tree[], at: number): Tree {
    return this.#part({ kind: "call", operation, inputs, at });
  }

  #part<T extends Tree>(tree: T): T {
    if (++this.#parts > PARTS_MAX) {
      const message = `the expression has more than ${PARTS_MAX} parts: make it of several columns`;
      throw expressionFault(this.#text, tree.at, message);
    }
    return tree;
  }

  #peek(ahead = 0): Token {
    const place = Math.max(0, Math.min(this.#next + ahead, this.#tokens.length - 1));
    return this.#tokens[place] as Token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #expect(sign: string, form: string): void {
    const token = this.#take();
    if (token.kind !== "sign" || token.text !== sign) {
      throw this.#unexpected(token, `"${sign}", as in ${form}`);
    }
  }

  #unexpected(token: Token, wanted: string): Error {
    const lower = token.text.toLowerCase();
    if (token.kind === "name" && isKeyword(lower) && lower !== token.text) {
      return this.#fault(token, `write "${lower}" in small letters`);
    }
    const found = token.kind === "end" ? "the end" : shown(token);
    return this.#fault(token, `expected ${wanted}, found ${found}`);
  }

  #beyond(at: number): Error {
    const message = "the whole number is beyond int64: write it as a float, such as 1e19";
    return expressionFault(this.#text, at, message);
  }

  #fault({ at }: Token, message: string): Error {
    return expressionFault(this.#text, at, message);
  }
}

const shown = ({ kind, text }: Token): string =>
  kind === "text" ? `the text ${JSON.stringify(text)}` : `"${text}"`;

function counted(least: number, most: number): string {
  const values = (count: number) => `${count} value${count === 1 ? "" : "s"}`;
  if (least === most) return values(least);
  return most === Infinity ? `at least ${values(least)}` : `${least} to ${values(most)}`;
}
