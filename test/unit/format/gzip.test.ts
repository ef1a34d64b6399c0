import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { formatMeta } from "../../../src/format/records.ts";
import { tableToJson } from "../../../src/table/json.ts";
import open from "../../../tasks/open.ts";
import { measured, memoryFiles, openedInParts } from "../../support/open-parts.ts";
import { tableOf } from "../../support/run-task.ts";

test("text and packed records are read from gzip, also of several members", async () => {
  const meta = formatMeta([{ name: "n", dtype: "<i2" }]);
  const files = memoryFiles({
    "a.csv.gz": Buffer.concat([gzipSync("n,t\n1,x\n"), gzipSync('2,"y\ny"\n')]),
    "a.jsonl.gz": gzipSync('{"n":3}\n'),
    "a.dat.gz": gzipSync(Buffer.from([4, 0, 5, 0])),
    "a.meta": meta,
  });
  const values = async (file: string) => {
    const { columns } = tableToJson(
      await tableOf(open, { file, header: true }, undefined, { files }),
    );
    return Object.values(columns).map((column) => column.values);
  };
  assert.deepEqual(await values("a.csv.gz"), [
    [1, 2],
    ["x", "y\ny"],
  ]);
  assert.deepEqual(await values("a.jsonl.gz"), [[3]]);
  assert.deepEqual(await values("a.dat.gz"), [[4, 5]]);
});

test("a compressed file belongs to the part that holds its first byte", async () => {
  const text = (from: number) =>
    `n\n${Array.from({ length: 5000 }, (_, i) => String(from + i)).join("\n")}\n`;
  const files = memoryFiles({
    "a.csv.gz": gzipSync(text(0)),
    "b.csv": text(5000),
    "c.csv.gz": gzipSync(text(10_000)),
  });
  const { unit } = await measured({ file: "*" }, files);
  assert.equal(unit, "bytes");
  const parts = await openedInParts({ file: "*" }, files, [0.05, 0.3, 0.6, 0.95]);
  const numbers = parts.flatMap((part) => tableToJson(part).columns["n"]?.values ?? []);
  assert.deepEqual(
    numbers,
    Array.from({ length: 15_000 }, (_, i) => i),
  );
  assert.equal(parts[0]?.rows, 5000);
});

test("what cannot be unpacked is refused by its name", async () => {
  const files = memoryFiles({
    "cut.csv.gz": gzipSync("a,b\n1,2\n").subarray(0, 15),
    "plain.csv.gz": "a,b\n1,2\n",
    "x.arrow.gz": gzipSync("ARROW1"),
  });
  const refused = (file: string, message: RegExp) =>
    assert.rejects(tableOf(open, { file }, undefined, { files }), {
      code: "RTL_FILE_INVALID",
      message,
    });
  await refused("cut.csv.gz", /^file cut\.csv\.gz: cannot decompress it: /);
  await refused("plain.csv.gz", /^file plain\.csv\.gz: cannot decompress it: /);
  await refused("x.arrow.gz", /^file x\.arrow\.gz: \.arrow files are not read from gzip/);
});
