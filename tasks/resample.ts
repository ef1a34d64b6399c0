/** Resample: irregular rows brought to a regular grid of times. */
import {
  asNumbers,
  atGridTimes,
  binMethods,
  type Column,
  defineTask,
  durationIn,
  gridTimes,
  inGridBins,
  isDuration,
  makeTable,
  type PointMethod,
  pointMethods,
  timeGrid,
  timesOf,
  timeUnitParam,
  z,
} from "rtl/task";

const DURATION = 'give a number of seconds, or a text such as "10ms", "1.5s" or "2h"';
const duration = z.union(
  [
    z.number().positive(),
    z
      .string()
      .refine((text) => isDuration(text) && durationIn(text, "ns") > 0, { error: DURATION }),
  ],
  { error: DURATION },
);

const params = z
  .strictObject({
    time: z.string().describe("column of times, which must not fall"),
    timeUnit: timeUnitParam,
    every: duration
      .describe("step of the new times: seconds, or text with a unit (ns us ms s m h d)")
      .meta({ unit: "s" }),
    method: z
      .enum([...pointMethods, ...binMethods])
      .default("linear")
      .describe(
        "value at each new time (linear, nearest, previous), or of the rows up to the next",
      ),
    columns: z
      .array(z.string())
      .optional()
      .describe("columns of the result; where not given, all numeric columns but the time"),
    gapMax: duration
      .optional()
      .describe("with linear, nearest and previous: no value between rows farther apart than this")
      .meta({ unit: "s" }),
  })
  .superRefine(({ method, gapMax }, context) => {
    if (gapMax === undefined || isPointMethod(method)) return;
    const message = `${method} has no use for it: steps without rows have no value anyway`;
    context.addIssue({ code: "custom", path: ["gapMax"], message });
  });
type Method = z.output<typeof params>["method"];

export default defineTask({
  name: "resample",
  summary: "bring rows to a regular grid of times",
  description: [
    "New times are the first time, and then every step up to the last. linear interpolates, nearest takes",
    "the nearer row (the earlier of two), previous the last row up to then; mean, min, max and count",
    "take the rows from each new time up to, not including, the next, as pandas resample(origin='start').",
    "Rows without a value count as missing. There is no value before the first row with one, nor, but for",
    "previous, behind the last, nor where a step has no rows. NaN spreads to what is made of it.",
    "The times must rise: equal ones are allowed for mean, min, max and count only. int64 times are exact.",
    "linear and mean give float64, count int64, the others keep the column's dtype; nearest and previous",
    "also take text columns that are named.",
  ].join("\n"),
  shape: "gather",
  params,
  example: { time: "seconds", every: "10ms", method: "linear", gapMax: "1s" },

  run(table, { time, timeUnit, every, method, columns, gapMax }) {
    const times = timesOf(table.column(time), "resample", !isPointMethod(method));
    const grid = timeGrid(times, durationIn(every, timeUnit), "resample");
    const gap = gapMax === undefined ? Infinity : durationIn(gapMax, timeUnit);
    const wanted: readonly Column[] =
      columns?.map((name) => table.column(name)) ??
      table.columns.filter(({ name, kind }) => kind === "numeric" && name !== time);
    const made = wanted.map((column) => {
      const anyKind = method === "nearest" || method === "previous";
      if (!anyKind) asNumbers(column, `resample with method ${method}`);
      return isPointMethod(method)
        ? atGridTimes(grid, column, method, gap)
        : inGridBins(grid, asNumbers(column, "resample"), method);
    });
    return makeTable([gridTimes(grid), ...made], grid.rows);
  },
});

function isPointMethod(method: Method): method is PointMethod {
  return (pointMethods as readonly string[]).includes(method);
}
