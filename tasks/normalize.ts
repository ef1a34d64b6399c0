/**
 * Normalize columns by one of three models. PercentOfMax and Squash need only sums and extremes of
 * the whole column, so they fold; DistanceFromMean walks all rows in order.
 */
import {
  addSums,
  addTo,
  asNumbers,
  columnMemory,
  defineTask,
  extremesOfBlock,
  floatReader,
  forBlocks,
  forPresent,
  isNull,
  type NumericColumn,
  numericColumn,
  presentValues,
  pythonFloat,
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
  columns: z.array(z.string(), { error: "give a list of column names" }).describe("columns"),
  model: z
    .enum(["PercentOfMax", "Squash", "DistanceFromMean"], {
      error: "give PercentOfMax, Squash, DistanceFromMean or null",
    })
    .nullable()
    .describe("the formula; null copies"),
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
    "bound. model null copies. Squash and PercentOfMax need at least one row. int64 counts as float64.",
    "Rows without a value stay without, do not count, and are no neighbours. A NaN in the first row",
    "makes minimum and maximum NaN, elsewhere it is passed over; Squash with a NaN clips nothing.",
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
          ? `=> ${name} : MAX ${pythonFloat(max)} MIN ${pythonFloat(min)} AVG ${pythonFloat(average)} COUNT ${count}`
          : `MAX ${pythonFloat(max - min)} MIN ${pythonFloat(min)}`;
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
      model === null ? copied(column) : smoothed(column, weight),
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
  let found = nothing;
  forPresent(column, (values) => {
    const { min, max } = extremesOfBlock(values);
    found = mergeExtents(found, {
      ...addTo(zeroSum, sumOfBlock(values)),
      count: values.length,
      min: Number(min),
      max: Number(max),
      startsWithNaN: Number.isNaN(values[0]),
    });
  });
  return found;
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
  const out = columnMemory("<f8", column.length);
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

/** Rows without a value are passed over, as if they were not there. */
function smoothed(column: NumericColumn, weight: number | null): Float64Array {
  if (weight === null) {
    throw new RtlError("RTL_PARAMS_INVALID", "normalize: DistanceFromMean needs a weight", {
      fix: 'give a number, such as "weight": 0.1',
    });
  }
  const out = copied(column);
  if (column.validity === undefined) smooth(out, weight);
  else {
    const present = presentValues(column);
    smooth(present, weight);
    let next = 0;
    for (let row = 0; row < out.length; row++) {
      out[row] = isNull(column, row) ? 0 : (present[next++] as number);
    }
  }
  return out;
}

function copied(column: NumericColumn): Float64Array {
  const out = columnMemory("<f8", column.length);
  out.set(toFloat64(column));
  return out;
}

/** Each row sees the row before it as already moved, and the row after it as it was. */
function smooth(values: Float64Array, weight: number): void {
  const last = values.length - 1;
  for (let i = 0; i <= last; i++) {
    const value = values[i] as number;
    const inner = i > 0 && i < last;
    const mean = inner
      ? ((values[i - 1] as number) + value + (values[i + 1] as number)) / 3
      : value;
    const upper = mean + mean * weight;
    const lower = mean - mean * weight;
    if (value > upper) values[i] = upper;
    else if (value < lower) values[i] = lower;
  }
}
