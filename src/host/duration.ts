/**
 * Spans of time as people write them: 500ms, 30s, 5m, 1h, 2d. A bare number is refused here,
 * because whether it means seconds or milliseconds is a guess.
 */
const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a text such as `1.5s`, rounded; undefined when it is not a duration. */
export function durationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,9})?)\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const scale = unit === undefined ? undefined : unitMs[unit];
  if (amount === undefined || scale === undefined) return undefined;
  const ms = Math.round(Number(amount) * scale);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
