/**
 * Inner loops, one copy per combination of array classes. A shared loop that sees several classes
 * is compiled for none of them and runs about ten times slower; a copy made for one class runs at
 * machine speed. The texts of the loops come from this project only, never from data.
 */

/** Rows per call: small enough to stay in a core's cache, large enough to be compiled as a whole. */
export const BLOCK_ROWS = 8192;

/** Expressions of users make kernels without end; to forget one costs only compiling it again. */
const KERNELS_MAX = 1_000;
const compiled = new Map<string, unknown>();

/**
 * The function with this body. `kind` tells apart copies that have the same text but meet different
 * array classes; the same text and kind give the same function.
 */
export function kernel<F>(kind: string, parameters: readonly string[], body: string): F {
  const key = `${kind}\n${parameters.join()}\n${body}`;
  const known = compiled.get(key);
  if (known !== undefined) return known as F;
  const made: unknown = new Function(...parameters, body);
  if (compiled.size >= KERNELS_MAX) compiled.clear();
  compiled.set(key, made);
  return made as F;
}

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
