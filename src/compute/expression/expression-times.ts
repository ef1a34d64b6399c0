/**
 * Parts of a time in milliseconds since 1970-01-01T00:00Z, in UTC and the Gregorian calendar. Pure
 * arithmetic: no object is made for a time, and no time zone is asked for.
 */

/** The largest magnitude of a time, as in ECMAScript: 100,000,000 days, beyond the year 275,000. */
export const TIME_MAX = 8_640_000_000_000_000;

const DAY = 86_400_000;
/** Days from 0000-03-01, which leap days come last in the year of, to 1970-01-01. */
const DAYS_TO_1970 = 719_468;
/** Days in 400 years, after which the calendar repeats. */
const ERA_DAYS = 146_097;

export const hourOf = (time: number): number => Math.floor(within(time, DAY) / 3_600_000);
export const minuteOf = (time: number): number => Math.floor(within(time, 3_600_000) / 60_000);
export const secondOf = (time: number): number => Math.floor(within(time, 60_000) / 1_000);

/** The part of the time since the last whole unit began, also before 1970. */
const within = (time: number, unit: number): number => time - Math.floor(time / unit) * unit;

const eraOf = (day: number): number => Math.floor(day / ERA_DAYS);

/** Day within 400 years to the year within them; years begin in March (Hinnant, days from civil). */
const yearOfEra = (day: number): number =>
  Math.floor(
    (day - Math.floor(day / 1_460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365,
  );

const dayNumber = (time: number): number => Math.floor(time / DAY) + DAYS_TO_1970;

/** Day of a year that begins in March, from 0. */
function dayOfYear(time: number): number {
  const day = within(dayNumber(time), ERA_DAYS);
  const year = yearOfEra(day);
  return day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
}

export function yearOf(time: number): number {
  const day = dayNumber(time);
  const year = yearOfEra(within(day, ERA_DAYS)) + eraOf(day) * 400;
  return monthOf(time) <= 2 ? year + 1 : year;
}

/** 1 is January. */
export function monthOf(time: number): number {
  const fromMarch = Math.floor((5 * dayOfYear(time) + 2) / 153);
  return fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
}

/** Day of the month, from 1. */
export function dayOf(time: number): number {
  const day = dayOfYear(time);
  const fromMarch = Math.floor((5 * day + 2) / 153);
  return day - Math.floor((153 * fromMarch + 2) / 5) + 1;
}
