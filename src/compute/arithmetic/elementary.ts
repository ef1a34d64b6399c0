/**
 * Natural logarithm, power and square root of blocks of float64, by a WebAssembly module that takes
 * two numbers at a time: four and nine times as fast as Math.log and Math.pow. The module is made when a thread
 * first needs it. It never sees a column: numbers are copied in and out, a thousand at a time.
 */
import { kernel } from "../../table/kernels.ts";
import { code } from "./elementary-code.ts";
import {
  EXPONENT_MAX,
  NORMAL_MIN,
  ROWS,
  SCALE_MAX,
  writeTables,
  X,
  Y,
} from "./elementary-design.ts";

interface Elementary {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Both work on the first `rows` of x, an even number, and return 0 where all was in range. */
  log(rows: number): number;
  power(rows: number, step: number): number;
  /** The same, of any numbers. */
  squareRoot(rows: number): void;
}

/** The part of the WebAssembly interface that is used here; TypeScript has it for browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Loaded extends Elementary {
  readonly x: Float64Array;
  readonly y: Float64Array;
}
let loaded: Loaded | undefined;

function load(): Loaded {
  const module = new WebAssembly.Module(Buffer.from(code, "base64"));
  const exports = new WebAssembly.Instance(module).exports as Elementary;
  const { memory, log, power, squareRoot } = exports;
  writeTables(memory.buffer);
  const x = new Float64Array(memory.buffer, X, ROWS);
  const y = new Float64Array(memory.buffer, Y, ROWS);
  return { memory, log, power, squareRoot, x, y };
}

const SCALE_OUT_OF_RANGE = 2;

/**
 * The natural logarithms of `from`, into `to`: within 2 units in the last place. The logarithm of 0 is
 * -Infinity, that of a negative number NaN.
 */
export function naturalLog(from: Float64Array, to: Float64Array): void {
  loaded ??= load();
  const { x, log } = loaded;
  for (let start = 0; start < from.length; start += ROWS) {
    const block = from.subarray(start, start + ROWS);
    const rows = block.length;
    if (log(fill(x, block)) === 0) {
      to.set(rows === ROWS ? x : x.subarray(0, rows), start);
      continue;
    }
    for (let i = 0; i < rows; i++) {
      const value = block[i] as number;
      to[start + i] = isNormal(value) ? (x[i] as number) : Math.log(value);
    }
  }
}

/**
 * `base` to the power of `exponent`, into `to`: within 3 units in the last place, whole results below
 * 2^53 exactly. Infinities, NaN, zeros and negative bases give what C's pow gives.
 */
export function power(base: Float64Array, exponent: Float64Array | number, to: Float64Array): void {
  const simple = typeof exponent === "number" ? simplePower(exponent) : undefined;
  if (simple !== undefined) {
    simple(base, to);
    return;
  }
  loaded ??= load();
  const { x, y } = loaded;
  for (let start = 0; start < base.length; start += ROWS) {
    const block = base.subarray(start, start + ROWS);
    const out = to.subarray(start, start + block.length);
    const rows = fill(x, block);
    const constant = typeof exponent === "number";
    if (constant) y.fill(exponent, 0, 2);
    else fill(y, exponent.subarray(start, start + ROWS));
    if (loaded.power(rows, constant ? 0 : 16) === 0) {
      out.set(block.length === ROWS ? x : x.subarray(0, block.length));
    } else {
      const exponents = constant ? repeated(exponent) : exponent.subarray(start, start + ROWS);
      mixedPower(loaded, block, exponents, out);
    }
  }
}

const same = new Float64Array(ROWS);
const repeated = (value: number): Float64Array => (same[0] === value ? same : same.fill(value));

/** The square roots of `from`, into `to`: that of a negative number is NaN, that of -0 is -0. */
export function squareRoot(from: Float64Array, to: Float64Array): void {
  loaded ??= load();
  const { x, squareRoot } = loaded;
  for (let start = 0; start < from.length; start += ROWS) {
    const block = from.subarray(start, start + ROWS);
    squareRoot(fill(x, block));
    to.set(block.length === ROWS ? x : x.subarray(0, block.length), start);
  }
}

/** Copies a block in and returns its length, made even by one more number in range. */
function fill(to: Float64Array, block: Float64Array): number {
  to.set(block);
  if (block.length % 2 === 0) return block.length;
  to[block.length] = 1;
  return block.length + 1;
}

/** A block in which some rows are out of the module's range, or negative. */
function mixedPower(
  { x, y, power: inRange }: Loaded,
  base: Float64Array,
  exponent: Float64Array,
  to: Float64Array,
): void {
  const rows = base.length;
  for (let i = 0; i < rows; i++) {
    const size = Math.abs(base[i] as number);
    const wanted = exponent[i] as number;
    x[i] = isNormal(size) ? size : 1;
    y[i] = Math.abs(wanted) < EXPONENT_MAX ? wanted : 1;
  }
  x[rows] = 1;
  y[rows] = 1;
  const far = (inRange(rows + (rows % 2), 16) & SCALE_OUT_OF_RANGE) !== 0;
  const unsure: number[] = [];
  for (let i = 0; i < rows; i++) {
    const value = base[i] as number;
    const wanted = exponent[i] as number;
    const size = Math.abs(value);
    if (!isNormal(size) || !(Math.abs(wanted) < EXPONENT_MAX)) {
      to[i] = powerOf(value, wanted);
      continue;
    }
    const scale = far ? Math.abs(wanted * Math.log(size)) : 0;
    if (scale < SCALE_MAX - 1) to[i] = signed(value, wanted, x[i] as number);
    else if (scale > SCALE_MAX + 1) to[i] = powerOf(value, wanted);
    else unsure.push(i);
  }
  // What a row gives must not hang on its neighbours: at the very border the module itself decides.
  for (const i of unsure) {
    const [value, wanted] = [base[i] as number, exponent[i] as number];
    x.fill(Math.abs(value), 0, 2);
    y.fill(wanted, 0, 2);
    const out = inRange(2, 16) !== 0;
    to[i] = out ? powerOf(value, wanted) : signed(value, wanted, x[0] as number);
  }
}

/** A power of which that of the base without its sign is known. */
function signed(base: number, exponent: number, ofSize: number): number {
  if (base > 0) return ofSize;
  return exponent === Math.trunc(exponent) ? ofSize * (1 - 2 * (exponent & 1)) : Number.NaN;
}

const isNormal = (value: number): boolean => value >= NORMAL_MIN && value < Infinity;

/** C's pow. JavaScript's differs from it only where 1 or -1 meets an infinity or NaN. */
function powerOf(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && (exponent === Infinity || exponent === -Infinity)) return 1;
  return base ** exponent;
}

/** Exponents for which there is something simpler, with the special cases of pow. */
const simplePowers: Readonly<Record<string, string>> = {
  0: "1",
  1: "x[i]",
  2: "x[i] * x[i]",
  3: "x[i] * x[i] * x[i]",
  "-1": "1 / x[i]",
  // The square root of -0 is -0, and that of -Infinity NaN.
  0.5: "x[i] === -Infinity ? Infinity : Math.sqrt(x[i] + 0)",
};

function simplePower(exponent: number): ((x: Float64Array, to: Float64Array) => void) | undefined {
  const expression = simplePowers[exponent];
  if (expression === undefined) return undefined;
  return kernel(
    "power",
    ["x", "to"],
    `const rows = x.length; for (let i = 0; i < rows; i++) to[i] = ${expression};`,
  );
}
