/**
 * JSON, and the Python literal of the original DSDSL, as plain data with places: one reader in one
 * pass, because the two differ in few words. It takes literals only (no names, no calls) and never
 * evaluates anything.
 */
import { type Located, type Plain, SourceMap, shortened } from "./located.ts";

const words: Readonly<Record<string, null | boolean>> = {
  None: null,
  True: true,
  False: false,
  null: null,
  true: true,
  false: false,
};
const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\x07",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "/": "/",
  "\n": "",
};
const assignment = /[A-Za-z_]\w*[ \t]*=(?!=)/y;
const blanks = /\s+/y;
const number = /[-+]?(?:0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[-+]?\d+)?)/iy;
const word = /[A-Za-z_]\w*/y;
const codeUnits = /x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}/iy;

/** How a text begins, as far as that tells its format. */
export function literalStart(text: string): "assigned" | "brace" | "other" {
  return new LiteralReader(text).start();
}

/**
 * Reads `{…}` or `NAME = {…}`.
 * @throws TextFault for anything else, RtlError RTL_DOCUMENT_TOO_LARGE for too many parts
 */
export function readLiteral(text: string): Located {
  return new LiteralReader(text).document();
}

class LiteralReader {
  readonly #text: string;
  readonly #source: SourceMap;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#source = new SourceMap(text);
  }

  start(): "assigned" | "brace" | "other" {
    this.#skip();
    if (this.#match(assignment) !== undefined) return "assigned";
    return this.#text[this.#at] === "{" ? "brace" : "other";
  }

  document(): Located {
    this.start();
    this.#skip();
    const offset = this.#at;
    if (this.#text[offset] !== "{") throw this.#fault("expected { to begin the stages here");
    const value = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) {
      throw this.#fault("the document ends with its closing } but more text follows");
    }
    return this.#source.located(value, offset);
  }

  #value(depth: number): Plain {
    this.#skip();
    this.#source.count(depth, this.#at);
    const first = this.#text[this.#at];
    if (first === "{") return this.#map(depth);
    if (first === "[") return this.#list(depth, "]").list;
    if (first === "(") {
      const { list, commas } = this.#list(depth, ")");
      return list.length === 1 && commas === 0 ? (list[0] ?? null) : list;
    }
    return this.#scalar();
  }

  #map(depth: number): Plain {
    const map: Record<string, Plain> = {};
    this.#items("}", () => {
      const keyAt = this.#at;
      const scalar = this.#scalar();
      const key = typeof scalar === "string" ? scalar : this.#text.slice(keyAt, this.#at).trim();
      this.#skip();
      if (!this.#take(":")) throw this.#fault(`expected : after the key "${shortened(key)}"`);
      this.#skip();
      const offsets = { key: keyAt, value: this.#at };
      const value = this.#value(depth + 1);
      if (!this.#source.admits(map, key, keyAt)) return;
      map[key] = value;
      this.#source.note(map, key, offsets);
    });
    return map;
  }

  #list(depth: number, close: string): { list: Plain[]; commas: number } {
    const list: Plain[] = [];
    const commas = this.#items(close, () => {
      this.#source.note(list, list.length, { key: this.#at, value: this.#at });
      list.push(this.#value(depth + 1));
    });
    return { list, commas };
  }

  /** Reads items up to the closing bracket, a comma after each but the last; returns the commas. */
  #items(close: string, item: () => void): number {
    const openedAt = this.#at++;
    for (let commas = 0; ; commas++) {
      this.#skip();
      if (this.#take(close)) return commas;
      this.#inside(openedAt);
      item();
      this.#skip();
      if (this.#take(close)) return commas;
      this.#inside(openedAt);
      if (!this.#take(",")) throw this.#fault(`expected , or ${close} here`);
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #inside(openedAt: number): void {
    if (this.#at < this.#text.length) return;
    throw this.#source.fault(`the ${this.#text[openedAt]} here is never closed`, openedAt);
  }

  #scalar(): Plain {
    const start = this.#at;
    const first = this.#text[start] ?? "";
    if (first === '"' || first === "'") return this.#texts();
    const written = this.#match(number);
    if (written !== undefined) return this.#number(written, start);
    const name = this.#match(word);
    if (name !== undefined && Object.hasOwn(words, name)) return words[name] ?? null;
    if (name !== undefined && /^[ru]$/i.test(name) && /["']/.test(this.#text[this.#at] ?? "")) {
      return this.#texts(name.toLowerCase() === "r");
    }
    this.#at = start;
    const message =
      name === undefined
        ? "expected a text, number, list or map here"
        : `"${shortened(name)}" is neither a text in quotes, a number, True, False nor None`;
    throw this.#fault(message);
  }

  #number(written: string, start: number): number {
    if (/[\w.]/.test(this.#text[this.#at] ?? "")) {
      throw this.#source.fault("this is not a number", start);
    }
    const digits = written.replaceAll("_", "");
    const value = Number(digits.replace(/^[-+]/, "")) * (digits.startsWith("-") ? -1 : 1);
    this.#source.checkNumber(value, digits, start);
    return value;
  }

  /** One text, or several with blanks between them, which Python joins. */
  #texts(raw = false): string {
    let joined = this.#quoted(raw);
    for (let end = this.#at; ; end = this.#at) {
      this.#skip();
      if (this.#at === end || !/["']/.test(this.#text[this.#at] ?? "")) {
        this.#at = end;
        return joined;
      }
      joined += this.#quoted(false);
    }
  }

  #quoted(raw: boolean): string {
    const start = this.#at;
    const quote = this.#text[start] ?? "";
    const triple = this.#text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : "";
    const close = triple || quote;
    this.#at += close.length;
    const run = quote === '"' ? /[^"\\\n]+/y : /[^'\\\n]+/y;
    let value = "";
    while (!this.#text.startsWith(close, this.#at)) {
      const plain = this.#match(run);
      const next = this.#text[this.#at];
      if (plain !== undefined) value += plain;
      else if (next === undefined || (next === "\n" && triple === "")) {
        throw this.#source.fault("the text that begins here has no closing quote", start);
      } else if (next === "\\" && !raw) value += this.#escape();
      else {
        // A raw text keeps its backslashes, and the quote behind one does not close it.
        const length = next === "\\" ? 2 : 1;
        value += this.#text.slice(this.#at, this.#at + length);
        this.#at += length;
      }
    }
    this.#at += close.length;
    return value;
  }

  #escape(): string {
    this.#at++;
    const units = this.#match(codeUnits);
    if (units !== undefined) {
      const code = Number.parseInt(units.slice(1), 16);
      if (code > 0x10ffff) throw this.#fault("no character has this code");
      return String.fromCodePoint(code);
    }
    const letter = this.#text[this.#at] ?? "";
    this.#at++;
    return escapes[letter] ?? `\\${letter}`;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Blanks and comments. */
  #skip(): void {
    for (;;) {
      this.#match(blanks);
      if (this.#text[this.#at] !== "#") return;
      const end = this.#text.indexOf("\n", this.#at);
      this.#at = end < 0 ? this.#text.length : end;
    }
  }

  #fault(message: string): Error {
    return this.#source.fault(message, Math.min(this.#at, this.#text.length));
  }
}
