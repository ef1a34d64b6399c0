/**
 * For each row the number of another one: the least or greatest so far or in a window, or the row so
 * many before it. What is chosen are rows, not values, so that every dtype keeps its own.
 */
import {
  allValid,
  type Column,
  clearBit,
  type NumericArray,
  type NumericColumn,
} from "../../table/column.ts";
import { kernel } from "../../table/kernels.ts";
import { takeColumn } from "../../table/take.ts";
import { forPartitions, type Partitions } from "../group/partitions.ts";
import { forPieces, type Window } from "../window/rolling.ts";

/** The chosen row for each row; -1 for none. */
export type RowChoice = Int32Array;

/** The column's values in the chosen rows; no value where none is chosen. */
export function takeChosen(column: Column, choice: RowChoice, name: string): Column {
  const rows = new Uint32Array(choice.length);
  let missing = false;
  for (let i = 0; i < choice.length; i++) {
    const row = choice[i] as number;
    if (row < 0) missing = true;
    else rows[i] = row;
  }
  const taken = { ...takeColumn(column, rows), name };
  if (!missing) return taken;
  const validity = taken.validity?.slice() ?? allValid(choice.length);
  for (let i = 0; i < choice.length; i++) if ((choice[i] as number) < 0) clearBit(validity, i);
  return { ...taken, validity };
}

/** The row `offset` rows later in its partition; earlier where it is below 0. */
export function shiftedRows(partitions: Partitions, offset: number): RowChoice {
  const { rows } = partitions;
  const choice = new Int32Array(rows.length);
  forPartitions(partitions, (start, end) => {
    for (let i = start; i < end; i++) {
      const other = i + offset;
      choice[rows[i] as number] = other >= start && other < end ? (rows[other] as number) : -1;
    }
  });
  return choice;
}

/** The row with the least (`<`) or greatest (`>`) value so far, of those that are present. */
export function bestSoFar(
  column: NumericColumn,
  present: Uint8Array,
  partitions: Partitions,
  comparison: "<" | ">",
): RowChoice {
  const find = kernel<
    (
      values: NumericArray,
      present: Uint8Array,
      rows: Uint32Array,
      choice: RowChoice,
      start: number,
      end: number,
    ) => void
  >(
    `best so far ${column.dtype}`,
    ["values", "present", "rows", "choice", "start", "end"],
    `let best = -1;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      if (present[row] === 0) {
        choice[row] = -1;
        continue;
      }
      if (best < 0 || values[row] ${comparison} values[best]) best = row;
      choice[row] = best;
    }`,
  );
  const choice = new Int32Array(column.length);
  forPartitions(partitions, (start, end) => {
    find(column.values, present, partitions.rows, choice, start, end);
  });
  return choice;
}

/**
 * The row with the least (`<`) or greatest (`>`) value of each window, by the same pieces as rolling
 * sums.
 */
export function bestInWindow(
  column: NumericColumn,
  present: Uint8Array,
  partitions: Partitions,
  comparison: "<" | ">",
  window: Window,
): RowChoice {
  const find = kernel<
    (
      values: NumericArray,
      present: Uint8Array,
      rows: Uint32Array,
      choice: RowChoice,
      ends: Int32Array,
      counts: Int32Array,
      start: number,
      from: number,
      to: number,
      size: number,
      valuesMin: number,
    ) => void
  >(
    `best in window ${column.dtype}`,
    [
      ...["values", "present", "rows", "choice", "ends", "counts"],
      ...["start", "from", "to", "size", "valuesMin"],
    ],
    `for (let piece = from; piece < to; piece += size) {
      const next = Math.min(to, piece + size);
      let best = -1, count = 0;
      for (let i = piece; i < next; i++) {
        const row = rows[i];
        if (present[row] === 1) {
          count++;
          if (best < 0 || values[row] ${comparison} values[best]) best = row;
        }
        const end = i + 1 - piece;
        let found = best, all = count;
        if (piece > start && end < size) {
          all += counts[end];
          const other = ends[end];
          if (other >= 0 && (found < 0 || values[other] ${comparison} values[found])) found = other;
        }
        choice[row] = all < valuesMin ? -1 : found;
      }
      best = -1;
      count = 0;
      for (let i = next - 1; i >= piece; i--) {
        const row = rows[i];
        if (present[row] === 1) {
          count++;
          if (best < 0 || values[row] ${comparison} values[best]) best = row;
        }
        ends[i - piece] = best;
        counts[i - piece] = count;
      }
    }`,
  );
  const { rows } = partitions;
  const choice = new Int32Array(column.length);
  const sizeMax = Math.max(1, Math.min(window.rows, column.length));
  const [ends, counts] = [new Int32Array(sizeMax), new Int32Array(sizeMax)];
  forPartitions(partitions, (start, end) => {
    const size = Math.min(sizeMax, end - start);
    forPieces(end - start, size, (from, to) => {
      const places = [start, start + from, start + to] as const;
      find(column.values, present, rows, choice, ends, counts, ...places, size, window.valuesMin);
    });
  });
  return choice;
}
