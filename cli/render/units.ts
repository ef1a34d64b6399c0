/** Numbers for people: spans of time, ages, counts. */

/** A span such as `120 ms`, `4.2 s`, `3 min 20 s`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** A size such as `512 B`, `64.0 KiB`, `1.2 GiB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [size, unit] = [bytes, 0];
  for (; size >= 1_024 && unit < units.length - 1; unit++) size /= 1_024;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** How long ago: `12 s ago`; points of time in milliseconds since the epoch. */
export const ageText = (then: number, now: number): string =>
  `${spanText(Math.max(0, Math.floor((now - then) / 1_000) * 1_000))} ago`;

/** A point of time: as an age, or as a date where there is no time to count from. */
export const timeText = (time: number, now: number | undefined): string =>
  now === undefined ? new Date(time).toISOString() : ageText(time, now);

export const countText = (count: number, one: string): string =>
  `${count} ${count === 1 ? one : `${one}s`}`;
