/**
 * Fill nulls: a value in the rows that lack one. A value that is given needs no other rows; those of
 * neighbours and the mean are measured over all chunks.
 */
import {
  addCounted,
  byColumn,
  type Column,
  type CountedSum,
  columnNames,
  columnsNamed,
  countedSum,
  defineTask,
  edgeRow,
  filledFrom,
  filledWith,
  makeTable,
  RtlError,
  type Table,
  totalOf,
  type Value,
  valueAt,
  z,
} from "rtl/task";

const given = z.union([z.number(), z.string(), z.boolean()], {
  error: "give a number, a text, true or false",
});
const params = z
  .strictObject({
    value: given.optional().describe("fills the columns of its kind: numbers, text or booleans"),
    values: byColumn(given).optional().describe("a value for each column: {price: 0, name: none}"),
    method: z
      .enum(["forward", "backward", "mean"])
      .optional()
      .describe("the value of the nearest row before or behind, or the mean of a float column"),
    columns: columnNames
      .optional()
      .describe("names or patterns of the columns to fill, with value or method; else all"),
    nan: z.boolean().default(false).describe("whether NaN counts as missing"),
  })
  .superRefine(({ value, values, method, columns }, context) => {
    const ways = [value, values, method].filter((way) => way !== undefined);
    if (ways.length !== 1) context.addIssue("give one of value, values and method");
    if (values !== undefined && columns !== undefined) {
      context.addIssue("values name their columns: leave out columns");
    }
  });
type Params = z.output<typeof params>;

/** Rows, from the beginning of what was measured, that have a value next to the next chunk. */
interface Edges {
  readonly at: readonly number[];
  readonly values: readonly Value[];
}
interface State {
  readonly rows: number;
  readonly edges: readonly Edges[];
  readonly sums: readonly CountedSum[];
}

export default defineTask({
  name: "fillNulls",
  aliases: ["fillna"],
  summary: "put values into rows that lack one",
  description: [
    "A value must fit the column's dtype. Before the first value of a column there is nothing to fill",
    "forward with, and behind the last nothing to fill backward with: such rows stay as they are, as do",
    "all rows of a column that has no value at all. A mean is that of the values there are; with nan:",
    "false a NaN among them makes it NaN. Without columns, mean fills the float columns.",
  ].join("\n"),
  shape: {
    param: "method",
    shapes: { forward: "fold", backward: "fold", mean: "fold" },
    otherwise: "map",
  },
  params,
  example: { method: "forward", columns: ["temperature"] },

  run(table: Table, { value, values, columns, nan }: Params) {
    const byName = new Map<string, Value>(Object.entries(values ?? {}));
    for (const name of byName.keys()) table.column(name);
    if (value !== undefined) {
      const all = table.columns.filter((column) => takes(column, value)).map(({ name }) => name);
      for (const name of columnsNamed(table, columns ?? all)) byName.set(name, value);
    }
    return changed(table, [...byName.keys()], (column) =>
      filledBy(column, nan, byName.get(column.name) ?? null),
    );
  },

  measure(table, params): State {
    const columns = columnsOf(table, params).map((name) => table.column(name));
    const { method, nan } = params;
    return {
      rows: table.rows,
      edges: method === "mean" ? [] : columns.map((one) => edgesOf(one, nan, method)),
      sums: method === "mean" ? columns.map((one) => countedSum(floats(one), nan)) : [],
    };
  },

  merge: (a: State, b: State): State => ({
    rows: a.rows + b.rows,
    edges: a.edges.map(({ at, values }, index) => ({
      at: [...at, ...(b.edges[index]?.at ?? []).map((row) => row + a.rows)],
      values: [...values, ...(b.edges[index]?.values ?? [])],
    })),
    sums: a.sums.map((sum, index) => addCounted(sum, b.sums[index] ?? sum)),
  }),

  apply(table, { edges, sums }, params, { firstRow }) {
    const names = columnsOf(table, params);
    const { method, nan } = params;
    return changed(table, names, (column) => {
      const index = names.indexOf(column.name);
      const sum = sums[index];
      if (sum !== undefined) {
        return sum.count === 0 ? column : filledWith(column, nan, totalOf(sum) / sum.count);
      }
      const { at = [], values = [] } = edges[index] ?? {};
      const place =
        method === "backward"
          ? at.findIndex((row) => row >= firstRow + table.rows)
          : at.findLastIndex((row) => row < firstRow);
      return filledFrom(column, nan, method === "backward", values[place]);
    });
  },
});

const changed = (table: Table, names: readonly string[], change: (column: Column) => Column) =>
  makeTable(
    table.columns.map((column) => (names.includes(column.name) ? change(column) : column)),
    table.rows,
  );

/** What a value given for all columns fills. */
function takes(column: Column, value: Value): boolean {
  if (column.kind === "text") return typeof value === "string";
  return typeof value === (column.dtype === "|b1" ? "boolean" : "number");
}

function filledBy(column: Column, nan: boolean, value: Value): Column {
  try {
    return filledWith(column, nan, value);
  } catch (cause) {
    if (!(cause instanceof RtlError)) throw cause;
    const what = `${JSON.stringify(value)} does not fit column "${column.name}" (${column.dtype})`;
    throw new RtlError("RTL_PARAMS_INVALID", `fillNulls: ${what}`, { cause });
  }
}

function columnsOf(table: Table, { columns, method }: Params): readonly string[] {
  if (columns !== undefined) return columnsNamed(table, columns);
  if (method !== "mean") return table.names;
  return table.columns.filter(({ dtype }) => dtype.startsWith("<f")).map(({ name }) => name);
}

function floats(column: Column) {
  if (column.kind === "numeric" && column.dtype.startsWith("<f")) return column;
  const what = `column "${column.name}" is ${column.dtype}`;
  throw new RtlError("RTL_TABLE_INVALID", `fillNulls: a mean needs floats, but ${what}`, {
    fix: "cast it to float64 first",
  });
}

/** The value that this chunk has for those behind it, or before it. */
function edgesOf(column: Column, nan: boolean, method: Params["method"]): Edges {
  const row = edgeRow(column, nan, method !== "backward");
  return row === undefined ? { at: [], values: [] } : { at: [row], values: [valueAt(column, row)] };
}
