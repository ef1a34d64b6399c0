/**
 * Which rows of two tables go together: those whose keys are equal. NaN equals NaN and -0 equals 0;
 * a row that lacks a value in a key goes with none.
 */
import { RtlError } from "../../protocol/errors.ts";
import { bitAt, type Column, renamed } from "../../table/column.ts";
import { columnMemory, returnMemory } from "../../table/memory.ts";
import { concatenate, makeTable } from "../../table/table.ts";
import { NO_ROW } from "../../table/take.ts";
import { commonDtype, dtypeError, widened } from "../arithmetic/widen.ts";
import { rowNumbers } from "../order/merge-runs.ts";
import { groupRows } from "./group-rows.ts";

export type JoinHow = "inner" | "left" | "right" | "outer" | "semi" | "anti";

/**
 * Rows of the left and the right table that make each row of the result; NO_ROW where there is none.
 * Absent where all rows of a table come once and in order, as of one that looks values up in another.
 */
export interface JoinedRows {
  readonly left: Uint32Array | undefined;
  readonly right: Uint32Array | undefined;
  readonly rows: number;
}

/** More rows than this have no row numbers. */
const JOINED_ROWS_MAX = 2 ** 31;

/**
 * Pairs in the order of the left rows, and for each of them in that of the right ones; `right` the
 * other way round. `outer` has the right rows that go with none at the end, `semi` and `anti` have
 * left rows only. Keys of one place have one dtype; see `matchingKeys`.
 */
export function joinRows(
  how: JoinHow,
  left: readonly Column[],
  right: readonly Column[],
): JoinedRows {
  if (how === "right") {
    const turned = joinRows("left", right, left);
    return { left: turned.right, right: turned.left, rows: turned.rows };
  }
  const [leftRows, rightRows] = [left[0]?.length ?? 0, right[0]?.length ?? 0];
  const keys = left.map((column, place) => oneBelowOther(column, right[place] ?? column));
  const { ids, count } = groupRows(keys, leftRows + rightRows);
  for (const { validity } of keys) {
    if (validity === undefined) continue;
    for (let i = 0; i < ids.length; i++) if (!bitAt(validity, i)) ids[i] = count;
  }
  const leftIds = ids.subarray(0, leftRows);
  const rightIds = ids.subarray(leftRows);
  const index = indexOf(rightIds, count);
  const joined =
    how === "semi" || how === "anti" ? alone(how, leftIds, index) : pairs(how, leftIds, index);
  if (how !== "outer") return joined;
  const rest = without(rightIds, leftIds, count);
  if (rest.length === 0) return joined;
  const { left: leftPart, right: rightPart = noRows, rows } = joined;
  return {
    left: appended(leftPart ?? rowNumbers(rows), new Uint32Array(rest.length).fill(NO_ROW)),
    right: appended(rightPart, rest),
    rows: rows + rest.length,
  };
}

const noRows = new Uint32Array(0);

/** Both columns as one key. */
function oneBelowOther(left: Column, right: Column): Column {
  const tables = [left, right].map((column) => makeTable([renamed(column, "key")]));
  return concatenate(tables).column("key");
}

/** For each group its rows: `rows` from `starts[group]` to `starts[group + 1]`, in order. */
interface Index {
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
}

function indexOf(ids: Uint32Array, groups: number): Index {
  // Row numbers of group i go where the count of group i - 1 ends; the last place is for nulls.
  const starts = new Uint32Array(groups + 2);
  for (let i = 0; i < ids.length; i++) {
    const next = (ids[i] as number) + 1;
    starts[next] = (starts[next] as number) + 1;
  }
  for (let group = 0; group <= groups; group++) {
    starts[group + 1] = (starts[group + 1] as number) + (starts[group] as number);
  }
  const next = starts.slice();
  const rows = columnMemory("<u4", ids.length);
  for (let i = 0; i < ids.length; i++) {
    const group = ids[i] as number;
    const at = next[group] as number;
    next[group] = at + 1;
    rows[at] = i;
  }
  // Rows without a value go with none, on either side.
  starts[groups + 1] = starts[groups] as number;
  return { starts, rows };
}

function pairs(how: "inner" | "left" | "outer", ids: Uint32Array, index: Index): JoinedRows {
  const { starts, rows } = index;
  const keepsAll = how !== "inner";
  let total = 0;
  let single = true;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    const matches = (starts[id + 1] as number) - (starts[id] as number);
    const made = matches === 0 && keepsAll ? 1 : matches;
    single &&= made === 1;
    total += made;
  }
  if (total > JOINED_ROWS_MAX) {
    throw new RtlError("RTL_TABLE_INVALID", `the joined table would have ${total} rows`, {
      fix: "join on more columns, or make the keys of one table unique first",
    });
  }
  const [left, right] = [columnMemory("<u4", total), columnMemory("<u4", total)];
  let at = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    const end = starts[id + 1] as number;
    let match = starts[id] as number;
    if (match === end && keepsAll) {
      left[at] = i;
      right[at++] = NO_ROW;
    }
    for (; match < end; match++) {
      left[at] = i;
      right[at++] = rows[match] as number;
    }
  }
  returnMemory(rows);
  if (single) returnMemory(left);
  return { left: single ? undefined : left, right, rows: total };
}

/** Left rows with a match, or without one. */
function alone(how: "semi" | "anti", ids: Uint32Array, { starts }: Index): JoinedRows {
  const left = columnMemory("<u4", ids.length);
  let count = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    left[count] = i;
    if ((starts[id + 1] as number) > (starts[id] as number) === (how === "semi")) count++;
  }
  const all = count === ids.length;
  return { left: all ? undefined : left.subarray(0, count), right: undefined, rows: count };
}

/** Rows of the right whose group no row of the left has. */
function without(rightIds: Uint32Array, leftIds: Uint32Array, groups: number): Uint32Array {
  const met = new Uint8Array(groups + 1);
  for (const id of leftIds) met[id] = 1;
  met[groups] = 0;
  const rest = new Uint32Array(rightIds.length);
  let count = 0;
  for (let i = 0; i < rightIds.length; i++) {
    rest[count] = i;
    count += 1 - (met[rightIds[i] as number] as number);
  }
  return rest.subarray(0, count);
}

function appended(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = columnMemory("<u4", a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Two key columns as ones of one dtype, so that equal values are equal. */
export function matchingKeys(left: Column, right: Column): readonly [Column, Column] {
  const dtype = commonDtype(left.dtype, right.dtype);
  if (dtype === undefined) {
    const name = left.name === right.name ? left.name : `${left.name}" / "${right.name}`;
    throw dtypeError(name, left.dtype, right.dtype, "join");
  }
  return [widened(left, dtype), widened(right, dtype)];
}
