/**
 * Cuts the text of an expression into tokens: numbers, texts, names and signs. It knows no grammar,
 * and whatever it does not know it refuses with its place.
 */
import { expressionFault } from "./expression-fault.ts";

export interface Token {
  /** `quoted` is a name in backquotes: always a column, whatever the name. */
  readonly kind: "number" | "text" | "name" | "quoted" | "sign" | "end";
  /** The name, the text it stands for, the sign, or the number as written. */
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
}

/** Longer expressions are programs, which belong into tasks. */
export const EXPRESSION_LENGTH_MAX = 10_000;

/** Longest first, so that `<=` is not taken for `<`. */
const signs = ["**", "==", "!=", "<=", ">=", "&&", "||", ..."+-*/%<>!?:(),"];

/** Signs of other languages, with what they are here. */
const foreign: readonly (readonly [string, string])[] = [
  ["===", "write == to compare"],
  ["!==", "write != to compare"],
  ["<>", "write != to compare"],
  ["//", "write floor(a / b)"],
  ["=", "write == to compare"],
  ["&", "write and"],
  ["|", "write or"],
  ["^", "write ** for a power"],
  ["~", "write not"],
  [";", "one expression gives one column"],
];

const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[\p{L}_$][\p{L}\p{M}\p{N}_$]*/uy;
const escapes: ReadonlyMap<string, string> = new Map([
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
]);

/** The tokens, the last of which is the end; RTL_PARAMS_INVALID with the place of what is none. */
export function tokensOf(text: string): readonly Token[] {
  if (text.length > EXPRESSION_LENGTH_MAX) {
    const message = `the expression has ${text.length} characters; ${EXPRESSION_LENGTH_MAX} are allowed`;
    throw expressionFault(text, EXPRESSION_LENGTH_MAX, message);
  }
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at++;
    if (at >= text.length) break;
    const [token, end] = tokenAt(text, at);
    tokens.push(token);
    at = end;
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

function tokenAt(text: string, at: number): readonly [Token, number] {
  const first = text[at] ?? "";
  if (first === "'" || first === '"') return quotedText(text, at, first);
  if (first === "`") return quotedName(text, at);
  const number = match(NUMBER, text, at);
  if (number !== undefined) {
    const end = at + number.length;
    if (match(NAME, text, end) !== undefined || text[end] === ".") {
      throw expressionFault(text, at, "this is neither a number nor a name");
    }
    return [{ kind: "number", text: number, at }, end];
  }
  const name = match(NAME, text, at);
  if (name !== undefined) return [{ kind: "name", text: name, at }, at + name.length];
  const other = foreign.find(([sign]) => text.startsWith(sign, at));
  const sign = signs.find((one) => text.startsWith(one, at));
  // `==` begins with `=`: a foreign sign counts only where it is the longer one.
  if (sign !== undefined && sign.length >= (other?.[0].length ?? 0)) {
    return [{ kind: "sign", text: sign, at }, at + sign.length];
  }
  if (other !== undefined) throw expressionFault(text, at, `"${other[0]}" is no sign: ${other[1]}`);
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const message = `${JSON.stringify(character)} means nothing here`;
  throw expressionFault(text, at, `${message}: write names with other signs in backquotes`);
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function quotedText(text: string, at: number, quote: string): readonly [Token, number] {
  let value = "";
  let end = at + 1;
  for (; end < text.length && text[end] !== quote; end++) {
    if (text[end] !== "\\") {
      value += text[end];
      continue;
    }
    const meant = escapes.get(text[end + 1] ?? "");
    if (meant === undefined) {
      throw expressionFault(text, end, "a backslash is written \\\\, a quote \\'");
    }
    value += meant;
    end++;
  }
  if (end >= text.length)
    throw expressionFault(text, at, "this text has no end: a quote is missing");
  return [{ kind: "text", text: value, at }, end + 1];
}

/** A backquote within a name is written twice. */
function quotedName(text: string, at: number): readonly [Token, number] {
  let name = "";
  let end = at + 1;
  for (; end < text.length; end++) {
    if (text[end] === "`") {
      if (text[end + 1] !== "`") return [{ kind: "quoted", text: name, at }, end + 1];
      end++;
    }
    name += text[end];
  }
  throw expressionFault(text, at, "this name has no end: a backquote is missing");
}
