/** Power spectrum: how the power of signals is spread over frequencies, by Welch's method. */
import {
  checkSampling,
  columnMemory,
  defineTask,
  makeTable,
  numericColumn,
  powerSpectrum,
  RtlError,
  rateOf,
  resultName,
  samplingParams,
  signalOperations,
  signalValues,
  trendKinds,
  windowKinds,
  z,
} from "rtl/task";

const SUFFIX = "Power";
/** Rows of a segment, where nothing else is said: scipy's. */
const SEGMENT = 256;

const params = z
  .strictObject({
    operations: signalOperations(`{a}${SUFFIX}`),
    segment: z
      .union([z.int().min(1), z.literal("all")], { error: 'give a number of rows, or "all"' })
      .default(SEGMENT)
      .describe('rows of a segment; at most all, which "all" stands for')
      .meta({ unit: "rows" }),
    overlap: z
      .int()
      .min(0)
      .optional()
      .describe("rows that a segment shares with the one before; half of it where it is not given")
      .meta({ unit: "rows" }),
    window: z.enum(windowKinds).default("hann").describe("weights that fade a segment in and out"),
    detrend: z
      .enum(["none", ...trendKinds])
      .default("constant")
      .describe("what to subtract from a segment: nothing, its mean, or its straight line"),
    scaling: z
      .enum(["density", "spectrum"])
      .default("density")
      .describe("density: the square of the signal's unit per Hz; spectrum: its square"),
    average: z.enum(["mean", "median"]).default("mean").describe("how segments become one"),
    decibels: z
      .boolean()
      .default(false)
      .describe("give 10 log10 of the power instead of the power")
      .meta({ unit: "dB" }),
    ...samplingParams,
  })
  .superRefine(checkSampling(false))
  .superRefine(({ segment, overlap = 0 }, context) => {
    if (segment === "all" || overlap < segment) return;
    const message = "segments must overlap by fewer rows than they have";
    context.addIssue({ code: "custom", path: ["overlap"], message });
  });

export default defineTask({
  name: "powerSpectrum",
  aliases: ["welch"],
  summary: "the power spectral density of columns: a table of frequencies",
  description: [
    "The mean over segments of their windowed, one-sided spectra, as scipy.signal.welch; with segment all",
    'and window none it is scipy.signal.periodogram. Segments of "median" are divided by its bias.',
    "Column frequency is in Hz; without rate and time it is in cycles per row. Rows that do not fill a",
    "last segment are left out; fewer rows than a segment make one segment. No rows make no frequencies.",
    "Results are float64. NaN, infinite numbers and rows without a value are refused.",
  ].join("\n"),
  shape: "gather",
  params,
  example: { operations: [{ a: "acceleration" }], rate: 100, segment: 512 },

  run(table, wanted, context) {
    const { operations, window, detrend, scaling, average, decibels } = wanted;
    const rows = table.rows;
    const rate = rows === 0 ? 1 : (rateOf(table, wanted, "powerSpectrum") ?? 1);
    const segment = wanted.segment === "all" ? rows : Math.min(rows, wanted.segment);
    if (wanted.segment !== "all" && segment < wanted.segment) {
      context.log(`powerSpectrum: the only segment has ${segment} rows, not ${wanted.segment}`);
    }
    const overlap = wanted.segment === "all" ? 0 : (wanted.overlap ?? Math.floor(segment / 2));
    if (rows > 0 && overlap >= segment) {
      const message = `powerSpectrum: overlap: segments have only ${segment} rows`;
      throw new RtlError("RTL_PARAMS_INVALID", message, { fix: "give a smaller overlap" });
    }
    const bins = rows === 0 ? 0 : Math.floor(segment / 2) + 1;
    const frequency = columnMemory("<f8", bins);
    for (let k = 0; k < bins; k++) frequency[k] = (k * rate) / segment;
    const options = { segment, overlap, window, detrend, scaling, average };
    const results = operations.map((operation) => {
      const values = signalValues(table.column(operation.a), "powerSpectrum");
      const power = rows === 0 ? new Float64Array(0) : powerSpectrum(values, rate, options);
      const shown = decibels ? power.map((value) => 10 * Math.log10(value)) : power;
      return numericColumn(resultName(operation, SUFFIX), shown);
    });
    return makeTable([numericColumn("frequency", frequency), ...results], bins);
  },
});
