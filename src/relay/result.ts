/**
 * Results on their way out of a relay. They are lists of references; only small inline tables are
 * ever joined here, so that a job of ten thousand tiny chunks has a handful of tables and not ten
 * thousand.
 */
import type { BlockStore } from "../blocks/blocks.ts";
import { pack } from "../protocol/codec.ts";
import { RtlError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Result, Slice, TableRef } from "../protocol/messages.ts";
import { decodeTable, encodeTable } from "../table/ipc.ts";
import { concatenate, sliceRows, type Table } from "../table/table.ts";

/**
 * Inline bytes that a result may hold, and that outlive this relay with it; what is above goes into the
 * relay's own blocks.
 */
const inlineMax = limits.payloadBytesMax / 2;

/** Bytes of tables that lie inside the result itself. */
export const inlineBytes = (result: Result | undefined): number =>
  (result?.tables ?? []).reduce((sum, t) => sum + ("inline" in t ? t.bytes : 0), 0);

/** The same result in few tables and small enough for one message. */
export function compact(result: Result, job: string, blocks: Pick<BlockStore, "put">): Result {
  const inline = inlineBytes(result);
  if (result.tables.length <= 64 && inline <= inlineMax) return result;
  const tables: TableRef[] = [];
  const slices: Slice[] = [];
  let group: Table[] = [];
  let groupBytes = 0;
  let room = inlineMax;
  const keep = (encoded: Uint8Array) => {
    if (encoded.length > room) return blocks.put(job, encoded);
    room -= encoded.length;
    return { bytes: encoded.length, inline: encoded };
  };
  const close = () => {
    if (group.length === 0) return;
    const joined = concatenate(group);
    const ref = keep(encodeTable(joined));
    slices.push([tables.push({ rows: joined.rows, ...ref }) - 1, 0, joined.rows]);
    group = [];
    groupBytes = 0;
  };
  const places = new Map<TableRef, number>();
  for (const [place, start, end] of result.slices) {
    const table = result.tables[place];
    if (table === undefined) continue;
    if ("inline" in table) {
      group.push(sliceRows(decodeTable(table.inline), start, end));
      groupBytes += table.bytes;
      if (groupBytes > limits.cachedResultBytesMax) close();
      continue;
    }
    close();
    const known = places.get(table) ?? tables.push(table) - 1;
    places.set(table, known);
    slices.push([known, start, end]);
  }
  close();
  const compacted = { rows: result.rows, tables, slices };
  if (pack(compacted).length <= limits.cachedResultBytesMax) return compacted;
  throw new RtlError(
    "RTL_LIMIT_EXCEEDED",
    `the result lies in ${tables.length} tables, more than one message can name`,
    { fix: "end the job with a task that sees the whole column, or cut it into fewer chunks" },
  );
}
