/**
 * A regular grid of times over irregular rows: first, first + step, first + 2 step, … up to the last
 * time. What a grid time takes from the rows is in grid-points.ts and grid-bins.ts. All times there are
 * ticks since the first row.
 */
import { RtlError } from "../../protocol/errors.ts";
import {
  allValid,
  arrayOfDtype,
  type Column,
  clearBit,
  type NumericArray,
  type NumericColumn,
  numericColumn,
} from "../../table/column.ts";
import { columnMemory } from "../../table/memory.ts";
import { takeColumn } from "../../table/take.ts";
import type { Times } from "./sampling.ts";

/** More would not be a table that anyone wants, but a wrong unit. */
const GRID_ROWS_MAX = 200_000_000;
/** A row this close to a grid time, as a share of a step, counts as being at it. */
const CLOSENESS = 1e-9;

export interface TimeGrid {
  readonly times: Times;
  /** Ticks. */
  readonly step: number;
  readonly rows: number;
  /** Ticks within which a row is at a grid time. */
  readonly close: number;
}

/** The grid of these steps; RTL_PARAMS_INVALID, naming `every`, when it does not fit the times. */
export function timeGrid(times: Times, step: number, task: string): TimeGrid {
  const refuse = (what: string, fix: string): never => {
    throw new RtlError("RTL_PARAMS_INVALID", `${task}: every: ${what}`, { fix });
  };
  const { ticks, column, resolution } = times;
  const whole = !column.dtype.startsWith("<f");
  if (whole && !Number.isInteger(step)) {
    const what = `a step of ${step} is no whole number in the unit of the time column`;
    refuse(`${what} "${column.name}" (${column.dtype})`, "take a longer step, or check timeUnit");
  }
  const close = whole ? 0 : Math.min(step / 4, step * CLOSENESS + resolution);
  const last = ticks.at(-1);
  const rows = last === undefined ? 0 : Math.floor((last + close) / step) + 1;
  if (rows > GRID_ROWS_MAX) {
    refuse(`this would make ${rows} rows`, "take a longer step, or check timeUnit");
  }
  return { times, step, rows, close };
}

/** The grid times as a column of the name and, but for floats, of the dtype of the time column. */
export function gridTimes({ times: { column }, step, rows }: TimeGrid): NumericColumn {
  const { name, dtype, values } = column;
  const first = values[0] ?? 0;
  if (dtype.startsWith("<f")) {
    const floats = columnMemory("<f8", rows);
    for (let k = 0; k < rows; k++) floats[k] = Number(first) + k * step;
    return numericColumn(name, floats);
  }
  const whole: NumericArray = new arrayOfDtype[dtype](rows);
  if (typeof first === "bigint") {
    for (let k = 0; k < rows; k++) whole[k] = first + BigInt(k * step);
  } else {
    for (let k = 0; k < rows; k++) whole[k] = first + k * step;
  }
  return numericColumn(name, whole, { dtype });
}

/** The values of the row that each grid time takes, and none where that is -1; never a row without. */
export function takenRows(column: Column, rows: Int32Array): Column {
  const chosen = new Uint32Array(rows.length);
  for (let k = 0; k < rows.length; k++) chosen[k] = Math.max(0, rows[k] as number);
  return { ...takeColumn(column, chosen), validity: validityOf(rows) };
}

/** The null bitmap of places where -1 means that there is nothing. */
export function validityOf(rows: Int32Array): Uint8Array | undefined {
  let validity: Uint8Array | undefined;
  for (let k = 0; k < rows.length; k++) {
    if ((rows[k] as number) >= 0) continue;
    validity ??= allValid(rows.length);
    clearBit(validity, k);
  }
  return validity;
}
