/**
 * A lane: unsigned 32-bit keys of rows, in whatever typed array they lie. One or more lanes make a
 * sort key or an identity of rows; how a column becomes lanes is not known here.
 */
import type { NumericArrays } from "../../table/column.ts";
import { forBlocks, kernel, loopText } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";

export type LaneArray = NumericArrays["|i1" | "<i2" | "<i4" | "|u1" | "<u2" | "<u4"];

/** The key of row i is `(values[i * stride] - base) >>> 0`, at most `max`. */
export interface Lane {
  readonly values: LaneArray;
  /** 2 where `values` are the halves of 64-bit integers, of which the lower ones count. */
  readonly stride: 1 | 2;
  readonly base: number;
  readonly max: number;
  /** Whether `values` belong to the lane alone, so that their memory goes when it does. */
  readonly own: boolean;
}

export const KEY_MAX = 0xffff_ffff;

/** A lane of keys as they are, in memory of its own. */
export const plainLane = (values: Uint32Array, max: number): Lane => ({
  values,
  stride: 1,
  base: 0,
  max,
  own: true,
});

/** Gives back the memory of lanes that nobody will read again. */
export function releaseLanes(lanes: readonly Lane[]): void {
  for (const { own, values } of lanes) if (own) returnMemory(values);
}

/** Tells apart kernels that read lanes of different make. */
export const laneKind = ({ values, stride }: Lane): string => `${values.constructor.name}${stride}`;

/** The key of a row, in the text of a kernel that has the lane as `values` and `base`. */
export function laneKey({ stride }: Lane, row: string, values = "values", base = "base"): string {
  return `((${values}[${stride === 2 ? `2 * (${row})` : row}] - ${base}) >>> 0)`;
}

/** The keys of all rows in memory of their own, or `max` minus them where the order turns round. */
export function keysOf(lane: Lane, rows: number, descending = false): Uint32Array {
  const keys = columnMemory("<u4", rows);
  const copy = kernel<
    (
      values: LaneArray,
      base: number,
      max: number,
      keys: Uint32Array,
      start: number,
      end: number,
    ) => void
  >(
    `keys ${laneKind(lane)}`,
    ["values", "base", "max", "keys", "start", "end"],
    loopText((i) => `keys[${i}] = ${descending ? "max - " : ""}${laneKey(lane, i)};`),
  );
  const { values, base, max } = lane;
  forBlocks(rows, (start, end) => copy(values, base, max, keys, start, end));
  return keys;
}

/** The keys of some rows, in their order. */
export function takeKeys(lane: Lane, rows: Uint32Array): Uint32Array {
  const keys = columnMemory("<u4", rows.length);
  // Four reads on their way at once: they miss the cache, and none waits for another.
  const take = kernel<
    (
      values: LaneArray,
      base: number,
      rows: Uint32Array,
      keys: Uint32Array,
      start: number,
      end: number,
    ) => void
  >(
    `take keys ${laneKind(lane)}`,
    ["values", "base", "rows", "keys", "start", "end"],
    `let i = start;
    for (; i + 3 < end; i += 4) {
      const r0 = rows[i], r1 = rows[i + 1], r2 = rows[i + 2], r3 = rows[i + 3];
      const k0 = ${laneKey(lane, "r0")}, k1 = ${laneKey(lane, "r1")};
      const k2 = ${laneKey(lane, "r2")}, k3 = ${laneKey(lane, "r3")};
      keys[i] = k0;
      keys[i + 1] = k1;
      keys[i + 2] = k2;
      keys[i + 3] = k3;
    }
    for (; i < end; i++) {
      const r = rows[i];
      keys[i] = ${laneKey(lane, "r")};
    }`,
  );
  forBlocks(rows.length, (start, end) => take(lane.values, lane.base, rows, keys, start, end));
  return keys;
}
