/**
 * A hash table over one or two lanes, by open addressing: it numbers the keys of rows in the order in
 * which they first come.
 */
import { kernel } from "../../table/kernels.ts";
import { type Lane, laneKey, laneKind } from "../order/lane.ts";

/** Slots at first; a power of two. */
const SLOTS_MIN = 1024;

/** Multipliers of Fibonacci hashing: 2^32 over the golden ratio, and an odd number like it. */
const FIRST_FACTOR = 0x9e37_79b1;
const OTHER_FACTOR = 0x85eb_ca77;

type Number = (...given: unknown[]) => number;

export class PairTable {
  readonly #lane: Lane;
  readonly #other: Lane | undefined;
  readonly #number: Number;
  /** Of each slot the group, from 1, or 0 where it is free, and its keys: three numbers. */
  #slots: Uint32Array = new Uint32Array(3 * SLOTS_MIN);
  /** For each group the first row of it, followed by room for more. */
  first: Uint32Array = new Uint32Array(SLOTS_MIN / 2);
  count = 0;

  constructor(lane: Lane, other: Lane | undefined) {
    this.#lane = lane;
    this.#other = other;
    const otherKey = other === undefined ? "0" : laneKey(other, "i", "others", "otherBase");
    this.#number = kernel<Number>(
      `hash ${laneKind(lane)} ${other === undefined ? "" : laneKind(other)}`,
      [
        "values",
        "base",
        "others",
        "otherBase",
        "slots",
        "shift",
        "ids",
        "first",
        "count",
        "start",
        "end",
      ],
      `const mask = slots.length / 3 - 1;
      for (let i = start; i < end; i++) {
        const a = ${laneKey(lane, "i")}, b = ${otherKey};
        let at = (Math.imul(a, ${FIRST_FACTOR}) ^ Math.imul(b, ${OTHER_FACTOR})) >>> 0;
        at = Math.imul(at ^ (at >>> 15), ${FIRST_FACTOR}) >>> shift;
        let group = slots[3 * at];
        while (group !== 0 && (slots[3 * at + 1] !== a || slots[3 * at + 2] !== b)) {
          at = (at + 1) & mask;
          group = slots[3 * at];
        }
        if (group === 0) {
          first[count] = i;
          group = ++count;
          slots[3 * at] = group;
          slots[3 * at + 1] = a;
          slots[3 * at + 2] = b;
        }
        ids[i] = group - 1;
      }
      return count;`,
    );
  }

  /** Room for so many more groups, with half of the slots free. */
  makeRoom(more: number): void {
    let size = this.#slots.length / 3;
    while (size < 2 * (this.count + more)) size *= 2;
    if (3 * size === this.#slots.length) return;
    this.#slots = moved(this.#slots, size);
    const first = new Uint32Array(size / 2);
    first.set(this.first);
    this.first = first;
  }

  /** Writes the numbers of rows [start, end), for which there is room. */
  number(ids: Uint32Array, start: number, end: number): void {
    const { values, base } = this.#lane;
    const shift = Math.clz32(this.#slots.length / 3) + 1;
    this.count = this.#number(
      ...[values, base, this.#other?.values, this.#other?.base, this.#slots],
      ...[shift, ids, this.first, this.count, start, end],
    );
  }
}

/** The same keys in more slots. */
function moved(from: Uint32Array, size: number): Uint32Array {
  const slots = new Uint32Array(3 * size);
  const shift = Math.clz32(size) + 1;
  for (let i = 0; i < from.length; i += 3) {
    const group = from[i] as number;
    if (group === 0) continue;
    const [a, b] = [from[i + 1] as number, from[i + 2] as number];
    let at = slotOf(a, b, shift);
    while (slots[3 * at] !== 0) at = (at + 1) & (size - 1);
    slots[3 * at] = group;
    slots[3 * at + 1] = a;
    slots[3 * at + 2] = b;
  }
  return slots;
}

/** Where a key is looked for first. The kernel says the same in its own text. */
function slotOf(a: number, b: number, shift: number): number {
  const mixed = Math.imul(a, FIRST_FACTOR) ^ Math.imul(b, OTHER_FACTOR);
  return Math.imul(mixed ^ (mixed >>> 15), FIRST_FACTOR) >>> shift;
}
