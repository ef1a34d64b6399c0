/** Figures as a table for people: data in, text out. */
import { textTable } from "../cli/render/text-table.ts";
import type { Figure, Spread, Unit } from "./figure.ts";

const head = ["workload", "median", "p99", "spread", "baseline", "ratio", "aim", "", "peers"];

export const figureTable = (figures: readonly Figure[]): string =>
  textTable(head, figures.map(rowOf));

function rowOf({ name, unit, ours, baseline, against, ratio, aim, reached, peers }: Figure) {
  const several = ours.count > 1;
  return [
    name,
    quantity(ours.median, unit),
    several && unit === "ms" ? number(ours.p99) : "",
    several ? rangeOf(ours) : "",
    `${quantity(baseline.median, unit)} ${against}`,
    `${ratio.toPrecision(3)} ×`,
    aim?.text ?? "-",
    reached === undefined ? "" : reached ? "reached" : "missed",
    peers,
  ];
}

const rangeOf = ({ min, max }: Spread): string => `${number(min)}–${number(max)}`;
export const quantity = (value: number, unit: Unit): string =>
  unit === "/s" ? `${number(value)}/s` : `${number(value)} ${unit}`;

/** Three digits that matter, and thousands as people write them. */
export function number(value: number): string {
  if (Math.abs(value) < 1_000) return String(Number(value.toPrecision(3)));
  return Math.round(value).toLocaleString("en-US");
}
