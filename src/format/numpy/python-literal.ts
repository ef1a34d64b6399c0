/**
 * Plain values as Python writes them: what the headers of numpy's files are made of. It reads
 * literals and runs nothing.
 */

/** Nesting beyond which a literal is hostile rather than rich. */
const DEPTH_MAX = 32;

/** Tuples and lists are arrays, None is null; whole numbers are exact below 2^53. */
export type Literal = string | number | boolean | null | readonly Literal[] | LiteralDict;
export type LiteralDict = ReadonlyMap<string, Literal>;

/** The value of a text that is one literal; throws an Error that says what is wrong. */
export function parseLiteral(text: string): Literal {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** A string as Python's repr() spells it. */
export function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = Array.from(text, (letter) => {
    if (letter === quote || letter === "\\") return `\\${letter}`;
    if (letter === " " || !/[\p{C}\p{Z}]/u.test(letter)) return letter;
    return named[letter] ?? numbered(letter.codePointAt(0) ?? 0);
  });
  return quote + inner.join("") + quote;
}

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function numbered(code: number): string {
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

const escapes: Readonly<Record<string, string>> = {
  ...{ "\\": "\\", "'": "'", '"': '"', n: "\n", r: "\r", t: "\t" },
  ...{ a: "\x07", b: "\b", f: "\f", v: "\v", "0": "\0" },
};
const constants: Readonly<Record<string, boolean | null>> = {
  True: true,
  False: false,
  None: null,
};

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Literal {
    if (depth > DEPTH_MAX) throw new Error("it is nested too deeply");
    this.#space();
    const letter = this.#text[this.#at];
    if (letter === "{") return this.#dict(depth);
    if (letter === "(" || letter === "[") return this.#list(depth, letter === "(" ? ")" : "]");
    const text = this.#match(/[uUbB]?(['"])((?:\\[\s\S]|(?!\1)[^\\\n])*)\1/y);
    if (text !== undefined) return unescaped(text[2] ?? "");
    const digits = this.#match(/(-?\d{1,16})L?(?![\w.])/y);
    if (digits !== undefined) return Number(digits[1]);
    const word = this.#match(/[A-Za-z]+/y)?.[0];
    const constant = word === undefined ? undefined : constants[word];
    if (constant !== undefined) return constant;
    throw this.#fault();
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault();
  }

  #list(depth: number, close: string): Literal {
    const values: Literal[] = [];
    let separated = true;
    for (this.#at++; !this.#takes(close); separated = this.#takes(",")) {
      if (!separated) throw this.#fault();
      values.push(this.value(depth + 1));
    }
    // A value in parentheses alone is that value: only the comma makes a tuple.
    const [single] = values;
    return close === ")" && values.length === 1 && single !== undefined && !separated
      ? single
      : values;
  }

  #dict(depth: number): LiteralDict {
    const entries = new Map<string, Literal>();
    let separated = true;
    for (this.#at++; !this.#takes("}"); separated = this.#takes(",")) {
      if (!separated) throw this.#fault();
      const key = this.value(depth + 1);
      if (typeof key !== "string" || !this.#takes(":")) throw this.#fault();
      entries.set(key, this.value(depth + 1));
    }
    return entries;
  }

  #takes(letter: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #space(): void {
    this.#match(/\s+/y);
  }

  #fault(): Error {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    return new Error(rest === "" ? "it ends too early" : `it cannot be read from "${rest}" on`);
  }
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g,
    (whole, byte?: string, short?: string, long?: string, letter?: string) => {
      if (letter !== undefined) return escapes[letter] ?? whole;
      const code = Number.parseInt(byte ?? short ?? long ?? "", 16);
      if (code > 0x10ffff) throw new Error(`it holds ${whole}, which is no character`);
      return String.fromCodePoint(code);
    },
  );
}
