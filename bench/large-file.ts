/**
 * W15: a file many times as large as the memory that nodes have for tables, through four stages that two
 * nodes take turns at, so that every row moves three times. It has to come out right, and memory has to
 * stay as it was: what is measured is the most that a node took, beside what it took for a tenth of it.
 */
import assert from "node:assert/strict";
import { closeSync, openSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { formatMeta } from "../src/format/records.ts";
import { tableToJson } from "../src/index.ts";
import { figureOf, timed } from "./figure.ts";
import { residentMb } from "./resident.ts";
import { nodeName, type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly bytes: number;
  readonly memory: string;
}

const GB = 1e9;
const ROW_BYTES = 16;
const PIECE_ROWS = 1 << 20;
const LOOK_MS = 50;

const stage = (node: number, ...tasks: object[]) => ({ where: { node: nodeName(node) }, tasks });
const document = {
  version: 1,
  stages: {
    open: stage(0, { openArray: { path: ".", filename: "large", extension: "dat" } }),
    twice: stage(1, { multiply: { operations: [{ a: "x", b: 2, column: "twice" }] } }),
    half: stage(0, { filterRows: { operations: [{ column: "y", value: 0.5, method: "<" }] } }),
    sum: stage(1, {
      groupBy: {
        by: [],
        operations: [
          { method: "count", column: "rows" },
          { method: "sum", a: "twice", column: "sum" },
        ],
      },
    }),
  },
};

export const largeFile = defineWorkload<Sizes>({
  name: "W15",
  summary: "20 GB through four stages on two nodes with 512 MiB for tables",
  unsaid: "how fast a disk is, where the file and what is spilled are in the system's cache.",
  sizes: {
    full: { bytes: 20 * GB, memory: "512MiB" },
    quick: { bytes: 2 * GB, memory: "64MiB" },
    tiny: { bytes: 0.01 * GB, memory: "16MiB" },
  },
  run: (bench, { bytes, memory }) =>
    withSystem(bench, { threads: [1, 1], env: { RTL_BLOCK_MEMORY: memory } }, async (system) => {
      const tenth = await through(system, bytes / 10);
      const whole = await through(system, bytes);
      const size = `${bytes / GB} GB through four stages`;
      return [
        figureOf({
          name: `${size}, most memory of a node`,
          unit: "MB",
          rounds: [{ ours: [whole.mb], baseline: [tenth.mb] }],
          against: "a tenth of it",
          aim: { text: "≤ 1.2 × a tenth's", of: "ratio", atMost: 1.2 },
        }),
        figureOf({
          name: size,
          unit: "MB/s",
          rounds: [{ ours: [bytes / 1e3 / whole.ms], baseline: [bytes / 1e3 / whole.readMs] }],
          against: "reading the file",
        }),
      ];
    }),
});

async function through({ client, folder, nodePids }: System, bytes: number) {
  const rows = Math.floor(bytes / ROW_BYTES);
  const file = join(folder, "large.dat");
  const layout = ["x", "y"].map((name) => ({ name, dtype: "<f8" as const }));
  writeFileSync(join(folder, "large.meta"), formatMeta(layout));
  const expected = writeRows(file, rows);
  const readMs = await timed(() => readThrough(file));
  let mb = 0;
  const look = setInterval(() => {
    mb = Math.max(mb, ...nodePids.map(residentMb));
  }, LOOK_MS);
  const ms = await timed(async () => {
    const job = await client.submit(document, { mode: "ephemeral" });
    const table = await job.result();
    const { columns } = tableToJson(table);
    assert.equal(Number(columns["rows"]?.values[0]), expected.rows);
    const sum = Number(columns["sum"]?.values[0]);
    assert.ok(Math.abs(sum - expected.sum) <= 1e-9 * expected.sum, `sum ${sum}`);
  });
  clearInterval(look);
  mb = Math.max(mb, ...nodePids.map(residentMb));
  rmSync(file);
  return { ms, readMs, mb };
}

/** Writes rows of x, the row's number, and y, which is small in every other row; what should come of them. */
function writeRows(file: string, rows: number) {
  const piece = new Float64Array(2 * PIECE_ROWS);
  for (let row = 0; row < PIECE_ROWS; row++) piece[2 * row + 1] = row % 2 === 0 ? 0.25 : 0.75;
  const descriptor = openSync(file, "w");
  for (let first = 0; first < rows; first += PIECE_ROWS) {
    const count = Math.min(PIECE_ROWS, rows - first);
    for (let row = 0; row < count; row++) piece[2 * row] = first + row;
    writeSync(descriptor, piece, 0, ROW_BYTES * count);
  }
  closeSync(descriptor);
  const kept = Math.ceil(rows / 2);
  // Twice the even numbers below the count of rows.
  return { rows: kept, sum: 2 * kept * (kept - 1) };
}

function readThrough(file: string): void {
  const piece = new Uint8Array(ROW_BYTES * PIECE_ROWS);
  const descriptor = openSync(file, "r");
  while (readSync(descriptor, piece, 0, piece.length, null) > 0);
  closeSync(descriptor);
}
