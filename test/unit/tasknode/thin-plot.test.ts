import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../../../src/protocol/limits.ts";
import type { Plot, PlotValue } from "../../../src/task/plot.ts";
import { thinned } from "../../../src/tasknode/thin-plot.ts";

const plotOf = (y: readonly PlotValue[]): Plot => ({
  name: "p",
  draws: [{ type: "line", x: y.map((_, row) => row), y, series: y.map((_, row) => `s${row}`) }],
  xAxis: "x",
  yAxis: "y",
  scale: "linear",
});

test("a plot that a page can show is left as it is", () => {
  const plot = plotOf([1, 2, 3]);
  assert.equal(thinned(plot), plot);
});

test("of too many points the extremes stay, in order, each with its own x and series", () => {
  const y: PlotValue[] = Array.from({ length: 100_000 }, (_, row) => Math.sin(row / 50));
  y[77_777] = 99;
  y[12_345] = -99;
  y[5] = null;
  y[6] = Number.NaN;
  const [draw] = thinned(plotOf(y)).draws;
  assert.ok(draw !== undefined && draw.x.length <= limits.plotPointsMax);
  assert.ok(draw.x.length > limits.plotPointsMax / 2);
  assert.deepEqual(
    draw.x,
    [...draw.x].sort((a, b) => Number(a) - Number(b)),
  );
  draw.x.forEach((x, at) => {
    assert.equal(draw.y[at], y[Number(x)]);
    assert.equal(draw.series?.[at], `s${x}`);
  });
  assert.ok(draw.x.includes(77_777) && draw.x.includes(12_345));
});

test("points without a number can be thinned too", () => {
  const [draw] = thinned(plotOf(new Array<null>(50_000).fill(null))).draws;
  assert.ok(draw !== undefined && draw.y.length <= limits.plotPointsMax && draw.y.length > 0);
});
