/** Files that are damaged or were made to harm, in every format that can be opened. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { writtenFiles } from "../../src/format/write-files.ts";
import type { Table } from "../../src/table/table.ts";
import { memoryFiles, openedInParts } from "../support/open-parts.ts";
import { filesOf } from "../support/run-task.ts";
import { tables } from "../support/tables.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { arrowFiles } from "./arrow-files.ts";
import { holdsOutAsync, reportTried } from "./hold-out.ts";
import { damagedBytes } from "./hostile-bytes.ts";
import { used } from "./use-table.ts";

reportTried("hostile files");

const samples = fc.sample(
  tables.filter((table) => table.rows > 0 && table.columns.length > 0),
  { numRuns: 12, seed: 7 },
);

/** The files that a few tables become; tables that a format cannot hold are left out. */
async function filesAs(path: string): Promise<Readonly<Record<string, Uint8Array>>[]> {
  const written = samples.map((table: Table) => writtenFiles(table, path, {}).catch(() => []));
  return (await Promise.all(written))
    .filter((files) => files.length > 0)
    .map((files) =>
      Object.fromEntries(files.map((one) => [one.path, new Uint8Array(Buffer.concat(one.parts))])),
    );
}

type Contents = Readonly<Record<string, Uint8Array>>;

/** One of the files damaged: the data itself, or what lies beside it. */
const damagedFiles = (valid: readonly Contents[]): fc.Arbitrary<Contents> =>
  fc.constantFrom(...valid).chain((files) =>
    fc.constantFrom(...Object.keys(files)).chain((path) =>
      damagedBytes(fc.constant(files[path] as Uint8Array)).map((bytes) => ({
        ...files,
        [path]: bytes,
      })),
    ),
  );

async function opened(path: string, contents: Contents, params: object = {}): Promise<void> {
  for (const part of await openedInParts({ file: path, ...params }, memoryFiles(contents), [0.5])) {
    used(part);
  }
}

for (const [path, runs] of [
  ["t.csv", 150],
  ["t.tsv", 50],
  ["t.jsonl", 150],
  ["t.npy", 150],
  ["t.npz", 100],
  ["t.dat", 150],
  ["t.arrow", 60],
  ["t.csv.gz", 40],
  ["t.jsonl.gz", 30],
] as const) {
  test(`a damaged ${path} is a table or is refused`, async (t) => {
    const files = damagedFiles(await filesAs(path));
    await holdsOutAsync(t, files, (contents) => opened(path, contents), runs);
  });
}

test("text that is damaged before it is packed is a table or is refused", async (t) => {
  for (const path of ["t.csv", "t.jsonl"]) {
    const packed = damagedFiles(await filesAs(path)).map((files) => ({
      [`${path}.gz`]: new Uint8Array(gzipSync(files[path] ?? new Uint8Array())),
    }));
    await holdsOutAsync(t, packed, (contents) => opened(`${path}.gz`, contents), 30);
  }
});

test("text under hostile options is a table or is refused", async (t) => {
  const options = fc.record(
    {
      delimiter: fc.constantFrom(",", "\t", '"', "\n", "€", "", ",,", "a"),
      quote: fc.constantFrom(null, '"', ",", "'", "\n"),
      comment: fc.constantFrom("#", '"', "", "//"),
      header: fc.boolean(),
      names: fc.array(fc.constantFrom("a", "b", "a", "__proto__", ""), { maxLength: 3 }),
      types: fc.dictionary(
        fc.constantFrom("c0", "a"),
        fc.constantFrom("int64", "text", "nonsense"),
      ),
    },
    { requiredKeys: [] },
  );
  const csv = fc.tuple(damagedFiles(await filesAs("t.csv")), options);
  await holdsOutAsync(t, csv, ([contents, given]) => opened("t.csv", contents, given), 100);
});

test("damaged Arrow files of other programs are tables or are refused", async (t) => {
  const files = damagedBytes(arrowFiles).map((bytes) => ({ "t.arrow": bytes }));
  await holdsOutAsync(t, files, (contents) => opened("t.arrow", contents), 100);
});

test("a damaged .parquet is a table or is refused", async (t) => {
  const folder = tempFolder(t);
  const files = filesOf(folder);
  const [sample] = await filesAs("t.parquet");
  const bytes = damagedBytes(fc.constant(sample?.["t.parquet"] as Uint8Array));
  const read = async (content: Uint8Array) => {
    writeFileSync(join(folder, "t.parquet"), content);
    for (const part of await openedInParts({ file: "t.parquet" }, files, [])) used(part);
  };
  await holdsOutAsync(t, bytes, read, 10);
});
