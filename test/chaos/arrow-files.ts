/** Arrow files as any program writes them: several batches, and dictionaries. */
import { Table as ArrowTable, tableFromArrays, tableToIPC, vectorFromArray } from "apache-arrow";
import fc from "fast-check";
import { fileParts } from "../../src/table/stream-writer.ts";
import { tables } from "../support/tables.ts";

const cities = tableFromArrays({ city: ["Rome", "Oslo", "Rome"], n: Int32Array.of(1, 2, 3) });
const several = cities.concat(cities).concat(cities);
const lists = new ArrowTable({ xs: vectorFromArray([[1, 2], [3]]) });

export const arrowFiles: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 3,
    arbitrary: tables.map((table) => new Uint8Array(Buffer.concat(fileParts(table, 5)))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      tableToIPC(several, "file"),
      tableToIPC(several, "stream"),
      tableToIPC(lists, "file"),
    ),
  },
);
