/**
 * Writes the loop that computes an expression: one line for each of its parts, over the rows of a
 * block. Names of columns and texts never get into it: columns are numbered, and texts are handed in
 * as bytes.
 *
 * Whole numbers are written in two ways. The quick loop holds them as floats, which are exact up to
 * 2^53, and notices where one gets beyond; such a block is done again by the exact loop, which holds
 * them as bigints of any size.
 */
import type { Column } from "../../table/column.ts";
import { kernel } from "../../table/kernels.ts";
import type { ValueType } from "./expression-rules.ts";

/** Which rows have a value: those that all these columns have one in, or a name that is 1 or 0. */
export type Valid = ReadonlySet<number> | string;
export const always: Valid = new Set<number>();

/** A value in the text of the loop. True and false are 1 and 0. */
export interface Code {
  readonly type: ValueType;
  /** A name or a number. Text has three names: this one and b, s, e for bytes, start, end. */
  readonly text: string;
  /** A row without a value holds anything in `text`. */
  readonly valid: Valid;
  /** Of whole numbers: no magnitude is above it. */
  readonly bound: number;
}

/** A whole number is exact as a float only below this: at it, another one may have been rounded. */
const EXACT_BELOW = 2 ** 53;

/** A short row is written four times in a row, which saves a quarter of the time. */
const UNROLLED_LINES_MAX = 12;
const atRow = (text: string, number: number): string => `{ const i = j + ${number};\n${text}\n}`;

const bounds: Readonly<Record<string, number>> = {
  "|i1": 2 ** 7,
  "<i2": 2 ** 15,
  "<i4": 2 ** 31,
  "<i8": 2 ** 63,
  "|u1": 2 ** 8,
  "<u2": 2 ** 16,
  "<u4": 2 ** 32,
  "<u8": 2 ** 64,
};

/** `count` is handed through; -1 asks for the exact loop. */
export type Loop = (
  out: unknown,
  bits: Uint8Array | undefined,
  count: number,
  start: number,
  end: number,
) => number;

export class LoopWriter {
  /** Whether whole numbers are bigints. */
  readonly exact: boolean;
  readonly #columns: readonly Column[];
  readonly #head: string[] = [];
  readonly #lines: string[] = [];
  readonly #inputs = new Map<string, unknown>();
  readonly #checked = new Set<string>();
  readonly #bits = new Map<number, string>();
  #names = 0;

  constructor(columns: readonly Column[], exact: boolean) {
    this.#columns = columns;
    this.exact = exact;
  }

  /** The finished loop. */
  loop(): Loop {
    const kind = `expression ${this.#columns.map(({ dtype }) => dtype).join()}`;
    const row = [...this.#head, ...this.#lines].join("\n");
    const short = this.#lines.length <= UNROLLED_LINES_MAX;
    const body = [
      "let inexact = 0, j = start;",
      short
        ? `for (; j + 3 < end; j += 4) {\n${[0, 1, 2, 3].map((n) => atRow(row, n)).join("\n")}\n}`
        : "",
      `for (; j < end; j++) ${atRow(row, 0)}`,
      "return inexact === 1 ? -1 : count;",
    ];
    const parameters = [...this.#inputs.keys(), "out", "bits", "count", "start", "end"];
    const run = kernel<(...values: unknown[]) => number>(kind, parameters, body.join("\n"));
    const inputs = [...this.#inputs.values()];
    return (...rest) => run(...inputs, ...rest);
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A new name without a value yet. */
  name(): string {
    return `t${this.#names++}`;
  }

  /** The name of this value. */
  declare(text: string): string {
    const name = this.name();
    this.line(`const ${name} = ${text};`);
    return name;
  }

  /** Something that the loop is called with; the same name is the same thing. */
  input(name: string, value: unknown): string {
    if (!this.#inputs.has(name)) this.#inputs.set(name, value);
    return name;
  }

  /** Bytes that the loop is called with. */
  bytes(value: Uint8Array): string {
    return this.input(`l${this.#inputs.size}`, value);
  }

  /** Room for new texts, which is cleared before each row. */
  scratch(make: () => { clear(): void }): string {
    if (!this.#inputs.has("scratch")) {
      this.input("scratch", make());
      this.#head.push("scratch.clear();");
    }
    return "scratch";
  }

  column(index: number, type: ValueType): Code {
    const column = this.#columns[index] as Column;
    const valid: Valid = column.validity === undefined ? always : new Set([index]);
    if (column.kind === "text") {
      const bytes = this.input(`b${index}`, column.bytes);
      const offsets = this.input(`o${index}`, column.offsets);
      return this.slice(bytes, `${offsets}[i]`, `${offsets}[i + 1]`, valid);
    }
    const { dtype, values } = column;
    const isLong = values instanceof BigInt64Array || values instanceof BigUint64Array;
    const bound = bounds[dtype] ?? 0;
    if (isLong && !this.exact) {
      const { buffer, byteOffset, length } = values;
      const halves = this.input(`h${index}`, new Int32Array(buffer, byteOffset, 2 * length));
      const high = `${halves}[2 * i + 1]${dtype === "<u8" ? " >>> 0" : ""}`;
      const text = this.declare(`(${high}) * 4294967296 + (${halves}[2 * i] >>> 0)`);
      return { type, text, valid, bound };
    }
    const element = `${this.input(`c${index}`, values)}[i]`;
    if (type === "bool")
      return { type, text: this.declare(`${element} !== 0 ? 1 : 0`), valid, bound };
    const asBigint = this.exact && type === "int" && !isLong;
    return { type, text: this.declare(asBigint ? `BigInt(${element})` : element), valid, bound };
  }

  /** A text of these bytes. */
  slice(bytes: string, start: string, end: string, valid: Valid): Code {
    const text = this.name();
    this.line(`const ${text}b = ${bytes}, ${text}s = ${start}, ${text}e = ${end};`);
    return { type: "text", text, valid, bound: 0 };
  }

  /** A whole number, noticed where it is beyond what the quick loop can hold. */
  whole(code: Code): Code {
    if (this.exact || code.bound < EXACT_BELOW) return code;
    if (!this.#checked.has(code.text)) {
      this.#checked.add(code.text);
      this.line(`if (Math.abs(${code.text}) >= ${EXACT_BELOW}) inexact = 1;`);
    }
    return { ...code, bound: EXACT_BELOW - 1 };
  }

  /** A whole number computed by this text, checked as above. */
  wholeResult(text: string, valid: Valid, bound: number): Code {
    return this.whole({ type: "int", text: this.declare(text), valid, bound });
  }

  /** The rows that have a value in all of these. */
  allOf(codes: readonly Code[]): Valid {
    const known: number[] = [];
    const named: string[] = [];
    for (const { valid } of codes) {
      if (typeof valid === "string") named.push(valid);
      else known.push(...valid);
    }
    if (named.length === 0) return new Set(known);
    const all = new Set([...named, ...[...new Set(known)].map((index) => this.#bit(index))]);
    return all.size === 1 ? (named[0] as string) : this.declare([...all].join(" & "));
  }

  /** 1 where the row has a value, else 0. */
  validText(valid: Valid): string {
    if (typeof valid === "string") return valid;
    const bits = [...valid].map((index) => this.#bit(index));
    return bits.length === 0
      ? "1"
      : bits.length === 1
        ? (bits[0] as string)
        : `(${bits.join(" & ")})`;
  }

  #bit(index: number): string {
    const known = this.#bits.get(index);
    if (known !== undefined) return known;
    const bits = this.input(`n${index}`, this.#columns[index]?.validity);
    const name = this.declare(`(${bits}[i >> 3] >> (i & 7)) & 1`);
    this.#bits.set(index, name);
    return name;
  }
}
