/**
 * Dates and times as ISO 8601 writes them: 2001-12-31, 2001-12-31T23:59:59.5Z, 2001-12-31 23:59+02:00.
 * Where no zone stands the time is taken as UTC.
 */
const TWO_32 = 4_294_967_296;

/**
 * Reads bytes [start, end) as milliseconds since 1970 in UTC, to two 32-bit halves at
 * `halves[2 * place]`, the low one first; false when they are no date. Parts of a millisecond are
 * dropped.
 */
export function readTimestamp(
  bytes: Uint8Array,
  start: number,
  end: number,
  halves: Int32Array,
  place: number,
): boolean {
  if (end - start < 10 || end - start > 40) return false;
  if (bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return false;
  const year = digits(bytes, start, start + 4);
  const month = digits(bytes, start + 5, start + 7);
  const day = digits(bytes, start + 8, start + 10);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false;
  const time = end === start + 10 ? 0 : timeOf(bytes, start + 10, end);
  if (Number.isNaN(time)) return false;
  const millis = daysSince1970(year, month, day) * 86_400_000 + time;
  const high = Math.floor(millis / TWO_32);
  halves[2 * place] = millis - high * TWO_32;
  halves[2 * place + 1] = high;
  return true;
}

/** Milliseconds of the day, less those of the zone; NaN when it is no time. */
function timeOf(bytes: Uint8Array, start: number, end: number): number {
  const mark = bytes[start];
  if (mark !== 84 && mark !== 116 && mark !== 32) return Number.NaN;
  let at = start + 1;
  const hour = digits(bytes, at, at + 2);
  const minute = bytes[at + 2] === 58 ? digits(bytes, at + 3, at + 5) : -1;
  at += 5;
  let second = 0;
  let millis = 0;
  if (at < end && bytes[at] === 58) {
    second = digits(bytes, at + 1, at + 3);
    at += 3;
    if (at < end && (bytes[at] === 46 || bytes[at] === 44)) {
      let scale = 100;
      const first = ++at;
      for (; at < end && isDigit(bytes[at]); at++, scale /= 10) {
        if (scale >= 1) millis += ((bytes[at] as number) - 48) * scale;
      }
      if (at === first) return Number.NaN;
    }
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || at > end) {
    return Number.NaN;
  }
  return (hour * 60 + minute) * 60_000 + second * 1000 + millis - zoneOf(bytes, at, end);
}

/** Milliseconds that a zone such as Z, +02 or -03:30 is ahead; NaN when it is none. */
function zoneOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  const mark = bytes[start];
  if (mark === 90 || mark === 122) return end === start + 1 ? 0 : Number.NaN;
  if (mark !== 43 && mark !== 45) return Number.NaN;
  const hours = digits(bytes, start + 1, start + 3);
  const rest = start + 3;
  const colon = bytes[rest] === 58 ? 1 : 0;
  const minutes = rest === end ? 0 : digits(bytes, rest + colon, rest + colon + 2);
  if (rest !== end && rest + colon + 2 !== end) return Number.NaN;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN;
  return (mark === 45 ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** The number that these bytes spell; -1 when they do not. */
function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    if (!isDigit(bytes[at])) return -1;
    value = value * 10 + (bytes[at] as number) - 48;
  }
  return value;
}

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 48 && byte < 58;

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01, by counting years from March, whose leap day comes last. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
