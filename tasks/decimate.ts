/**
 * Decimate: a table at a lower rate. Signals pass a low-pass filter first, which needs all rows;
 * merely leaving out rows does not, and works chunk by chunk.
 */
import {
  antiAliasing,
  decimatedByTaps,
  decimatedRecursively,
  defineTask,
  makeTable,
  numericColumn,
  RtlError,
  rowsBeyond,
  signalValues,
  type Table,
  takeColumn,
  takeRows,
  z,
} from "rtl/task";

const params = z
  .strictObject({
    factor: z.int().min(2).describe("keep every factor-th row, from the first"),
    method: z
      .enum([...antiAliasing, "every"])
      .default("iir")
      .describe("filter the signals before (iir, fir), or merely leave out rows (every)"),
    columns: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("signals to filter, for iir and fir; all other columns merely lose rows"),
    zeroPhase: z
      .boolean()
      .default(true)
      .describe("shift nothing in time: iir runs forwards and backwards, fir is centred"),
    order: z
      .int()
      .min(1)
      .optional()
      .describe("of the filter; by default 8 (iir), at most 24, or 20 times the factor (fir)"),
  })
  .superRefine(({ method, columns, order }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (method !== "every" && columns === undefined)
      refuse("columns", "name the signals to filter");
    if (method === "every" && columns !== undefined) refuse("columns", "every filters no columns");
    if (method === "every" && order !== undefined) refuse("order", "every has no filter");
    if (method === "iir" && (order ?? 0) > 24) refuse("order", "give at most 24 with iir");
  });
type Params = z.output<typeof params>;

export default defineTask({
  name: "decimate",
  aliases: ["downsample"],
  summary:
    "keep every n-th row, and filter signals so that nothing fast comes back as something slow",
  description: [
    "As scipy.signal.decimate: iir is a Chebyshev filter of type I (0.05 dB ripple, cutoff 0.8 times half",
    "the new rate), fir a Hamming-windowed sinc, for which values beyond the ends count as 0.",
    'Filtered columns become float64; method "every" leaves all columns as they are. In filtered columns',
    "NaN, infinite numbers and rows without a value are refused. For other ratios see resample.",
  ].join("\n"),
  shape: { param: "method", shapes: { every: "fold" }, otherwise: "gather" },
  params,
  example: { factor: 10, columns: ["acceleration"] },

  // Where a chunk lies is all that it must know of the others.
  measure: (table) => table.rows,
  merge: (a: number, b: number) => a + b,
  apply: (table, _rows, { factor }, { firstRow }) =>
    takeRows(table, everyRow(table, factor, firstRow)),

  run(table, wanted) {
    const rows = everyRow(table, wanted.factor, 0);
    const signals = new Set(wanted.columns?.map((name) => table.column(name)));
    const columns = table.columns.map((column) => {
      if (!signals.has(column)) return takeColumn(column, rows);
      return numericColumn(column.name, decimated(signalValues(column, "decimate"), wanted));
    });
    return makeTable(columns, rows.length);
  },
});

function everyRow(table: Table, factor: number, firstRow: number): Uint32Array {
  const begin = (factor - (firstRow % factor)) % factor;
  const rows = new Uint32Array(Math.max(0, Math.ceil((table.rows - begin) / factor)));
  for (let i = 0; i < rows.length; i++) rows[i] = begin + i * factor;
  return rows;
}

function decimated(
  values: Float64Array,
  { factor, method, zeroPhase, order }: Params,
): Float64Array {
  if (method === "fir") return decimatedByTaps(values, factor, zeroPhase, order);
  const beyond = rowsBeyond(factor, order);
  if (zeroPhase && values.length > 0 && values.length <= beyond) {
    const message = `decimate: zeroPhase needs more than ${beyond} rows, not ${values.length}`;
    throw new RtlError("RTL_TABLE_INVALID", message, {
      fix: "set zeroPhase to false, or take the method fir",
    });
  }
  return decimatedRecursively(values, factor, zeroPhase && values.length > 0, order);
}
