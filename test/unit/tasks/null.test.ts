import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultTable } from "../../../src/table/table.ts";
import task from "../../../tasks/null.ts";
import { tableOf } from "../../support/run-task.ts";

test("null hands on the very table it was given, whatever the parameters", async () => {
  const table = defaultTable();
  assert.equal(await tableOf(task, { anything: [1] }, table), table);
});
