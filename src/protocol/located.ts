/**
 * Plain data that remembers where in its text each part stood, so that a fault found late can still
 * be shown at its line. Text readers and the check of JavaScript values build it; it knows nothing
 * of jobs.
 */
import { type Problem, RtlError } from "./errors.ts";
import { limits } from "./limits.ts";

/** Text, numbers, true/false, null, lists and maps of them: what JSON can hold. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainMap;
export interface PlainMap {
  readonly [key: string]: Plain;
}
export type Path = readonly (string | number)[];

/** Line and column, both 1-based; columns count UTF-16 units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}
/** Where the value at a path stands, or with `key` the key that leads to it. */
export type Locate = (path: Path, part?: "key" | "value") => Place | undefined;

/** A text as data. Problems are faults beside which the rest could still be read. */
export interface Located {
  readonly value: Plain;
  readonly locate: Locate;
  readonly problems: readonly Problem[];
}

/** Parts of one document. Aliases count as often as they are used, which disarms alias bombs. */
export const documentNodesMax = 500_000;

export const isMap = (value: unknown): value is PlainMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `stages.keep.tasks[0]`; names that would be misread are quoted. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const name = step.length > limits.nameCharsMax ? shortened(step) : step;
    if (!/^[\w-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

interface Offsets {
  readonly key: number;
  readonly value: number;
}

/**
 * Collects the offsets of the parts of one text while a reader builds its value, counts the parts,
 * and refuses what is too deep or too large before it can do harm.
 */
export class SourceMap {
  readonly #text: string;
  readonly #parts = new WeakMap<object, Map<string | number, Offsets>>();
  #lines: number[] | undefined;
  readonly #problems: Problem[] = [];
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Records where `container[key]` stands. */
  note(container: object, key: string | number, offsets: Offsets): void {
    const known = this.#parts.get(container) ?? new Map<string | number, Offsets>();
    this.#parts.set(container, known.set(key, offsets));
  }

  /** Called once for each part; throws when there are too many or they are nested too deep. */
  count(depth: number, offset: number): void {
    this.#nodes++;
    if (this.#nodes > documentNodesMax) throw tooManyParts();
    if (depth > limits.depthMax) throw this.fault(depthMessage, offset);
  }

  fault(message: string, offset: number, fix?: string): TextFault {
    const place = this.place(offset);
    return new TextFault([{ path: "", message, ...place, ...(fix !== undefined && { fix }) }]);
  }

  /** Notes a fault that does not keep the reader from going on. */
  report(message: string, offset: number): void {
    this.#problems.push(...this.fault(message, offset).problems);
  }

  /** Whether the key may be added to the map; if not, that is reported. */
  admits(map: object, key: string, offset: number): boolean {
    const message = Object.hasOwn(map, key)
      ? `the key "${shortened(key)}" stands twice in one map`
      : keyFault(key);
    if (message !== undefined) this.report(message, offset);
    return message === undefined;
  }

  /** `written` is the number as the text has it: only there can a lost digit be seen. */
  checkNumber(value: number, written: string, offset: number): void {
    const message = numberFault(value, written);
    if (message !== undefined) this.report(message, offset);
  }

  /** What a reader returns when it has come to the end. */
  located(value: Plain, offset: number): Located {
    return { value, locate: this.#locator(value, offset), problems: this.#problems };
  }

  place(offset: number): Place {
    this.#lines ??= lineStarts(this.#text);
    let [low, high] = [0, this.#lines.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lines[low] ?? 0) + 1 };
  }

  /** Finds the deepest part of the path that exists. */
  #locator(root: Plain, rootOffset: number): Locate {
    return (path, part = "value") => {
      let value: Plain | undefined = root;
      let found: Offsets = { key: rootOffset, value: rootOffset };
      for (const step of path) {
        if (typeof value !== "object" || value === null) break;
        const offsets = this.#parts.get(value)?.get(step);
        if (!offsets) return this.place(found.key);
        found = offsets;
        value = (value as Record<string | number, Plain>)[step];
      }
      return this.place(found[part]);
    };
  }
}

/** A user's word in a message: whole unless it is absurdly long. */
export const shortened = (text: string): string =>
  text.length > 60 ? `${text.slice(0, 60)}…` : text;

export const depthMessage = `nested deeper than ${limits.depthMax} levels`;

/** Why a key cannot be used, or undefined. */
export function keyFault(key: string): string | undefined {
  return key === "__proto__" ? 'a key cannot be named "__proto__"' : undefined;
}

/** Why a number cannot be used, or undefined. An integer must come back as it was written. */
export function numberFault(value: number, written: string): string | undefined {
  if (!Number.isFinite(value)) return `${shortened(written)} is not a finite number`;
  const digits = written.replace(/^[-+]/, "");
  if (Number.isSafeInteger(value) || !/^(\d+|0[xob][\da-f]+)$/i.test(digits)) return undefined;
  const size = Math.abs(value);
  if (String(size) === digits) return undefined;
  // Longer ones are padded with zeros at best, and making a BigInt of them takes long.
  if (digits.length < 400 && BigInt(digits) === BigInt(size)) return undefined;
  return `${shortened(written)} has more digits than a number holds exactly (above 2^53)`;
}

/** What made reading a text impossible; the readers' own exception, never seen by users. */
export class TextFault extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems[0]?.message);
    this.problems = problems;
  }
}

export function tooManyParts(): RtlError {
  return new RtlError(
    "RTL_DOCUMENT_TOO_LARGE",
    "the job document has too many parts, or aliases that multiply them",
    { fix: "keep data in files that a task opens, and write only their names into the job" },
  );
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
