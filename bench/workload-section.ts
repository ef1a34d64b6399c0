/**
 * The workloads' part of the page: every figure with its baseline, aim and peers, what falls short, and
 * what the figures do not say; and the same as charts.
 */
import { type Bar, barChart } from "./bar-chart.ts";
import type { Figure } from "./figure.ts";
import { number, quantity } from "./figure-table.ts";
import { markdownTable } from "./markdown-table.ts";
import type { Measured } from "./performance-page.ts";

export function workloadSection(run: readonly Measured[]): string {
  const missed = run.flatMap(({ figures }) => figures.filter(({ reached }) => reached === false));
  return [
    figureTable(run),
    "![How far from its aim each figure is](performance/aims.svg)",
    "![How much faster than the best of the peers](performance/peers.svg)",
    missed.length === 0 ? "All aims are reached." : `Fall short:\n\n${shortList(missed)}`,
    `What the figures do not say:\n\n${unsaidList(run)}`,
  ].join("\n\n");
}

function figureTable(run: readonly Measured[]): string {
  const head = ["", "what", "median", "spread", "baseline", "ratio", "aim", "", "peers"];
  const rows = run.flatMap(({ workload, figures }) =>
    figures.map((figure, at) => {
      const { name, unit, ours, baseline, against, ratio, aim, reached, peers } = figure;
      return [
        at === 0 ? workload : "",
        name,
        quantity(ours.median, unit),
        ours.count > 1 ? `${number(ours.min)}–${number(ours.max)}` : "",
        `${quantity(baseline.median, unit)} ${against}`,
        `${ratio.toPrecision(3)} ×`,
        aim?.text ?? "–",
        reached === undefined ? "" : reached ? "reached" : "missed",
        peers === "-" ? "–" : peers,
      ];
    }),
  );
  return markdownTable(head, rows);
}

const shortList = (missed: readonly Figure[]): string =>
  missed
    .map((figure) => {
      const { name, unit, ours, ratio, aim } = figure;
      const own = aim?.of === "ratio" ? `${ratio.toPrecision(3)} ×` : quantity(ours.median, unit);
      return `* ${name}: ${own}, of ${aim?.text ?? ""}`;
    })
    .join("\n");

const unsaidList = (run: readonly Measured[]): string =>
  run.map(({ workload, summary, unsaid }) => `* ${workload} (${summary}): ${unsaid}`).join("\n");

/** By the name of its file: each chart as an SVG document. */
export function charts(run: readonly Measured[]): ReadonlyMap<string, string> {
  const figures = run.flatMap(({ workload, figures: own }) =>
    own.map((figure) => ({ label: `${workload}  ${figure.name}`, figure })),
  );
  const toAims = figures.flatMap(({ label, figure }): Bar[] => {
    const value = shareOfAim(figure);
    return value === undefined ? [] : [{ label, value, good: figure.reached === true }];
  });
  const toPeers = figures.flatMap(({ label, figure }): Bar[] => {
    const value = timesThePeer(figure);
    return value === undefined ? [] : [{ label, value, good: value >= 1 }];
  });
  return new Map([
    ["aims.svg", barChart("What each figure is of its aim; up to 1 × it is reached", toAims)],
    ["peers.svg", barChart("How much faster than the best of the peers", toPeers)],
  ]);
}

/** Above one it is missed, whichever way the aim bounds. */
function shareOfAim({ ours, ratio, aim }: Figure): number | undefined {
  if (aim === undefined) return undefined;
  const own = aim.of === "ratio" ? ratio : ours.median;
  return aim.atMost === undefined ? (aim.atLeast ?? own) / own : own / aim.atMost;
}

/** Above one we are faster; undefined where no peer was measured. */
function timesThePeer({ unit, ours, best }: Figure): number | undefined {
  if (best === undefined) return undefined;
  return unit === "/s" || unit === "MB/s" ? ours.median / best : best / ours.median;
}
