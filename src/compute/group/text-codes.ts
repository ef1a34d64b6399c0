/**
 * Texts as whole numbers: codes in the order in which texts first come, and ranks in the order of
 * their bytes, which for UTF-8 is the order of code points. It compares bytes and never makes a
 * JavaScript string.
 */
import type { TextColumn } from "../../table/column.ts";
import { bitAt } from "../../table/column.ts";
import { forBlocks } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { plainLane } from "../order/lane.ts";
import { orderRows } from "../order/order-rows.ts";

/** The code of a row without a value. */
export const NO_CODE = 0xffff_ffff;

export interface TextCodes {
  /** For each row the number of its text, from 0, or NO_CODE. */
  readonly codes: Uint32Array;
  /** For each text the row where it first comes. */
  readonly first: Uint32Array;
}

/** Slots of the hash table at first; a power of two. */
const SLOTS_MIN = 1024;

/** Numbers the texts of a column in the order in which they come. */
export function textCodes(column: TextColumn): TextCodes {
  const codes = columnMemory("<u4", column.length);
  const table = new TextTable(column);
  forBlocks(column.length, (start, end) => {
    table.makeRoom(end - start);
    table.number(codes, start, end);
  });
  return { codes, first: table.first.slice(0, table.count) };
}

/** Open addressing over the hashes of texts; a text is told by the first row that has it. */
class TextTable {
  readonly #column: TextColumn;
  #slots: Uint32Array = new Uint32Array(SLOTS_MIN);
  #hashes: Uint32Array = new Uint32Array(SLOTS_MIN / 2);
  first: Uint32Array = new Uint32Array(SLOTS_MIN / 2);
  count = 0;

  constructor(column: TextColumn) {
    this.#column = column;
  }

  /** Room for so many more texts, with half of the slots free. */
  makeRoom(more: number): void {
    let size = this.#slots.length;
    while (size < 2 * (this.count + more)) size *= 2;
    if (size === this.#slots.length) return;
    const slots = new Uint32Array(size);
    for (let code = 0; code < this.count; code++) {
      let at = (this.#hashes[code] as number) & (size - 1);
      while (slots[at] !== 0) at = (at + 1) & (size - 1);
      slots[at] = code + 1;
    }
    this.#slots = slots;
    this.#hashes = grown(this.#hashes, size / 2);
    this.first = grown(this.first, size / 2);
  }

  number(codes: Uint32Array, start: number, end: number): void {
    const { offsets, bytes, validity } = this.#column;
    const [slots, hashes, first] = [this.#slots, this.#hashes, this.first];
    const mask = slots.length - 1;
    for (let row = start; row < end; row++) {
      if (validity !== undefined && !bitAt(validity, row)) {
        codes[row] = NO_CODE;
        continue;
      }
      const from = offsets[row] as number;
      const to = offsets[row + 1] as number;
      const hash = hashOf(bytes, from, to);
      let at = hash & mask;
      let code = slots[at] as number;
      while (
        code !== 0 &&
        !(
          hashes[code - 1] === hash && sameText(offsets, bytes, first[code - 1] as number, from, to)
        )
      ) {
        at = (at + 1) & mask;
        code = slots[at] as number;
      }
      if (code === 0) {
        hashes[this.count] = hash;
        first[this.count] = row;
        code = ++this.count;
        slots[at] = code;
      }
      codes[row] = code - 1;
    }
  }
}

function grown(array: Uint32Array, length: number): Uint32Array {
  const larger = new Uint32Array(length);
  larger.set(array);
  return larger;
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
    hash ^= hash >>> 15;
  }
  return (Math.imul(hash, 0x9e37_79b1) ^ (hash >>> 13)) >>> 0;
}

function sameText(
  offsets: Int32Array,
  bytes: Uint8Array,
  row: number,
  from: number,
  to: number,
): boolean {
  const begin = offsets[row] as number;
  if ((offsets[row + 1] as number) - begin !== to - from) return false;
  for (let i = from, j = begin; i < to; i++, j++) if (bytes[i] !== bytes[j]) return false;
  return true;
}

/** The rank of each row's text among the distinct ones; junk for a row without a value. */
export function textRanks(column: TextColumn): { ranks: Uint32Array; distinct: number } {
  const { codes, first } = textCodes(column);
  const order = textOrder(column, first);
  const rankOf = new Uint32Array(first.length);
  for (let rank = 0; rank < rankOf.length; rank++) {
    rankOf[order === undefined ? rank : (order[rank] as number)] = rank;
  }
  const ranks = columnMemory("<u4", column.length);
  forBlocks(column.length, (start, end) => rankRows(codes, rankOf, ranks, start, end));
  returnMemory(codes);
  return { ranks, distinct: first.length };
}

function rankRows(
  codes: Uint32Array,
  rankOf: Uint32Array,
  ranks: Uint32Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const code = codes[i] as number;
    ranks[i] = code === NO_CODE ? 0 : (rankOf[code] as number);
  }
}

/** The order of distinct texts, each given by a row: four bytes at a time, as far as they are equal. */
function textOrder(column: TextColumn, rows: Uint32Array): Uint32Array | undefined {
  const { offsets } = column;
  let longest = 0;
  for (const row of rows) {
    longest = Math.max(longest, (offsets[row + 1] as number) - (offsets[row] as number));
  }
  const levels = Math.ceil(longest / 4);
  const keys = Array.from({ length: levels }, (_, level) => (some: Uint32Array | undefined) => [
    wordLane(column, rows, 4 * level, some),
  ]);
  // Texts that differ in zero bytes at their end only are told apart by their length.
  const byLength = (some: Uint32Array | undefined) => [lengthLane(column, rows, longest, some)];
  return orderRows([...keys, byLength], rows.length).order;
}

/** Four bytes of each text from `skip` on, the first one first, zeros where it has ended. */
function wordLane(
  { offsets, bytes }: TextColumn,
  rows: Uint32Array,
  skip: number,
  some: Uint32Array | undefined,
) {
  const words = new Uint32Array(some?.length ?? rows.length);
  let highest = 0;
  for (let i = 0; i < words.length; i++) {
    const row = rows[some === undefined ? i : (some[i] as number)] as number;
    const from = (offsets[row] as number) + skip;
    const end = offsets[row + 1] as number;
    let word = 0;
    for (let b = 0; b < 4; b++) {
      word = (word << 8) | (from + b < end ? (bytes[from + b] as number) : 0);
    }
    words[i] = word;
    highest = Math.max(highest, word >>> 0);
  }
  return plainLane(words, highest);
}

function lengthLane(
  { offsets }: TextColumn,
  rows: Uint32Array,
  longest: number,
  some: Uint32Array | undefined,
) {
  const lengths = new Uint32Array(some?.length ?? rows.length);
  for (let i = 0; i < lengths.length; i++) {
    const row = rows[some === undefined ? i : (some[i] as number)] as number;
    lengths[i] = (offsets[row + 1] as number) - (offsets[row] as number);
  }
  return plainLane(lengths, longest);
}
