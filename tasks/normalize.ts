/**
 * Normalize columns by one of three models. PercentOfMax and Squash need only sums and extremes of
 * the whole column, so they fold; DistanceFromMean walks all rows in order.
 */
import {
  addSums,
  addTo,
  asNumbers,
  defineTask,
  floatReader,
  forBlocks,
  type NumericColumn,
  numericColumn,
  RtlError,
  type Sum,
  sumOfBlock,
  type Table,
  toFloat64,
  totalOf,
  withColumns,
  z,
  zeroSum,
} from "rtl/task";

const params = z.strictObject({
  columns: z
    .array(z.string(), { error: "give a list of column names" })
    .describe("columns to normalize"),
  model: z
    .enum(["PercentOfMax", "Squash", "DistanceFromMean"], {
      error: "give PercentOfMax, Squash, DistanceFromMean or null",
    })
    .nullable()
    .describe("how; null copies"),
  weight: z
    .number({ error: "give a number, or null where the model needs none" })
    .nullable()
    .describe("of DistanceFromMean; null otherwise"),
});
type Params = z.output<typeof params>;

/** What a model needs to know of a whole column. */
interface Extent extends Sum {
  readonly count: number;
  /** Of the numbers; NaN counts only as the first row, which is what comparing with it does. */
  readonly min: number;
  readonly max: number;
  readonly startsWithNaN: boolean;
}
const nothing: Extent = {
  ...zeroSum,
  count: 0,
  min: Infinity,
  max: -Infinity,
  startsWithNaN: false,
};

export default defineTask({
  name: "normalize",
  summary: "scale columns to percent, squash outliers, or smooth towards the local mean",
  description: [
    "Adds <name>Normal for each column. PercentOfMax: (v - min) / (max - min) * 100. Squash: values",
    "above twice the mean are set to it, then (v - min) / max * 100. DistanceFromMean: in row order,",
    "a value further than weight * m from m, the mean of it and its two neighbours, is moved to that",
    "bound. model null copies. Squash and PercentOfMax need at least one row.",
  ].join("\n"),
  shape: {
    param: "model",
    shapes: { DistanceFromMean: "gather", null: "map" },
    otherwise: "fold",
  },
  params,
  example: { columns: ["totalRunTime"], model: "Squash", weight: null },

  measure: (table, { columns }) =>
    columns.map((name) => extentOf(asNumbers(table.column(name), "normalize"))),

  merge: (a: Extent[], b: Extent[]) =>
    a.map((left, index) => mergeExtents(left, b[index] ?? nothing)),

  report(state, { columns, model }, context) {
    columns.forEach((name, index) => {
      const { min, max, average, count } = scaleOf(state[index] ?? nothing, model);
      const line =
        model === "Squash"
          ? `=> ${name} : MAX ${shown(max)} MIN ${shown(min)} AVG ${shown(average)} COUNT ${count}`
          : `MAX ${shown(max - min)} MIN ${shown(min)}`;
      context.log(line);
    });
  },

  apply: (table, state, { columns, model }) =>
    addNormals(table, columns, (column, index) => {
      const extent = state[index] ?? nothing;
      if (extent.count === 0) {
        throw new RtlError("RTL_TABLE_INVALID", `normalize: column "${column.name}" has no rows`, {
          fix: `model ${model} needs at least one row`,
        });
      }
      return scaled(column, scaleOf(extent, model), model);
    }),

  run: (table, { columns, model, weight }) =>
    addNormals(table, columns, (column) =>
      model === null ? Float64Array.from(toFloat64(column)) : smoothed(toFloat64(column), weight),
    ),
});

function addNormals(
  table: Table,
  columns: readonly string[],
  normal: (column: NumericColumn, index: number) => Float64Array,
): Table {
  return withColumns(
    table,
    columns.map((name, index) => {
      const column = asNumbers(table.column(name), "normalize");
      const { validity } = column;
      return numericColumn(`${name}Normal`, normal(column, index), { validity });
    }),
  );
}

function extentOf(column: NumericColumn): Extent {
  const { validity } = column;
  const reader = floatReader(column);
  let { min, max } = nothing;
  let sum = zeroSum;
  let first: number | undefined;
  let count = 0;
  forBlocks(column.length, (start, end) => {
    const block = reader.read(start, end);
    const values = validity === undefined ? block : validOf(block, validity, start);
    first ??= values[0];
    sum = addTo(sum, sumOfBlock(values));
    count += values.length;
    [min, max] = extremes(values, min, max);
  });
  return { ...sum, count, min, max, startsWithNaN: first !== undefined && Number.isNaN(first) };
}

const validOf = (block: Float64Array, validity: Uint8Array, start: number): Float64Array =>
  block.filter((_, i) => ((validity[(start + i) >> 3] ?? 0) >> ((start + i) & 7)) & 1);

function extremes(values: Float64Array, min: number, max: number): [number, number] {
  let [low, high] = [min, max];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function mergeExtents(a: Extent, b: Extent): Extent {
  if (a.count === 0) return b;
  return {
    ...addSums(a, b),
    count: a.count + b.count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    startsWithNaN: a.startsWithNaN,
  };
}

interface Scale {
  readonly min: number;
  readonly max: number;
  readonly average: number;
  readonly count: number;
  /** Values above it are set to it. */
  readonly ceiling: number;
}

function scaleOf(extent: Extent, model: Params["model"]): Scale {
  const { count, startsWithNaN } = extent;
  const average = totalOf(extent) / count;
  // No number is above NaN, so that an undefined mean clips nothing.
  const ceiling = model === "Squash" && !Number.isNaN(average) ? 2 * average : Infinity;
  const min = startsWithNaN ? Number.NaN : Math.min(extent.min, ceiling);
  const max = startsWithNaN ? Number.NaN : Math.min(extent.max, ceiling);
  return { min, max, average, count, ceiling };
}

function scaled(column: NumericColumn, scale: Scale, model: Params["model"]): Float64Array {
  const { min, ceiling } = scale;
  const span = model === "Squash" ? scale.max : scale.max - min;
  const out = new Float64Array(column.length);
  const reader = floatReader(column);
  forBlocks(column.length, (start, end) => {
    scaleBlock(reader.read(start, end), out, start, min, span, ceiling);
  });
  return out;
}

function scaleBlock(
  values: Float64Array,
  out: Float64Array,
  at: number,
  min: number,
  span: number,
  ceiling: number,
): void {
  for (let i = 0; i < values.length; i++) {
    out[at + i] = ((Math.min(values[i] as number, ceiling) - min) / span) * 100;
  }
}

/** Each row sees the row before it as already moved, and the row after it as it was. */
function smoothed(values: Float64Array, weight: number | null): Float64Array {
  if (weight === null) {
    throw new RtlError("RTL_PARAMS_INVALID", "normalize: DistanceFromMean needs a weight", {
      fix: 'give a number, such as "weight": 0.1',
    });
  }
  const out = Float64Array.from(values);
  for (let i = 0; i < out.length; i++) {
    const value = out[i] as number;
    const inner = i > 0 && i < out.length - 1;
    const mean = inner ? ((out[i - 1] as number) + value + (out[i + 1] as number)) / 3 : value;
    const [upper, lower] = [mean + mean * weight, mean - mean * weight];
    if (value > upper) out[i] = upper;
    else if (value < lower) out[i] = lower;
  }
  return out;
}

/** Whole numbers with a decimal, as the log has always shown floats. */
const shown = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
