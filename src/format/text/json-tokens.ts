/**
 * JSON objects, one on each line, taken apart into keys and the places of their values. It makes no
 * objects, and strings only of keys that are not where they were on the line before.
 */
import {
  BACKSLASH,
  BLANK,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  NEWLINE,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  RETURN,
  TAB,
} from "./characters.ts";

/** What a value is. Text comes without its quotes, and with its escapes resolved. */
export type Token = "text" | "number" | "bool" | "null" | "nested";

/** Who is told of the values of a line. */
export interface TokenTarget {
  /** The place of a key; -1 when its values are passed over. May throw a JsonFault. */
  placeOf(key: string): number;
  /** A value of a key, in bytes [start, end) of `bytes`, which are valid only now. */
  value(place: number, token: Token, bytes: Uint8Array, start: number, end: number): void;
}

/** What is wrong with a line, and at which key. */
export class JsonFault extends Error {
  readonly key: string | undefined;
  readonly fix: string | undefined;

  constructor(message: string, key?: string, fix?: string) {
    super(message);
    this.key = key;
    this.fix = fix;
  }
}

const LINES_FIX = 'JSON lines have one object on each line, such as {"a": 1, "b": "x"}';

export class JsonLines {
  readonly #target: TokenTarget;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  /** Keys in the order in which they were last seen, as they stand between their quotes. */
  readonly #keys: { readonly raw: Uint8Array; readonly key: string; readonly place: number }[] = [];

  constructor(target: TokenTarget) {
    this.#target = target;
  }

  /** Reads the object in bytes [start, end), which are one line; a JsonFault when there is none. */
  readLine(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#skipSpace();
    if (this.#at >= end || bytes[this.#at] !== OPEN_OBJECT) throw this.#noObject();
    this.#at++;
    this.#skipSpace();
    if (this.#peek() === CLOSE_OBJECT) this.#at++;
    else for (let turn = 0; this.#readPair(turn); turn++);
    this.#skipSpace();
    if (this.#at < end) throw new JsonFault("there is text after the object", undefined, LINES_FIX);
  }

  /** One key with its value; whether another one follows. */
  #readPair(turn: number): boolean {
    const { key, place } = this.#readKey(turn);
    this.#skipSpace();
    if (this.#peek() !== COLON) throw this.#broken();
    this.#at++;
    this.#skipSpace();
    this.#readValue(place, key);
    this.#skipSpace();
    const byte = this.#peek();
    if (byte !== COMMA && byte !== CLOSE_OBJECT) throw this.#broken();
    this.#at++;
    if (byte === COMMA) this.#skipSpace();
    return byte === COMMA;
  }

  #readKey(turn: number): { readonly key: string; readonly place: number } {
    const bytes = this.#bytes;
    if (this.#peek() !== QUOTE) throw this.#broken();
    const start = this.#at + 1;
    const known = this.#keys[turn];
    if (known !== undefined) {
      const { raw } = known;
      let same = 0;
      while (same < raw.length && bytes[start + same] === raw[same]) same++;
      if (same === raw.length && bytes[start + same] === QUOTE) {
        this.#at = start + same + 1;
        return known;
      }
    }
    const end = this.#endOfText();
    const key = this.#decoded(start - 1, end);
    const found = { raw: bytes.slice(start, end - 1), key, place: this.#target.placeOf(key) };
    this.#keys[turn] = found;
    return found;
  }

  #readValue(place: number, key: string): void {
    const start = this.#at;
    const byte = this.#peek();
    let token: Token;
    if (byte === QUOTE) {
      this.#readText(place, start);
      return;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      this.#skipNested();
      token = "nested";
    } else token = this.#skipWord(key);
    if (place >= 0) this.#target.value(place, token, this.#bytes, start, this.#at);
  }

  #readText(place: number, start: number): void {
    const bytes = this.#bytes;
    const end = this.#endOfText();
    if (place < 0) return;
    let at = start + 1;
    while (at < end - 1 && bytes[at] !== BACKSLASH) at++;
    if (at === end - 1) this.#target.value(place, "text", bytes, start + 1, end - 1);
    else {
      const decoded = Buffer.from(this.#decoded(start, end), "utf8");
      this.#target.value(place, "text", decoded, 0, decoded.length);
    }
  }

  /** Steps over text that begins here, and returns where it ends. */
  #endOfText(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    for (let at = this.#at + 1; at < end; at++) {
      const byte = bytes[at];
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) {
        this.#at = at + 1;
        return this.#at;
      }
    }
    throw this.#broken();
  }

  /** Text between quotes as a string. */
  #decoded(start: number, end: number): string {
    const text = Buffer.from(this.#bytes.subarray(start, end)).toString("utf8");
    try {
      return String(JSON.parse(text));
    } catch {
      throw this.#broken();
    }
  }

  /** A number, or one of the words true, false and null. */
  #skipWord(key: string): Token {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    for (; at < this.#end; at++) {
      const byte = bytes[at] as number;
      if (byte === COMMA || byte === CLOSE_OBJECT || byte <= BLANK) break;
    }
    this.#at = at;
    const first = bytes[start] as number;
    if (first < 65) return "number";
    const word = Buffer.from(bytes.subarray(start, Math.min(at, start + 40))).toString("latin1");
    if (word === "null") return "null";
    if (word === "true" || word === "false") return "bool";
    // Python writes these, which JSON does not have.
    if (word === "NaN" || word === "Infinity") return "number";
    throw new JsonFault(`${JSON.stringify(word)} is no JSON value`, key);
  }

  /** Steps over an object or a list with all that is in it. */
  #skipNested(): void {
    const bytes = this.#bytes;
    let depth = 0;
    while (this.#at < this.#end) {
      const byte = bytes[this.#at];
      if (byte === QUOTE) {
        this.#endOfText();
        continue;
      }
      this.#at++;
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --depth === 0) return;
    }
    throw this.#broken();
  }

  #peek(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < this.#end) {
      const byte = bytes[at];
      if (byte !== BLANK && byte !== TAB && byte !== RETURN && byte !== NEWLINE) break;
      at++;
    }
    this.#at = at;
  }

  #broken(): JsonFault {
    const seen = this.#bytes.subarray(this.#at, Math.min(this.#end, this.#at + 20));
    const text = Buffer.from(seen).toString("utf8");
    const where = text === "" ? "at its end" : `at ${JSON.stringify(text)}`;
    return new JsonFault(`this is no JSON object: it breaks ${where}`, undefined, LINES_FIX);
  }

  #noObject(): JsonFault {
    const what = this.#peek() === OPEN_LIST ? "a list" : "something else";
    return new JsonFault(`there is ${what} instead of an object`, undefined, LINES_FIX);
  }
}
