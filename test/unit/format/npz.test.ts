import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { zipSync } from "fflate";
import { formatNpy } from "../../../src/format/numpy/npy.ts";
import { formatNpz, npzFormat } from "../../../src/format/numpy/npz.ts";
import { numericColumn } from "../../../src/table/column.ts";
import { tableFromJson, tableToJson } from "../../../src/table/json.ts";
import { makeTable } from "../../../src/table/table.ts";
import {
  assertSame,
  damages,
  fileInMemory,
  readCut,
  readOrRefuse,
  readWhole,
  withDtypesOf,
} from "../../support/formats.ts";
import { projectPath } from "../../support/project.ts";
import { checkAsyncProperty } from "../../support/properties.ts";
import { filesOf } from "../../support/run-task.ts";
import { fullTables } from "../../support/tables.ts";

const folder = projectPath("test", "vectors", "files", "interop");
const files = filesOf(folder);
const inMemory = (parts: readonly Uint8Array[]) => fileInMemory("a.npz", Buffer.concat(parts));
const zipped = (entries: Record<string, Uint8Array>) => inMemory([zipSync(entries)]);
const list = (...values: number[]): Uint8Array =>
  Buffer.concat(formatNpy(makeTable([numericColumn("x", Float64Array.of(...values))])));

test("archives of numpy, packed or not, are read as numpy reads them", async () => {
  const all = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as Record<
    string,
    unknown
  >;
  const cases = Object.entries(all).filter(([file]) => file.endsWith(".npz"));
  assert.equal(cases.length, 5);
  for (const [file, json] of cases) {
    const place = { path: file, files };
    assertSame(await readWhole(npzFormat, place, {}), tableFromJson(json), file);
    const extent = await npzFormat.inspect(file, files, {});
    assert.deepEqual([extent.unit, extent.units], ["whole", extent.bytes]);
  }
});

test("any table without nulls is read as it was written, packed or not", (t) =>
  checkAsyncProperty(
    t,
    fc.asyncProperty(fullTables, fc.boolean(), async (table, packed) => {
      if (table.columns.length === 0) return;
      const place = inMemory(await formatNpz(table, packed));
      const read = await readWhole(npzFormat, place, {});
      assertSame(read, withDtypesOf(read, table));
      assertSame(await readCut(npzFormat, place, {}, []), read);
    }),
  ));

test("one table is always written as the same bytes, and packed as fewer", async () => {
  const table = makeTable([numericColumn("x", new Float64Array(1000))]);
  const [one, again, packed] = [
    Buffer.concat(await formatNpz(table, false)),
    Buffer.concat(await formatNpz(table, false)),
    Buffer.concat(await formatNpz(table, true)),
  ];
  assert.deepEqual(one, again);
  assert.ok(packed.length < one.length / 10);
});

test("arrays that make no table are refused with both of their names", async () => {
  const matrix = readFileSync(`${folder}/matrix.npy`);
  for (const [place, message] of [
    [{ path: "uneven.npz", files }, /array a has 8 rows, array b has 7 rows/],
    [zipped({ "m.npy": matrix, "x.npy": list(1) }), /array m is no list, array x has 1 rows/],
    [zipped({ "x.npy": list(1), "m.npy": matrix }), /array x has 1 rows, array m is no list/],
    [zipped({}), /there is no array in it/],
    [zipped({ "readme.txt": list(1) }), /"readme.txt" in it is no array/],
    [zipped({ "x.npy": Uint8Array.of(1, 2, 3) }), /a\.npz, array x: this is no \.npy file/],
    [inMemory([list(1)]), /it cannot be unpacked/],
  ] as const) {
    const refused = await readOrRefuse(npzFormat, place, {});
    assert.ok(!("rows" in refused));
    assert.match(refused.message, message);
  }
});

test("an archive that promises more than its bytes can hold is refused before memory is taken", async () => {
  const archive = Buffer.from(zipSync({ "x.npy": list(1, 2, 3) }));
  const directory = archive.indexOf(Buffer.from("PK\x01\x02"));
  archive.writeUInt32LE(0xfffffff0, directory + 24);
  const refused = await readOrRefuse(npzFormat, inMemory([archive]), {});
  assert.ok(!("rows" in refused));
  assert.match(refused.message, /its directory is damaged/);
});

test("damaged archives give a table or a clear error, never a crash", (t) => {
  const sources = ["lists.npz", "lists-packed.npz"].map((name) =>
    readFileSync(`${folder}/${name}`),
  );
  return checkAsyncProperty(
    t,
    fc.asyncProperty(fc.oneof(...sources.map(damages)), async (bytes) => {
      const read = await readOrRefuse(npzFormat, inMemory([bytes]), {});
      if ("rows" in read) tableToJson(read);
    }),
    1000,
  );
});
