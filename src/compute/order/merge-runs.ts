/**
 * Rows that come in a few ascending stretches, as the tables of sorted chunks below one another do:
 * finding the stretches, and merging them in time linear in the rows. Equal rows keep their order.
 */
import { BLOCK_ROWS, forBlocks, kernel } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { type Lane, laneKey, laneKind } from "./lane.ts";
import { noTies, TieList, type Ties } from "./ties.ts";

/** More stretches than this are sorted faster by their digits. */
const STRETCHES_MAX = 16;

/** Ascending stretches of rows, and how many rows equal the one before them. */
export interface Stretches {
  /** The rows where they begin, 0 the first. */
  readonly starts: readonly number[];
  readonly equal: number;
}

/** The ascending stretches; undefined when there are too many. */
export function ascendingStretches(lanes: readonly Lane[], rows: number): Stretches | undefined {
  const each = (text: (lane: Lane, l: number) => string) => lanes.map(text).join(" ");
  const find = kernel<(...given: unknown[]) => number>(
    `stretches ${lanes.map(laneKind)}`,
    [...laneParameters(lanes), "found", "count", "start", "end"],
    `let equal = found[0];
    ${each((lane, l) => `let a${l} = ${keyOf(lane, l, "start - 1")};`)}
    for (let i = start; i < end; i++) {
      ${each((lane, l) => `const b${l} = ${keyOf(lane, l, "i")};`)}
      if (!(${isAbove(lanes)})) {
        if (${lanes.map((_, l) => `a${l} === b${l}`).join(" && ")}) equal++;
        else {
          if (count >= found.length) return count + 1;
          found[count++] = i;
        }
      }
      ${each((_, l) => `a${l} = b${l};`)}
    }
    found[0] = equal;
    return count;`,
  );
  // The first stretch begins at row 0: its place is free for the number of equal rows.
  const found = new Uint32Array(STRETCHES_MAX);
  const given = laneArguments(lanes);
  let count = 1;
  for (let start = 1; start < rows; start += BLOCK_ROWS) {
    count = find(...given, found, count, start, Math.min(rows, start + BLOCK_ROWS));
    if (count > STRETCHES_MAX) return undefined;
  }
  return { starts: [0, ...found.subarray(1, count)], equal: found[0] ?? 0 };
}

/** The order in which the rows of these stretches ascend altogether. */
export function mergeStretches(
  lanes: readonly Lane[],
  stretches: readonly number[],
  rows: number,
): Uint32Array {
  const merge = kernel<(...given: unknown[]) => void>(
    `merge ${lanes.map(laneKind)}`,
    [...laneParameters(lanes), "from", "to", "start", "middle", "end"],
    `let i = start, j = middle, at = start;
    while (i < middle && j < end) {
      const a = from[i], b = from[j];
      if (${isBefore(lanes, "b", "a")}) {
        to[at++] = b;
        j++;
      } else {
        to[at++] = a;
        i++;
      }
    }
    while (i < middle) to[at++] = from[i++];
    while (j < end) to[at++] = from[j++];`,
  );
  const given = laneArguments(lanes);
  let [from, to] = [rowNumbers(rows), columnMemory("<u4", rows)];
  let bounds = [...stretches, rows];
  while (bounds.length > 2) {
    const joined: number[] = [];
    for (let i = 0; i + 1 < bounds.length; i += 2) {
      const [start = 0, middle = rows, end = middle] = bounds.slice(i, i + 3);
      merge(...given, from, to, start, middle, end);
      joined.push(start);
    }
    bounds = [...joined, rows];
    [from, to] = [to, from];
  }
  returnMemory(to);
  return from;
}

/** Where neighbours in an order are equal in all lanes; the order is that of the rows by default. */
export function tiesAlong(
  lanes: readonly Lane[],
  rows: number,
  order: Uint32Array | undefined,
): Ties {
  if (rows < 2) return noTies;
  const same = columnMemory("<u4", rows);
  const row = (i: string) => (order === undefined ? i : `order[${i}]`);
  const number = kernel<(...given: unknown[]) => number>(
    `ties ${lanes.map(laneKind)} ${order === undefined}`,
    [...laneParameters(lanes), "order", "same", "number", "start", "end"],
    `for (let i = start; i < end; i++) {
      const a = ${row("i - 1")}, b = ${row("i")};
      if (${lanes.map((lane, l) => `${keyOf(lane, l, "a")} !== ${keyOf(lane, l, "b")}`).join(" || ") || "false"}) number++;
      same[i] = number;
    }
    return number;`,
  );
  const given = laneArguments(lanes);
  const ties = new TieList(rows);
  let last = 0;
  same[0] = 0;
  forBlocks(rows, (start, end) => {
    last = number(...given, order, same, last, Math.max(1, start), end);
    ties.note(same, 1, 0, start, end);
  });
  ties.close(rows);
  returnMemory(same);
  return ties.ties();
}

export function rowNumbers(rows: number): Uint32Array {
  const numbers = columnMemory("<u4", rows);
  for (let i = 0; i < rows; i++) numbers[i] = i;
  return numbers;
}

const laneParameters = (lanes: readonly Lane[]): string[] =>
  lanes.flatMap((_, l) => [`values${l}`, `base${l}`]);
const laneArguments = (lanes: readonly Lane[]): unknown[] =>
  lanes.flatMap(({ values, base }) => [values, base]);
const keyOf = (lane: Lane, l: number, row: string): string =>
  laneKey(lane, `(${row})`, `values${l}`, `base${l}`);

/** Whether row `a` comes before row `b`, in the text of a kernel. */
function isBefore(lanes: readonly Lane[], a: string, b: string): string {
  return lanes.reduceRight((rest, lane, l) => {
    const [one, other] = [keyOf(lane, l, a), keyOf(lane, l, b)];
    return `(${one} < ${other} || (${one} === ${other} && ${rest}))`;
  }, "false");
}

/** Whether the keys `b0`, `b1`, … are above the keys `a0`, `a1`, …, in the text of a kernel. */
const isAbove = (lanes: readonly Lane[]): string =>
  lanes.reduceRight((rest, _, l) => `(b${l} > a${l} || (b${l} === a${l} && ${rest}))`, "false");
