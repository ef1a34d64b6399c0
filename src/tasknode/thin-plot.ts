/**
 * Plots small enough for a message: of more points than a page can show, those stay that give a line
 * its outline. It changes no point.
 */
import { limits } from "../protocol/limits.ts";
import type { Draw, Plot, PlotValue } from "../task/plot.ts";

/** The plot with at most `limits.plotPointsMax` points over all of its draws. */
export function thinned(plot: Plot): Plot {
  const points = plot.draws.reduce((sum, { x }) => sum + x.length, 0);
  if (points <= limits.plotPointsMax) return plot;
  const share = limits.plotPointsMax / points;
  return {
    ...plot,
    draws: plot.draws.map((draw) => thinnedDraw(draw, Math.floor(draw.x.length * share))),
  };
}

/** Of each stretch of rows the points with the least and the greatest y, in their order. */
function thinnedDraw(draw: Draw, wanted: number): Draw {
  const { x, y, series } = draw;
  const stretches = Math.max(1, wanted >> 1);
  const rows: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const start = Math.floor((stretch * y.length) / stretches);
    const end = Math.floor(((stretch + 1) * y.length) / stretches);
    let [low, high] = [start, start];
    for (let row = start; row < end; row++) {
      if (isBelow(y[row], y[low])) low = row;
      if (isBelow(y[high], y[row])) high = row;
    }
    rows.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  const taken = (values: readonly PlotValue[]) => rows.map((row) => values[row] ?? null);
  return { ...draw, x: taken(x), y: taken(y), series: series === null ? null : taken(series) };
}

/** Points without a number are above nothing and below nothing. */
const isBelow = (a: PlotValue | undefined, b: PlotValue | undefined): boolean =>
  typeof a === "number" && (typeof b !== "number" || Number.isNaN(b) || a < b);
