/** The kernels' part of the page: a table by kernel and rows, what falls short, what the baseline runs. */
import type { Figure } from "./figure.ts";
import { number } from "./figure-table.ts";
import { markdownTable as table } from "./markdown-table.ts";

/** One kernel on one number of rows. */
interface KernelRow {
  readonly kernel: string;
  readonly rows: string;
  readonly alone: Figure;
  readonly both: Figure;
  readonly tuned: Figure | undefined;
}

export function kernelSection(figures: readonly Figure[]): string {
  const rows = kernelRows(figures);
  const times = rows.filter(({ both }) => both.unit === "ms");
  const rates = rows.filter(({ both }) => both.unit !== "ms");
  const missed = rows.filter(({ both }) => both.reached === false);
  return [
    timeTable(times),
    rateTable(rates),
    missed.length === 0 ? "All aims are reached." : `Fall short:\n\n${shortList(missed)}`,
    `What the baseline runs:\n\n${baselineList(rows)}`,
  ].join("\n\n");
}

/** Figures are named "kernel, rows, threads"; the tuned baseline's comes last. */
function kernelRows(figures: readonly Figure[]): readonly KernelRow[] {
  const groups = new Map<string, Figure[]>();
  for (const figure of figures) {
    const key = figure.name.replace(/, \d threads?$/, "");
    groups.set(key, [...(groups.get(key) ?? []), figure]);
  }
  return [...groups].map(([key, [both, alone, tuned]]) => {
    const [, kernel, rows] = /^(.*), ([\d,]+) rows\b/.exec(key) ?? [];
    if (kernel === undefined || rows === undefined || both === undefined || alone === undefined) {
      throw new Error(`"${key}" is not the name of a kernel's figures`);
    }
    return { kernel, rows, both, alone, tuned };
  });
}

const ratio = ({ ratio: value }: Figure): string => `${value.toPrecision(2)} ×`;
const reached = ({ reached: is }: Figure): string =>
  is === undefined ? "–" : is ? "reached" : "missed";

function timeTable(rows: readonly KernelRow[]): string {
  const head = ["kernel", "rows", "1 thread, ms", "2 threads, ms", "numpy, ms", "ratio", "≤ 1 ×"];
  return table(
    [...head, "numpy tuned, ms", "ratio"],
    rows.map(({ kernel, rows: count, both, alone, tuned }) => [
      ...[kernel, count, number(alone.ours.median), number(both.ours.median)],
      ...[number(both.baseline.median), ratio(both), reached(both)],
      ...(tuned === undefined ? ["–", "–"] : [number(tuned.baseline.median), ratio(tuned)]),
    ]),
  );
}

function rateTable(rows: readonly KernelRow[]): string {
  const head = ["kernel", "rows", "1 thread, MB/s", "2 threads, MB/s", "baseline, MB/s", "ratio"];
  return table(
    [...head, rows[0]?.both.aim?.text ?? "aim"],
    rows.map(({ kernel, rows: count, both, alone }) => [
      ...[kernel, count, number(alone.ours.median), number(both.ours.median)],
      ...[number(both.baseline.median), ratio(both), reached(both)],
    ]),
  );
}

const shortList = (rows: readonly KernelRow[]): string =>
  rows
    .map(({ kernel, rows: count, both }) => {
      const own =
        both.unit === "ms"
          ? `${ratio(both)} the time of numpy`
          : `${number(both.ours.median)} ${both.unit}, of ${both.aim?.text ?? ""}`;
      return `* ${kernel}, ${count} rows: ${own}`;
    })
    .join("\n");

function baselineList(rows: readonly KernelRow[]): string {
  const texts = new Map<string, string>();
  for (const { kernel, both, tuned } of rows) {
    const [name = "", plain = ""] = both.against.split(/: (.*)/);
    const more = tuned === undefined ? "" : `; tuned: ${code(tuned.against.split(/: (.*)/)[1])}`;
    texts.set(kernel, `* ${kernel}: ${name} ${code(plain)}${more}`);
  }
  return [...texts.values()].join("\n");
}

const code = (text = ""): string => `\`${text}\``;
