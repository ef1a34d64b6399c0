/**
 * The tasks of the bundle beside numpy, on the same columns, in turns: two threads of ours, numpy on
 * one, and one thread of ours. Every result is compared with the baseline's before its time counts.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertSums, type TableSums } from "./column-sums.ts";
import { type Figure, figureOf, type Round } from "./figure.ts";
import type { Baseline } from "./kernel-baseline.ts";
import { csvColumns, csvDtypes, csvSums, writeCsvFiles } from "./kernel-csv.ts";
import { makeColumns, type SharedColumn } from "./kernel-data.ts";
import { columnKernels, csvKernels, type Kernel } from "./kernel-list.ts";
import { type KernelPool, startKernelPool } from "./kernel-pool.ts";
import { startNumpy } from "./numpy.ts";
import { plainBaseline } from "./plain-kernels.ts";
import { taskFolders } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  /** Of the columns; one figure each. */
  readonly rows: readonly number[];
  readonly csvRows: number;
}

const THREADS = 2;
/** Short kernels are repeated within a round. */
const REPEATED_ROWS_MAX = 1_000_000;
const CSV_AIM = 200;

export const kernels = defineWorkload<Sizes>({
  name: "kernels",
  summary: "tasks beside numpy: arithmetic, filter, sort, groups, histogram, regression, CSV",
  unsaid: "what a job costs besides.",
  sizes: {
    full: { rounds: 7, rows: [1_000_000, 10_000_000], csvRows: 2_000_000 },
    quick: { rounds: 3, rows: [1_000_000], csvRows: 200_000 },
    tiny: { rounds: 1, rows: [10_000], csvRows: 2_000 },
  },
  async run({ pythons }, { rounds, rows, csvRows }) {
    const ends: (() => unknown)[] = [];
    try {
      const site = await prepare({ rows: Math.max(...rows), csvRows, pythons }, ends);
      const figures: Figure[] = [];
      for (const count of rows) {
        for (const kernel of columnKernels) {
          figures.push(...(await measure(site, { kernel, rows: count, rounds })));
        }
      }
      for (const kernel of csvKernels) {
        const megabytes = site.csvBytes / 1e6;
        figures.push(...(await measure(site, { kernel, rows: csvRows, rounds, megabytes })));
      }
      return figures;
    } finally {
      for (const end of ends.reverse()) await end();
    }
  },
});

/** What all kernels are measured with. */
interface Site {
  readonly pool: KernelPool;
  readonly baseline: Baseline;
  readonly csvBytes: number;
}

interface Preparing {
  readonly rows: number;
  readonly csvRows: number;
  readonly pythons: readonly string[] | undefined;
}

async function prepare(
  { rows, csvRows, pythons }: Preparing,
  ends: (() => unknown)[],
): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "rtl-kernels-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const columns = makeColumns(rows);
  writeColumns(folder, columns);
  const csvBytes = writeCsvFiles(folder, csvRows);
  const baseline = (await startNumpy(folder, pythons)) ?? plainBaseline(folder, columns);
  ends.push(() => baseline.end());
  const pool = await startKernelPool({
    threads: THREADS,
    taskFolders,
    dataRoots: [folder],
    columns,
  });
  ends.push(() => pool.end());
  return { pool, baseline, csvBytes };
}

/** The columns as files of their own, little endian, for other programs. */
function writeColumns(folder: string, columns: readonly SharedColumn[]): void {
  for (const { name, values } of columns) {
    writeFileSync(join(folder, `${name}.bin`), new Uint8Array(values));
  }
  const described = {
    columns: Object.fromEntries(columns.map(({ name, dtype }) => [name, dtype])),
    csv: Object.fromEntries(csvColumns.map((name, index) => [name, csvDtypes[index]])),
  };
  writeFileSync(join(folder, "columns.json"), JSON.stringify(described));
}

interface Measuring {
  readonly kernel: Kernel;
  readonly rows: number;
  readonly rounds: number;
  /** Of the file that is read; then figures are megabytes a second. */
  readonly megabytes?: number;
}

async function measure({ pool, baseline }: Site, measuring: Measuring): Promise<Figure[]> {
  const { kernel, rows, rounds, megabytes } = measuring;
  const repetitions = rows <= REPEATED_ROWS_MAX ? 3 : 1;
  const baseRows = megabytes === undefined ? rows : Math.min(rows, baseline.csvRowsMax);
  const rate = (ms: number, share = 1): number =>
    megabytes === undefined ? ms : (share * megabytes * 1_000) / ms;
  const base = async (tuned: boolean): Promise<number[]> => {
    const run = { rows: baseRows, tuned, repetitions, sums: false };
    return (await baseline.run(kernel, run)).ms.map((ms) => rate(ms, baseRows / rows));
  };
  const wanted = await expected(baseline, measuring);
  const ours = async (threads: number): Promise<number[]> => {
    const times: number[] = [];
    for (let i = 0; i < repetitions; i++) {
      const { ms, sums } = await pool.run(kernel, rows, threads);
      assertSums(sums, wanted, `${kernel.name}, ${rows} rows, ${threads} threads`);
      times.push(rate(ms));
    }
    return times;
  };
  // Loops are compiled for the classes that they meet, and memory is fetched, before time counts.
  for (const threads of [THREADS, THREADS, 1]) await ours(threads);
  const [beside, tuned, alone]: [Round[], Round[], Round[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const both = await ours(THREADS);
    const plain = await base(false);
    beside.push({ ours: both, baseline: plain });
    alone.push({ ours: await ours(1), baseline: plain });
    if (kernel.tuned !== undefined && baseline.isNumpy) {
      tuned.push({ ours: both, baseline: await base(true) });
    }
  }
  return figuresOf(baseline, measuring, { beside, alone, tuned });
}

/** The sums that every result must have. */
async function expected(
  baseline: Baseline,
  { kernel, rows, megabytes }: Measuring,
): Promise<TableSums> {
  if (megabytes !== undefined) return csvSums(rows);
  const { sums } = await baseline.run(kernel, { rows, tuned: false, repetitions: 1, sums: true });
  return sums;
}

interface Rounds {
  /** All threads beside what people write, one thread beside it, all threads beside what is tuned. */
  readonly beside: readonly Round[];
  readonly alone: readonly Round[];
  readonly tuned: readonly Round[];
}

function figuresOf(
  baseline: Baseline,
  { kernel, rows, megabytes }: Measuring,
  { beside, alone, tuned }: Rounds,
): Figure[] {
  const unit = megabytes === undefined ? "ms" : "MB/s";
  const size = megabytes === undefined ? "" : ` (${megabytes.toFixed(0)} MB)`;
  const figure = (threads: number, own: readonly Round[], isTuned: boolean, isAim: boolean) =>
    figureOf({
      name: `${kernel.name}, ${rows.toLocaleString("en-US")} rows${size}, ${threadsText(threads)}`,
      unit,
      rounds: own,
      against: baseline.against(kernel, isTuned),
      ...(isAim && { aim: aimOf(unit) }),
    });
  return [
    figure(THREADS, beside, false, baseline.isNumpy),
    figure(1, alone, false, false),
    ...(tuned.length > 0 ? [figure(THREADS, tuned, true, false)] : []),
  ];
}

const threadsText = (threads: number): string => `${threads} thread${threads === 1 ? "" : "s"}`;

const aimOf = (unit: "ms" | "MB/s") =>
  unit === "ms"
    ? ({ text: "≤ 1 × numpy", of: "ratio", atMost: 1 } as const)
    : ({ text: `≥ ${CSV_AIM} MB/s`, of: "ours", atLeast: CSV_AIM } as const);
