/** When the rows of a signal were taken: columns of times, their units, and the rate they tell of. */
import { RtlError } from "../../protocol/errors.ts";
import { type Column, isNull, type NumericColumn } from "../../table/column.ts";
import { asNumbers, toFloat64 } from "../../table/floats.ts";
import { firstNotFinite } from "./signal.ts";

const nanosecondsOf = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
} as const;
export type TimeUnit = keyof typeof nanosecondsOf;
export const timeUnits = Object.keys(nanosecondsOf) as [TimeUnit, ...TimeUnit[]];

const DURATION = new RegExp(`^(\\d+(?:\\.\\d+)?) ?(${timeUnits.join("|")})$`);
export const isDuration = (text: string): boolean => DURATION.test(text);

/** A duration in `unit`, out of seconds or of text such as "10ms". */
export function durationIn(duration: number | string, unit: TimeUnit): number {
  const [, count, of] =
    typeof duration === "number" ? [null, duration, "s"] : (DURATION.exec(duration) ?? []);
  const factor = nanosecondsOf[of as TimeUnit] / nanosecondsOf[unit];
  const exact = factor >= 1 ? Number(count) * factor : Number(count) / (1 / factor);
  // 0.07 s are 70 ms, whatever the last bit of the product says.
  const whole = Math.round(exact);
  return Math.abs(exact - whole) <= 1e-12 * whole ? whole : exact;
}

/** A column of times that do not fall, as differences from the first, in the column's own unit. */
export interface Times {
  readonly column: NumericColumn;
  readonly ticks: Float64Array;
  /** How far a tick may be off because the column cannot hold it better; 0 for whole numbers. */
  readonly resolution: number;
}

/**
 * The times of a column. RTL_TABLE_INVALID names the first row without a time, earlier than the one
 * before, or, unless `repeats` are welcome, equal to it.
 */
export function timesOf(column: Column, task: string, repeats: boolean): Times {
  const numbers = asNumbers(column, task);
  const ticks = ticksOf(numbers);
  const refuse = (row: number, what: string, fix: string): never => {
    const message = `${task}: time column "${column.name}", row ${row} ${what}`;
    throw new RtlError("RTL_TABLE_INVALID", message, { fix });
  };
  for (let row = 0; row < ticks.length; row++) {
    if (isNull(column, row)) refuse(row, "has no value", "drop the rows without a time");
  }
  const odd = firstNotFinite(ticks);
  if (odd >= 0) {
    // An infinite first time leaves no difference that is finite; NaN - NaN does not tell which.
    const row = Math.max(0, firstNotFinite(toFloat64(numbers)));
    refuse(row, "is not finite", "drop the rows without a time");
  }
  for (let row = 1; row < ticks.length; row++) {
    const step = (ticks[row] as number) - (ticks[row - 1] as number);
    if (step < 0) refuse(row, "is earlier than the row before", "sort the table by time");
    if (step === 0 && !repeats) {
      refuse(
        row,
        "has the time of the row before",
        "average rows of one time, or leave one of them",
      );
    }
  }
  const floats = numbers.dtype.startsWith("<f") ? toFloat64(numbers) : undefined;
  const largest = Math.max(Math.abs(floats?.[0] ?? 0), Math.abs(floats?.at(-1) ?? 0));
  const digits = numbers.dtype === "<f4" ? 2 ** -23 : Number.EPSILON;
  return { column: numbers, ticks, resolution: 2 * digits * largest };
}

/** Differences from the first row. Those of int64 are taken in halves, so that nothing is rounded. */
function ticksOf(column: NumericColumn): Float64Array {
  const { values } = column;
  const ticks = new Float64Array(values.length);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const low = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
    const high =
      values instanceof BigInt64Array
        ? new Int32Array(low.buffer, low.byteOffset, low.length)
        : low;
    const lowFirst = low[0] as number;
    const highFirst = high[1] as number;
    for (let i = 0; i < ticks.length; i++) {
      const highs = (high[2 * i + 1] as number) - highFirst;
      ticks[i] = highs * 4_294_967_296 + ((low[2 * i] as number) - lowFirst);
    }
    return ticks;
  }
  const first = Number(values[0]);
  for (let i = 0; i < ticks.length; i++) ticks[i] = (values[i] as number) - first;
  return ticks;
}

/**
 * The rate of rows in hertz. RTL_TABLE_INVALID when there are fewer than two rows, or when a step
 * differs from the mean step by more than its share `jitterMax`; it names the step that differs most.
 */
export function rateOfTimes(
  column: Column,
  unit: TimeUnit,
  jitterMax: number,
  task: string,
): number {
  const { ticks } = timesOf(column, task, false);
  const rows = ticks.length;
  const place = `${task}: time column "${column.name}"`;
  if (rows < 2) {
    throw new RtlError("RTL_TABLE_INVALID", `${place} has too few rows to tell a rate`, {
      fix: "give rate, in Hz",
    });
  }
  const step = (ticks[rows - 1] as number) / (rows - 1);
  // The mean lies between all steps: the one farthest from it is the one to look at.
  let oddest = 1;
  let farthest = 0;
  for (let row = 1; row < rows; row++) {
    const own = (ticks[row] as number) - (ticks[row - 1] as number);
    if (Math.abs(own - step) <= farthest) continue;
    farthest = Math.abs(own - step);
    oddest = row;
  }
  if (farthest > jitterMax * step) {
    const own = (ticks[oddest] as number) - (ticks[oddest - 1] as number);
    const message =
      `${place} is not uniform: the step to row ${oddest} is ${Number(own.toPrecision(6))} ${unit}, ` +
      `the mean step ${Number(step.toPrecision(6))} ${unit}`;
    throw new RtlError("RTL_TABLE_INVALID", message, {
      fix: "resample the table first, or allow larger differences with jitterMax",
    });
  }
  return 1e9 / (nanosecondsOf[unit] * step);
}
