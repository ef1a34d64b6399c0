/**
 * Ties: stretches of an order whose rows are equal in all keys looked at so far. What a next key has
 * to do is to order the rows within each of them, and nothing else.
 */
import { columnMemory } from "../../table/memory.ts";

/** Positions [starts[i], ends[i]) of an order, for i below `count`; each at least two rows long. */
export interface Ties {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
}

/** All rows as one tie. */
export const oneTie = (rows: number): Ties =>
  rows < 2 ? noTies : { starts: Uint32Array.of(0), ends: Uint32Array.of(rows), count: 1 };

export const noTies: Ties = { starts: new Uint32Array(0), ends: new Uint32Array(0), count: 0 };

/** Collects ties of at most `rows` rows. */
export class TieList {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** How many there are, and what `note` has to remember between blocks: the key before, open or not. */
  readonly #state = new Uint32Array(3);

  constructor(rows: number) {
    this.starts = columnMemory("<u4", rows >> 1);
    this.ends = columnMemory("<u4", rows >> 1);
  }

  add(start: number, end: number): void {
    const count = this.#state[0] as number;
    this.starts[count] = start;
    this.ends[count] = end;
    this.#state[0] = count + 1;
  }

  /**
   * Notes where neighbouring keys are equal at positions [start, end), given in order: the keys are
   * every `step`-th of `keys`, the first for position `start`. `from` is where the stretch begins
   * within which keys are compared.
   */
  note(keys: Uint32Array, step: number, from: number, start: number, end: number): void {
    const { starts, ends } = this;
    const state = this.#state;
    let [count, before, open] = [state[0] as number, state[1] as number, state[2] as number];
    for (let i = start; i < end; i++) {
      const key = keys[i * step] as number;
      if (key === before && i > from) {
        if (open === 0) {
          starts[count] = i - 1;
          open = 1;
        }
      } else if (open === 1) {
        ends[count++] = i;
        open = 0;
      }
      before = key;
    }
    state[0] = count;
    state[1] = before;
    state[2] = open;
  }

  /** Says that the stretch of equal keys, if there is one, ends here. */
  close(end: number): void {
    if (this.#state[2] !== 1) return;
    this.ends[this.#state[0] as number] = end;
    this.#state[0] = (this.#state[0] as number) + 1;
    this.#state[2] = 0;
  }

  ties(): Ties {
    const count = this.#state[0] as number;
    return { starts: this.starts.subarray(0, count), ends: this.ends.subarray(0, count), count };
  }
}

/** Rows that lie in ties. */
export function tiedRows({ starts, ends, count }: Ties): number {
  let rows = 0;
  for (let i = 0; i < count; i++) rows += (ends[i] as number) - (starts[i] as number);
  return rows;
}

/** The positions in ties, one tie after the other. */
export function tiedPositions({ starts, ends, count }: Ties, rows: number): Uint32Array {
  const positions = columnMemory("<u4", rows);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = ends[i] as number;
    for (let position = starts[i] as number; position < end; position++) positions[at++] = position;
  }
  return positions;
}

/** The same ties as if nothing lay between them. */
export function closedUp({ starts, ends, count }: Ties): Ties {
  const closed = { starts: columnMemory("<u4", count), ends: columnMemory("<u4", count), count };
  let at = 0;
  for (let i = 0; i < count; i++) {
    closed.starts[i] = at;
    at += (ends[i] as number) - (starts[i] as number);
    closed.ends[i] = at;
  }
  return closed;
}

/** Ties of closed-up positions, at the positions that those stand for. */
export function spreadOut({ starts, ends, count }: Ties, positions: Uint32Array): Ties {
  for (let i = 0; i < count; i++) {
    const start = positions[starts[i] as number] as number;
    ends[i] = start + (ends[i] as number) - (starts[i] as number);
    starts[i] = start;
  }
  return { starts, ends, count };
}
