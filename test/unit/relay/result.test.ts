/** Results small enough for one message: the same rows in the same order, in fewer tables. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../../../src/protocol/codec.ts";
import { limits } from "../../../src/protocol/limits.ts";
import type { Result, TableRef } from "../../../src/protocol/messages.ts";
import { compact } from "../../../src/relay/result.ts";
import { decodeTable } from "../../../src/table/ipc.ts";
import { sliceRows } from "../../../src/table/table.ts";
import { inlineRef, numbersIn, tableOf } from "../../support/orders.ts";

/** Blocks of a relay, as far as results need them. */
function blocksOf() {
  const held = new Map<string, Uint8Array>();
  return {
    held,
    put(job: string, bytes: Uint8Array) {
      const block = `${job}.${held.size}`;
      held.set(block, bytes);
      return { block, holder: "relay-1", bytes: bytes.length };
    },
  };
}
const foreign = (at: number, rows = 1): TableRef => ({
  rows,
  bytes: 8,
  block: `job-1.${at}`,
  holder: "node-1",
});

/** One slice over the whole of each table. */
const resultOf = (...tables: readonly TableRef[]): Result => ({
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  tables: [...tables],
  slices: tables.map(({ rows }, at) => [at, 0, rows]),
});

/** The rows of a result in order; a foreign block is told by its name. */
function rowsOf(result: Result, held: ReadonlyMap<string, Uint8Array>): (number | string)[] {
  return result.slices.flatMap(([at, start, end]): (number | string)[] => {
    const table = result.tables[at];
    assert.ok(table !== undefined && !("json" in table));
    const bytes = "inline" in table ? table.inline : held.get(table.block);
    if (bytes !== undefined) return numbersIn(sliceRows(decodeTable(bytes), start, end));
    return [`${"block" in table ? table.block : ""} ${start}-${end}`];
  });
}

test("a result that is small and in few tables stays as it is", () => {
  const { held, put } = blocksOf();
  const result = resultOf(inlineRef(tableOf(1)), foreign(0), inlineRef(tableOf(2)));
  assert.equal(compact(result, "job-1", { put }), result);
  assert.equal(held.size, 0);
});

test("many tiny tables become one, with the rows that the slices name, in order", () => {
  const { held, put } = blocksOf();
  const tables = Array.from({ length: 500 }, (_, at) => inlineRef(tableOf(at, -1, at + 0.5)));
  const result: Result = {
    rows: 1_000,
    tables,
    slices: tables.flatMap((_, at): [number, number, number][] => [
      [at, 0, 1],
      [at, 2, 3],
    ]),
  };
  const made = compact(result, "job-1", { put });
  // In the result itself, so that it outlives the relay.
  assert.deepEqual([made.rows, made.tables.length, held.size], [1_000, 1, 0]);
  const expected = tables.flatMap((_, at) => [at, at + 0.5]);
  assert.deepEqual(rowsOf(made, held), expected);
});

test("blocks of nodes stay where they are and keep their place, each named once", () => {
  const { held, put } = blocksOf();
  const [shared, last] = [foreign(0, 2), foreign(1)];
  const tiny = Array.from({ length: 70 }, (_, at) => inlineRef(tableOf(at)));
  const tables = [shared, ...tiny, last];
  const result: Result = {
    rows: 73,
    tables,
    slices: [
      [0, 0, 1],
      ...tiny.map((_, at): [number, number, number] => [at + 1, 0, 1]),
      [0, 1, 2],
      [71, 0, 1],
    ],
  };
  const made = compact(result, "job-9", { put });
  assert.equal(made.tables.length, 3);
  const inner = tiny.map((_, at) => at);
  assert.deepEqual(rowsOf(made, held), ["job-1.0 0-1", ...inner, "job-1.0 1-2", "job-1.1 0-1"]);
});

test("large inline tables are joined in bounded groups, and the message fits", () => {
  const { held, put } = blocksOf();
  const numbers = Array.from({ length: 8_000 }, (_, row) => row);
  const tables = Array.from({ length: 40 }, () => inlineRef(tableOf(...numbers)));
  const made = compact(resultOf(...tables), "job-1", { put });
  assert.ok(made.tables.length > 1);
  assert.ok(held.size > 0);
  for (const bytes of held.values()) assert.ok(bytes.length < 2 * limits.cachedResultBytesMax);
  assert.ok(pack(made).length <= limits.cachedResultBytesMax);
  const rows = rowsOf(made, held);
  assert.equal(rows.length, 320_000);
  assert.ok(rows.every((value, row) => value === row % 8_000));
});

test("a result in more blocks than a message can name is refused, with what to do", () => {
  const { put } = blocksOf();
  const result = resultOf(...Array.from({ length: 20_000 }, (_, at) => foreign(at)));
  assert.throws(() => compact(result, "job-1", { put }), {
    code: "RTL_LIMIT_EXCEEDED",
    fix: /fewer chunks/,
  });
});
