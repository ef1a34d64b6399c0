/**
 * Inner loops, one copy per combination of array classes. A shared loop that sees several classes
 * is compiled for none of them and runs about ten times slower; a copy made for one class runs at
 * machine speed. The texts of the loops come from this project only, never from data.
 */

/** Rows per call: small enough to stay in a core's cache, large enough to be compiled as a whole. */
export const BLOCK_ROWS = 8192;

/** Expressions of users make kernels without end; to forget one costs only compiling it again. */
const KERNELS_MAX = 1_000;
interface Kernel {
  readonly parameters: readonly string[];
  readonly made: unknown;
}

/** By text, then by kind: a text is long, and looked at as a whole only where it is put together anew. */
const compiled = new Map<string, Map<string, Kernel>>();

/**
 * The function with this body. `kind` tells apart copies that have the same text but meet different
 * array classes; the same text and kind give the same function.
 */
export function kernel<F>(kind: string, parameters: readonly string[], body: string): F {
  let kinds = compiled.get(body);
  if (kinds === undefined) {
    if (compiled.size >= KERNELS_MAX) compiled.clear();
    kinds = new Map();
    compiled.set(body, kinds);
  }
  let known = kinds.get(kind);
  if (known === undefined) {
    known = { parameters, made: new Function(...parameters, body) };
    kinds.set(kind, known);
  }
  if (!areEqual(known.parameters, parameters)) {
    throw new Error(`two kernels "${kind}" have one text, but other parameters`);
  }
  return known.made as F;
}

const areEqual = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);

/** Places that one step of a loop goes through: counting and looking at the end is paid once for all. */
const PLACES = 8;

/**
 * The text of a loop from `start` to `end` that does at each place `i` what `step` says of it, eight
 * places a step. A body that does little, such as adding or taking, runs at twice the speed.
 */
export function loopText(step: (i: string) => string): string {
  const places = Array.from({ length: PLACES }, (_, place) =>
    step(place === 0 ? "i" : `i + ${place}`),
  );
  return `let i = start;
    for (; i + ${PLACES - 1} < end; i += ${PLACES}) { ${places.join(" ")} }
    for (; i < end; i++) { ${step("i")} }`;
}

/** Calls `run` for each block of rows, in order. */
export function forBlocks(rows: number, run: (start: number, end: number) => void): void {
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    run(start, Math.min(rows, start + BLOCK_ROWS));
  }
}
