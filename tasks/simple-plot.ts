/** Simple plot: columns against each other, for a page to draw. The table passes through. */
import {
  type Column,
  defineTask,
  drawTypes,
  type PlotValue,
  plotScales,
  type Table,
  valueAt,
  z,
} from "rtl/task";

const draw = z.strictObject({
  x: z.string().describe("column of the horizontal axis"),
  y: z.string().describe("column of the vertical axis"),
  type: z.enum(drawTypes, { error: `give one of ${drawTypes.join(" ")}` }).describe("its marks"),
  scale: z
    .enum(plotScales, { error: `give one of ${plotScales.join(" ")}` })
    .describe("of both axes; that of the first draw counts"),
  series: z
    .string()
    .nullable()
    .describe("column that says which points belong together; null where all do"),
});
const params = z.strictObject({
  plots: z
    .record(z.string().min(1).max(200), z.array(draw).min(1, { error: "a plot needs a draw" }))
    .describe("a list of draws for each plot, by the plot's name"),
});
type DrawParams = z.output<typeof draw>;

export default defineTask({
  name: "simplePlot",
  aliases: ["plot"],
  summary: "plot columns against each other; the table passes through",
  description: [
    "Sends one message for each plot on the subject rtl.v1.job.<id>.plot, with its values in row",
    "order; axes and scale are those of the first draw. A plot of a name that was sent before takes",
    "the place of that one. Of more than 10,000 points those are sent that keep the outline.",
  ].join("\n"),
  shape: "gather",
  params,
  example: {
    plots: { times: [{ x: "jobId", y: "totalRunTime", type: "line", scale: "log", series: null }] },
  },
  run(table, { plots }, context) {
    for (const [name, draws] of Object.entries(plots)) {
      const [first] = draws;
      if (first === undefined) continue;
      context.plot({
        name,
        draws: draws.map((one) => drawOf(table, one)),
        xAxis: first.x,
        yAxis: first.y,
        scale: first.scale,
      });
    }
    return table;
  },
});

const drawOf = (table: Table, { x, y, type, series }: DrawParams) => ({
  type,
  x: valuesOf(table.column(x)),
  y: valuesOf(table.column(y)),
  series: series === null ? null : valuesOf(table.column(series)),
});

/** What a page can place on an axis: whole numbers beyond 2^53 are rounded, booleans are 0 and 1. */
function valuesOf(column: Column): PlotValue[] {
  return Array.from({ length: column.length }, (_, row) => {
    const value = valueAt(column, row);
    return typeof value === "bigint" || typeof value === "boolean" ? Number(value) : value;
  });
}
