/** Peaks: the local maxima of a signal that stand out as wanted, one row for each. */
import {
  defineTask,
  findPeaks,
  makeTable,
  numericColumn,
  renamed,
  signalValues,
  takeColumn,
  z,
} from "rtl/task";

const bound = z.number().nullable();
const interval = (what: string) =>
  z
    .union([z.number(), z.tuple([bound, bound])], {
      error: "give the least value, or [least, most]",
    })
    .transform((given) => (Array.isArray(given) ? given : ([given, null] as const)))
    .optional()
    .describe(`${what}: the least that counts, or [least, most] with null for no bound`);

const params = z
  .strictObject({
    a: z.string().describe("column: a signal, with a finite number in every row"),
    height: interval("of the peak"),
    threshold: interval("difference from both neighbouring rows"),
    distance: z
      .number()
      .min(1)
      .optional()
      .describe("least distance of two peaks; the higher one stays")
      .meta({ unit: "rows" }),
    prominence: interval("how far the peak stands out from what surrounds it"),
    width: interval("width of the peak at relativeHeight").meta({ unit: "rows" }),
    relativeHeight: z
      .number()
      .min(0)
      .default(0.5)
      .describe("where the width is taken: below the top by this share of the prominence"),
    rate: z
      .number()
      .positive()
      .optional()
      .describe("rows per second, for the column time of the result")
      .meta({ unit: "Hz" }),
    time: z.string().optional().describe("column of which the result's column time is taken"),
  })
  .superRefine(({ rate, time }, context) => {
    if (rate === undefined || time === undefined) return;
    context.addIssue({ code: "custom", path: ["rate"], message: "give rate or time, not both" });
  });

export default defineTask({
  name: "peaks",
  aliases: ["findPeaks"],
  summary: "the peaks of a column: a table with one row for each",
  description: [
    "As scipy.signal.find_peaks: rows higher than both neighbours; a plateau counts once, in its middle,",
    "rounded down; neither end is a peak. Conditions are applied in the order height, threshold,",
    "distance, prominence, width. The result has the columns row (from 0), time (with rate, in seconds,",
    "or with time), height, prominence and width (in rows), in the order of the rows.",
    "NaN, infinite numbers and rows without a value are refused.",
  ].join("\n"),
  shape: "gather",
  params,
  example: { a: "acceleration", height: 0.5, distance: 20, rate: 100 },

  run(table, { a, rate, time, relativeHeight, ...conditions }) {
    const values = signalValues(table.column(a), "peaks");
    const { rows, prominences, widths } = findPeaks(values, conditions, relativeHeight);
    const chosen = Uint32Array.from(rows);
    // int64 in two halves: making a bigint of every row number costs more than finding the peaks.
    const numbers = new BigInt64Array(rows.length);
    const low = new Int32Array(numbers.buffer);
    const heights = new Float64Array(rows.length);
    const seconds = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      low[2 * i] = row;
      heights[i] = values[row] as number;
      seconds[i] = row / (rate ?? 1);
    }
    const times =
      time !== undefined
        ? [renamed(takeColumn(table.column(time), chosen), "time")]
        : rate !== undefined
          ? [numericColumn("time", seconds)]
          : [];
    return makeTable([
      numericColumn("row", numbers),
      ...times,
      numericColumn("height", heights),
      numericColumn("prominence", prominences),
      numericColumn("width", widths),
    ]);
  },
});
