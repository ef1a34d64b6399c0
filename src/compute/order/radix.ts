/**
 * Rows in the order of one lane, in time linear in the rows: counting where the keys are few, else
 * a radix sort from the lowest digit up. Equal keys keep the order of their rows.
 */
import { forBlocks, kernel, loopText } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { type Lane, type LaneArray, laneKey, laneKind } from "./lane.ts";
import { TieList, type Ties } from "./ties.ts";

/** Bits of a digit where there are several: 2048 places to write to are as many as caches bear. */
const DIGIT_BITS = 11;
/** Keys of so many bits are counted at once, if there are rows enough to make that worth while. */
const COUNTED_BITS = 16;
const COUNTED_ROWS_MIN = 65_536;

export interface LaneOrder {
  readonly order: Uint32Array;
  readonly ties: Ties;
}

/** The rows in ascending order of their keys, and where neighbours have equal ones. */
export function orderByLane(lane: Lane, rows: number): LaneOrder {
  const bits = 32 - Math.clz32(lane.max);
  const counted = rows < COUNTED_ROWS_MIN ? DIGIT_BITS : COUNTED_BITS;
  return bits <= counted ? countingOrder(lane, rows) : radixOrder(lane, rows, bits);
}

function countingOrder(lane: Lane, rows: number): LaneOrder {
  const { values, base, max } = lane;
  const places = new Uint32Array(max + 1);
  const count = kernel<CountKernel>(
    `count ${laneKind(lane)}`,
    ["values", "base", "places", "start", "end"],
    loopText((i) => `places[${laneKey(lane, i)}]++;`),
  );
  forBlocks(rows, (start, end) => count(values, base, places, start, end));
  const ties = new TieList(rows);
  let total = 0;
  for (let key = 0; key <= max; key++) {
    const same = places[key] as number;
    places[key] = total;
    if (same > 1) ties.add(total, total + same);
    total += same;
  }
  const order = columnMemory("<u4", rows);
  const place = kernel<
    (
      values: LaneArray,
      base: number,
      places: Uint32Array,
      order: Uint32Array,
      start: number,
      end: number,
    ) => void
  >(
    `place ${laneKind(lane)}`,
    ["values", "base", "places", "order", "start", "end"],
    loopText((i) => `order[places[${laneKey(lane, i)}]++] = ${i};`),
  );
  forBlocks(rows, (start, end) => place(values, base, places, order, start, end));
  return { order, ties: ties.ties() };
}
type CountKernel = (
  values: LaneArray,
  base: number,
  places: Uint32Array,
  start: number,
  end: number,
) => void;

/** Key and row travel side by side: each pass reads in order, and writes two numbers at one place. */
function radixOrder(lane: Lane, rows: number, bits: number): LaneOrder {
  const passes = Math.ceil(bits / DIGIT_BITS);
  const width = Math.ceil(bits / passes);
  const places = digitPlaces(lane, rows, passes, width);
  let from = columnMemory("<u4", 2 * rows);
  firstPass(lane, rows, places.subarray(0, 1 << width), (1 << width) - 1, from);
  let to = columnMemory("<u4", 2 * rows);
  for (let pass = 1; pass < passes; pass++) {
    const own = places.subarray(pass << width, (pass + 1) << width);
    const [source, target, shift] = [from, to, pass * width];
    forBlocks(rows, (start, end) => movePairs(source, target, own, shift, start, end));
    [from, to] = [to, from];
  }
  returnMemory(to);
  const order = columnMemory("<u4", rows);
  const ties = new TieList(rows);
  forBlocks(rows, (start, end) => {
    splitPairs(from, order, start, end);
    ties.note(from, 2, 0, start, end);
  });
  ties.close(rows);
  returnMemory(from);
  return { order, ties: ties.ties() };
}

/** For each pass, and each value of its digit, the first place of the rows that have it. */
function digitPlaces(lane: Lane, rows: number, passes: number, width: number): Uint32Array {
  const places = new Uint32Array(passes << width);
  const digits = Array.from(
    { length: passes },
    (_, pass) => `places[${pass << width} + ((key >>> ${pass * width}) & ${(1 << width) - 1})]++;`,
  );
  const count = kernel<CountKernel>(
    `digits ${laneKind(lane)}`,
    ["values", "base", "places", "start", "end"],
    loopText((i) => `{ const key = ${laneKey(lane, i)}; ${digits.join(" ")} }`),
  );
  forBlocks(rows, (start, end) => count(lane.values, lane.base, places, start, end));
  for (let pass = 0; pass < passes; pass++) {
    let total = 0;
    for (let at = pass << width; at < (pass + 1) << width; at++) {
      const same = places[at] as number;
      places[at] = total;
      total += same;
    }
  }
  return places;
}

function firstPass(
  lane: Lane,
  rows: number,
  places: Uint32Array,
  mask: number,
  pairs: Uint32Array,
): void {
  const pass = kernel<
    (
      values: LaneArray,
      base: number,
      places: Uint32Array,
      mask: number,
      pairs: Uint32Array,
      start: number,
      end: number,
    ) => void
  >(
    `pairs ${laneKind(lane)}`,
    ["values", "base", "places", "mask", "pairs", "start", "end"],
    loopText(
      (i) => `{ const key = ${laneKey(lane, i)};
        const at = 2 * places[key & mask]++;
        pairs[at] = key;
        pairs[at + 1] = ${i}; }`,
    ),
  );
  const { values, base } = lane;
  forBlocks(rows, (start, end) => pass(values, base, places, mask, pairs, start, end));
}

const movePairs = kernel<
  (
    from: Uint32Array,
    to: Uint32Array,
    places: Uint32Array,
    shift: number,
    start: number,
    end: number,
  ) => void
>(
  "move pairs",
  ["from", "to", "places", "shift", "start", "end"],
  `const mask = places.length - 1;
  ${loopText(
    (i) => `{ const key = from[2 * (${i})];
      const at = 2 * places[(key >>> shift) & mask]++;
      to[at] = key;
      to[at + 1] = from[2 * (${i}) + 1]; }`,
  )}`,
);

const splitPairs = kernel<
  (pairs: Uint32Array, order: Uint32Array, start: number, end: number) => void
>(
  "split pairs",
  ["pairs", "order", "start", "end"],
  loopText((i) => `order[${i}] = pairs[2 * (${i}) + 1];`),
);
