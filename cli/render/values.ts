/** Values of the cache for people and for programs. */
import type { BucketStats, ValueInfo } from "../../src/index.ts";
import { textTable } from "./text-table.ts";
import { bytesText, spanText } from "./units.ts";

const dateOf = (ms: number): string => new Date(ms).toISOString();

/** A line per value; ages on a terminal, dates elsewhere. */
export const valueTable = (values: readonly ValueInfo[], now: number | undefined): string =>
  textTable(
    ["KEY", "SIZE", now === undefined ? "STORED" : "AGE", now === undefined ? "EXPIRES" : "LEFT"],
    values.map(({ key, bytes, storedAt, expiresAt }) => [
      key,
      bytesText(bytes),
      now === undefined ? dateOf(storedAt) : spanText(now - storedAt),
      expiresAt === undefined
        ? "-"
        : now === undefined
          ? dateOf(expiresAt)
          : spanText(expiresAt - now),
    ]),
  );

export const valueJson = ({ key, bytes, storedAt, expiresAt }: ValueInfo): object => ({
  key,
  bytes,
  storedAt: dateOf(storedAt),
  ...(expiresAt !== undefined && { expiresAt: dateOf(expiresAt) }),
});

/** A line per part of the store. */
export const statsTable = (stats: readonly BucketStats[]): string =>
  textTable(
    ["PART", "VALUES", "SIZE", "ROOM", "KEPT FOR"],
    stats.map(({ name, values, bytes, bytesMax, ttlMs }) => [
      name,
      String(values),
      bytesText(bytes),
      bytesMax === undefined ? "-" : bytesText(bytesMax),
      ttlMs === undefined ? "-" : spanText(ttlMs),
    ]),
  );
