/**
 * An order of rows that looks random and is known without being stored: where a row comes in it follows
 * from a seed and the row's number alone, so that any part of a table can tell on its own.
 *
 * A generalized Feistel network (Black and Rogaway, Ciphers with arbitrary finite domains, 2002): a
 * number below a * b is a pair below a and b, and each round adds to one half what is hashed of the
 * other. What leaves the range of rows is sent through again, until it is back in it.
 */
import { forBlocks } from "../../table/kernels.ts";

const ROUNDS = 6;

/** The finalizer of MurmurHash3: every bit of the input changes half of the output's. */
function mixed(bits: number): number {
  let h = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The rows among [firstRow, firstRow + rows) that come among the first `wanted` of a random order of
 * all `total` rows, relative to firstRow and rising. Over all rows there are exactly `wanted` of them.
 * `seed` is a whole number.
 */
export function rowsAmongFirst(
  wanted: number,
  total: number,
  seed: number,
  firstRow: number,
  rows: number,
): Uint32Array {
  const found = new Uint32Array(rows);
  if (wanted >= total) return found.map((_, row) => row);
  const place = placeIn(total, seed);
  let count = 0;
  forBlocks(rows, (start, end) => {
    count = choose(place, wanted, firstRow, start, end, found, count);
  });
  return found.subarray(0, count);
}

/** One block, so that it is compiled as a whole. Returns how many rows are found by now. */
function choose(
  place: (number: number) => number,
  wanted: number,
  firstRow: number,
  start: number,
  end: number,
  found: Uint32Array,
  foundBefore: number,
): number {
  let count = foundBefore;
  for (let row = start; row < end; row++) {
    found[count] = row;
    count += place(firstRow + row) < wanted ? 1 : 0;
  }
  return count;
}

/** Where each of the numbers below `total` comes in the order; every place is taken once. */
export function placeIn(total: number, seed: number): (number: number) => number {
  const width = Math.ceil(Math.sqrt(total));
  const height = Math.ceil(total / width);
  const keys = roundKeys(seed);
  const through = (number: number): number => {
    let right = Math.floor(number / width);
    let left = number - right * width;
    for (let round = 0; round < ROUNDS; round += 2) {
      // 28 bits, so that sums are small integers, which remainders are quick of.
      left = (left + (mixed(right ^ (keys[round] as number)) >>> 4)) % width;
      right = (right + (mixed(left ^ (keys[round + 1] as number)) >>> 4)) % height;
    }
    return right * width + left;
  };
  return (number) => {
    let place = through(number);
    while (place >= total) place = through(place);
    return place;
  };
}

function roundKeys(seed: number): Uint32Array {
  const high = Math.floor(seed / 4_294_967_296);
  const keys = new Uint32Array(ROUNDS);
  let state = mixed(seed | 0) ^ mixed(high + 0x9e3779b9);
  for (let round = 0; round < ROUNDS; round++) {
    state = (state + 0x9e3779b9) | 0;
    keys[round] = mixed(state);
  }
  return keys;
}
