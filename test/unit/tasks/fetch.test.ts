/** What becomes of an answer; that answers come at all is tested with real servers in integration. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RtlError } from "../../../src/protocol/errors.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { defaultTable, type Table } from "../../../src/table/table.ts";
import type { TaskDefinition } from "../../../src/task/define-task.ts";
import type { FetchRequest } from "../../../src/task/fetching.ts";
import { createLibrary } from "../../../src/task/library.ts";
import { overlayFiles } from "../../../src/task/overlay-files.ts";
import { runCalls } from "../../../src/task/run-calls.ts";
import fetchTask from "../../../tasks/fetch.ts";

interface Answer {
  readonly body: string | Uint8Array;
  readonly type?: string;
  readonly cached?: boolean;
}

/** The task's table for an answer that is at hand, and what it asked for. */
async function fetched(params: object, { body, type = "", cached = false }: Answer) {
  const asked: FetchRequest[] = [];
  const around = {
    signal: new AbortController().signal,
    isCancelled: () => false,
    range: { start: 0, end: 1 },
    files: overlayFiles("/nonexistent", "/nonexistent"),
    fetch: (request: FetchRequest) => {
      asked.push(request);
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
      return Promise.resolve({ bytes, contentType: type, cached });
    },
  };
  const call = { task: "fetch", params: { url: "http://h/x", ...params }, part: "run" } as const;
  const library = createLibrary([fetchTask as TaskDefinition]);
  const { table, reports } = await runCalls([call], defaultTable(), library, () => around);
  return { table, asked, lines: reports[0]?.lines };
}
const columnsOf = (table: Table) =>
  Object.fromEntries(
    Object.entries(tableToJson(table).columns).map(([name, { values }]) => [name, values]),
  );

test("records, columns and a single record of JSON are tables, also from inside an answer", async () => {
  const type = "application/json; charset=utf-8";
  const records = { body: '[{"a": 1, "b": "x"}, {"a": 2, "b": null}]', type };
  assert.deepEqual(columnsOf((await fetched({}, records)).table), { a: [1, 2], b: ["x", null] });
  const columns = { body: '{"a": [1.5, 2], "b": [true, false]}', type };
  assert.deepEqual(columnsOf((await fetched({}, columns)).table)["a"], [1.5, 2]);
  const one = { body: '{"a": 1, "b": "x"}', type };
  assert.deepEqual(columnsOf((await fetched({}, one)).table), { a: [1], b: ["x"] });
  const inside = { body: '{"data": {"rows": [{"a": 7}]}}', type };
  assert.deepEqual(columnsOf((await fetched({ path: "data.rows" }, inside)).table), { a: [7] });
});

test("the content type decides on the format, then the address, and a given format before both", async () => {
  const csv = "a,b\n1,x\n2,y\n";
  const expected = { a: [1, 2], b: ["x", "y"] };
  const cases: [object, Answer][] = [
    [{}, { body: csv, type: "text/csv" }],
    [{ url: "http://h/t.csv?key=1" }, { body: csv, type: "application/octet-stream" }],
    [{ format: "csv" }, { body: csv, type: "application/json" }],
    [{}, { body: '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n', type: "application/x-ndjson" }],
  ];
  for (const [params, answer] of cases) {
    assert.deepEqual(columnsOf((await fetched(params, answer)).table), expected);
  }
  const text = await fetched({}, { body: "one\n\ntwo\r\n", type: "text/plain" });
  assert.deepEqual(columnsOf(text.table), { text: ["one", "two"] });
  const bytes = await fetched({}, { body: Uint8Array.of(0, 255, 65), type: "image/png" });
  assert.deepEqual(columnsOf(bytes.table), {
    url: ["http://h/x"],
    type: ["image/png"],
    body: ["\u0000\u00ffA"],
  });
});

test("headers and durations go into the question, and the log says where the answer came from", async () => {
  const params = { headers: { "x-key": "7" }, lifetime: "10m", timeout: "2s", format: "text" };
  const { asked, lines } = await fetched(params, { body: "x", cached: true });
  assert.deepEqual(asked, [
    { url: "http://h/x", headers: { "x-key": "7" }, lifetimeMs: 600_000, timeoutMs: 2_000 },
  ]);
  assert.deepEqual(lines, ["fetched 1 bytes from the cache"]);
});

test("an answer that is no table of its format says so, without the address's secrets", async () => {
  const wrong: [object, string, string][] = [
    [{ format: "json" }, "{", "RTL_FILE_INVALID"],
    [{ format: "json" }, '{"a": {"b": [1, {"c": 2}]}, "d": [1]}', "RTL_FILE_INVALID"],
    [{ format: "json", path: "constructor" }, "{}", "RTL_PARAMS_INVALID"],
    [{ format: "csv" }, "a,b\n1\n", "RTL_FILE_INVALID"],
    [{ format: "npy" }, "nothing", "RTL_FILE_INVALID"],
    [{ lifetime: "10" }, "", "RTL_PARAMS_INVALID"],
    [{ headers: { "bad name": "" } }, "", "RTL_PARAMS_INVALID"],
  ];
  for (const [params, body, code] of wrong) {
    const run = fetched({ url: "http://u:secret@h/x?token=secret", ...params }, { body });
    await assert.rejects(run, (error: unknown) => {
      assert.ok(error instanceof RtlError);
      assert.equal(error.code, code, JSON.stringify(params));
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});
