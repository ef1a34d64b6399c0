/**
 * Groups: rows with equal keys get one number, in the order in which the keys first come. Keys whose
 * range is small are looked up in a table, others in a hash table over one or two lanes at a time.
 * NaN is one key, -0 is 0, and to have no value is a key of its own.
 */
import { type Column, countNulls } from "../../table/column.ts";
import { forBlocks, kernel, loopText } from "../../table/kernels.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import {
  type Lane,
  type LaneArray,
  laneKey,
  laneKind,
  plainLane,
  releaseLanes,
} from "../order/lane.ts";
import { lanesOf } from "../order/lanes.ts";
import { PairTable } from "./pair-table.ts";
import { NO_CODE, textCodes } from "./text-codes.ts";

export interface RowGroups {
  /** For each row the number of its group, from 0. */
  readonly ids: Uint32Array;
  /** For each group the first row of it. */
  readonly first: Uint32Array;
  readonly count: number;
}

/** A table with a place for every key is worth its memory up to so many places for each row. */
const PLACES_PER_ROW_MAX = 4;
const PLACES_MIN = 65_536;

/** The groups of rows that are equal in all these columns; without columns all rows are one. */
export function groupRows(columns: readonly Column[], rows: number): RowGroups {
  const lanes = columns.flatMap(groupLanes);
  const [first, second] = lanes;
  if (first === undefined) {
    const some = Math.min(1, rows);
    return { ids: columnMemory("<u4", rows).fill(0), first: new Uint32Array(some), count: some };
  }
  let used = 1;
  let groups: RowGroups;
  // The first two lanes of a wide key are looked up as one.
  if (second !== undefined && !isNarrow(first, rows)) {
    groups = pairGroups(first, second, rows);
    used = 2;
  } else groups = laneGroups(first, rows);
  for (const lane of lanes.slice(used)) {
    if (groups.count === rows) break;
    const coarse = plainLane(groups.ids, Math.max(0, groups.count - 1));
    groups = pairGroups(coarse, lane, rows);
    returnMemory(coarse.values);
  }
  releaseLanes(lanes);
  return groups;
}

/** Lanes that are equal where the values are; the order of texts is not asked for. */
function groupLanes(column: Column): readonly Lane[] {
  if (column.kind !== "text") return lanesOf(column);
  const { codes, first } = textCodes(column);
  const distinct = first.length;
  if (countNulls(column.validity, column.length) === 0) {
    return distinct < 2 ? [] : [plainLane(codes, distinct - 1)];
  }
  for (let i = 0; i < codes.length; i++) if (codes[i] === NO_CODE) codes[i] = distinct;
  return [plainLane(codes, distinct)];
}

const isNarrow = ({ max }: Lane, rows: number): boolean => fits(max + 1, rows);
const fits = (places: number, rows: number): boolean =>
  places <= Math.max(PLACES_MIN, PLACES_PER_ROW_MAX * rows);

function laneGroups(lane: Lane, rows: number): RowGroups {
  if (!isNarrow(lane, rows)) return hashed(lane, undefined, rows);
  return placed(
    lane.max + 1,
    `place ${laneKind(lane)}`,
    (i) => laneKey(lane, i),
    [lane.values, lane.base, undefined, 0, 0],
    rows,
  );
}

function pairGroups(a: Lane, b: Lane, rows: number): RowGroups {
  const places = (a.max + 1) * (b.max + 1);
  if (!fits(places, rows)) return hashed(a, b, rows);
  return placed(
    places,
    `place ${laneKind(a)} ${laneKind(b)}`,
    (i) => `${laneKey(a, i)} * width + ${laneKey(b, i, "others", "otherBase")}`,
    [a.values, a.base, b.values, b.base, b.max + 1],
    rows,
  );
}

type PlaceArguments = readonly [LaneArray, number, LaneArray | undefined, number, number];

/** Groups by a place for every key. */
function placed(
  places: number,
  kind: string,
  key: (row: string) => string,
  given: PlaceArguments,
  rows: number,
): RowGroups {
  const groupAt = new Uint32Array(places);
  const ids = columnMemory("<u4", rows);
  const first = columnMemory("<u4", Math.min(places, rows));
  const find = kernel<(...given: unknown[]) => number>(
    kind,
    [
      "values",
      "base",
      "others",
      "otherBase",
      "width",
      "groupAt",
      "ids",
      "first",
      "count",
      "start",
      "end",
    ],
    `${loopText(
      (i) => `{ const key = ${key(i)};
        let group = groupAt[key];
        if (group === 0) {
          first[count] = ${i};
          group = ++count;
          groupAt[key] = group;
        }
        ids[${i}] = group - 1; }`,
    )}
    return count;`,
  );
  let count = 0;
  forBlocks(rows, (start, end) => {
    count = find(...given, groupAt, ids, first, count, start, end);
  });
  const firstRows = first.slice(0, count);
  returnMemory(first);
  return { ids, first: firstRows, count };
}

/** Groups by a hash table; `other` is absent where one lane says it all. */
function hashed(lane: Lane, other: Lane | undefined, rows: number): RowGroups {
  const ids = columnMemory("<u4", rows);
  const table = new PairTable(lane, other);
  forBlocks(rows, (start, end) => {
    table.makeRoom(end - start);
    table.number(ids, start, end);
  });
  return { ids, first: table.first.slice(0, table.count), count: table.count };
}
