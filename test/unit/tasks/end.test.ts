import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTable, encodeTable } from "../../../src/table/ipc.ts";
import end from "../../../tasks/end.ts";
import { checkCuts, numericTables } from "../../support/elementwise.ts";
import { tableOf } from "../../support/run-task.ts";

test("end gives the same in chunks as on the whole", (t) =>
  checkCuts(t, end, {}, numericTables("a"), 20));

test("end gives a table without columns and rows, which survives its way to the client", async () => {
  const table = decodeTable(encodeTable(await tableOf(end, { any: "thing" })));
  assert.deepEqual([table.rows, table.names], [0, []]);
});
