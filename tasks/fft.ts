/** FFT: the spectrum of signals, as a table with a row for each frequency. */
import {
  checkSampling,
  columnMemory,
  defineTask,
  makeTable,
  numericColumn,
  rateOf,
  realFourier,
  resultName,
  samplingParams,
  signalOperations,
  signalValues,
  subtractTrend,
  trendKinds,
  trendOf,
  windowKinds,
  windowOf,
  z,
} from "rtl/task";

/** What each output is called after its column; complex numbers make two columns. */
const suffixes = {
  complex: "",
  magnitude: "Magnitude",
  phase: "Phase",
  power: "Power",
  amplitude: "Amplitude",
} as const;
type Output = keyof typeof suffixes;
const outputs = Object.keys(suffixes) as [Output, ...Output[]];

const params = z
  .strictObject({
    operations: signalOperations("{a}Magnitude, {a}Phase and so on, as output says"),
    output: z
      .enum(outputs)
      .default("magnitude")
      .describe("complex: two columns, {column}Real and {column}Imaginary; phase in rad"),
    window: z.enum(windowKinds).default("none").describe("weights that fade the signal in and out"),
    detrend: z
      .enum(["none", ...trendKinds])
      .default("none")
      .describe("what to subtract before the window: nothing, the mean, or the straight line"),
    ...samplingParams,
  })
  .superRefine(checkSampling(false));
type Params = z.output<typeof params>;

export default defineTask({
  name: "fft",
  aliases: ["fourier"],
  summary: "the discrete Fourier transform of columns: a table of frequencies",
  description: [
    "X[k] = sum of x[j] exp(-2 pi i j k / n), as numpy.fft.rfft: n / 2 + 1 rows for n rows, of any number.",
    "Column frequency is k rate / n in Hz; without rate and time it is in cycles per row.",
    "magnitude is |X|, power |X|^2, phase the angle of X in rad, amplitude the height of a sine at that",
    "frequency: 2 |X| over the sum of the window's weights (1 |X| at frequency 0 and at half the rate).",
    "Windows are those of scipy.signal.get_window. No rows make no frequencies. Results are float64.",
    "NaN, infinite numbers and rows without a value are refused.",
  ].join("\n"),
  shape: "gather",
  params,
  example: { operations: [{ a: "acceleration" }], rate: 100, output: "amplitude" },

  run(table, wanted) {
    const n = table.rows;
    const rate = n === 0 ? 1 : (rateOf(table, wanted, "fft") ?? 1);
    const bins = n === 0 ? 0 : Math.floor(n / 2) + 1;
    const transform = n === 0 ? () => new Float64Array(0) : realFourier(n);
    const weights = wanted.window === "none" ? undefined : windowOf(wanted.window, n);
    const sum = weights === undefined ? n : weights.reduce((total, weight) => total + weight, 0);
    const frequency = columnMemory("<f8", bins);
    for (let k = 0; k < bins; k++) frequency[k] = (k * rate) / n;
    const results = wanted.operations.flatMap((operation) => {
      const values = signalValues(table.column(operation.a), "fft");
      const spectrum = transform(prepared(values, weights, wanted));
      const { output } = wanted;
      if (output === "complex") {
        const name = resultName(operation, "");
        return (["Real", "Imaginary"] as const).map((part, offset) => {
          const half = columnMemory("<f8", bins);
          for (let k = 0; k < bins; k++) half[k] = spectrum[2 * k + offset] as number;
          return numericColumn(`${name}${part}`, half);
        });
      }
      const result = columnMemory("<f8", bins);
      readers[output](spectrum, result);
      if (output === "amplitude") {
        // All frequencies but these two stand for their mirror image too.
        const scale = (k: number) => (k === 0 || 2 * k === n ? 1 : 2) / sum;
        for (let k = 0; k < bins; k++) result[k] = (result[k] as number) * scale(k);
      }
      return [numericColumn(resultName(operation, suffixes[output]), result)];
    });
    return makeTable([numericColumn("frequency", frequency), ...results], bins);
  },
});

/** The signal less its trend, times the window; itself where there is nothing to do. */
function prepared(
  values: Float64Array,
  weights: Float64Array | undefined,
  { detrend }: Params,
): Float64Array {
  if (detrend === "none" && weights === undefined) return values;
  const own = values.slice();
  if (detrend !== "none") subtractTrend(own, trendOf(own), detrend, own);
  if (weights !== undefined) {
    for (let i = 0; i < own.length; i++) own[i] = (own[i] as number) * (weights[i] as number);
  }
  return own;
}

type Read = (spectrum: Float64Array, to: Float64Array) => void;

const magnitudes: Read = (spectrum, to) => {
  for (let k = 0; k < to.length; k++) {
    const re = spectrum[2 * k] as number;
    const im = spectrum[2 * k + 1] as number;
    const square = re * re + im * im;
    // Squares of very large or small numbers leave the range; hypot does not, but takes longer.
    to[k] = square > 1e-280 && square < 1e280 ? Math.sqrt(square) : Math.hypot(re, im);
  }
};

const readers: Record<Exclude<Output, "complex">, Read> = {
  magnitude: magnitudes,
  amplitude: magnitudes,
  power(spectrum, to) {
    for (let k = 0; k < to.length; k++) {
      to[k] = (spectrum[2 * k] as number) ** 2 + (spectrum[2 * k + 1] as number) ** 2;
    }
  },
  phase(spectrum, to) {
    for (let k = 0; k < to.length; k++) {
      to[k] = Math.atan2(spectrum[2 * k + 1] as number, spectrum[2 * k] as number);
    }
  },
};
