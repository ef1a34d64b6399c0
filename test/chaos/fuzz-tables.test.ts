/** Tables from strangers: Arrow IPC streams and files, and tables as JSON. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTable, encodeTable, readArrow } from "../../src/table/ipc.ts";
import { tableFromJson, tableToJson } from "../../src/table/json.ts";
import { tables } from "../support/tables.ts";
import { arrowFiles } from "./arrow-files.ts";
import { holdsOut, reportTried } from "./hold-out.ts";
import { damagedBytes } from "./hostile-bytes.ts";
import { damagedValues } from "./hostile-values.ts";
import { used } from "./use-table.ts";

reportTried("hostile tables");

const streams = tables.map(encodeTable);

test("damaged streams are tables or are refused", (t) => {
  holdsOut(t, damagedBytes(streams), (bytes) => used(decodeTable(bytes)), 700);
});

test("damaged streams with their end as it was are tables or are refused", (t) => {
  const end = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
  const ended = damagedBytes(streams).map((bytes) => new Uint8Array(Buffer.concat([bytes, end])));
  holdsOut(t, ended, (bytes) => used(decodeTable(bytes)), 700);
});

test("damaged Arrow files of any kind are tables or are refused", (t) => {
  holdsOut(t, damagedBytes(arrowFiles), (bytes) => used(readArrow(bytes)), 400);
});

test("damaged tables as JSON are tables or are refused", (t) => {
  const json = tables.map((table) => JSON.parse(JSON.stringify(tableToJson(table))) as unknown);
  holdsOut(t, damagedValues(json), (value) => used(tableFromJson(value)), 700);
});

test("values and names that no text can be made of are refused like others", () => {
  const odd = { toString: 1, valueOf: null };
  for (const value of [[2n ** 63n], odd, [odd], { a: 1n }]) {
    const columns = { x: { dtype: "<f8", values: [value] } };
    assert.throws(() => tableFromJson({ rows: 1, columns }), { code: "RTL_TABLE_INVALID" });
    const order = { rows: 0, columns: { x: { dtype: "<f8", values: [] } }, order: [value] };
    assert.throws(() => tableFromJson(order), { code: "RTL_TABLE_INVALID" });
  }
});
