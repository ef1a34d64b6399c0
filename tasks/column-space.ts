/**
 * Column space: evenly spaced points, or the sorted column, beside the rows as they are. Points that
 * are computed fold: a chunk makes its own from the greatest value and the number of rows.
 */
import {
  asNumbers,
  BLOCK_ROWS,
  columnMemory,
  computedPoints,
  defineTask,
  type Extremes,
  extremesOf,
  firstValid,
  forBlocks,
  mergeExtremes,
  noExtremes,
  numericColumn,
  RtlError,
  withColumns,
  writeSortedWholes,
  writeWholes,
  z,
} from "rtl/task";

const params = z.strictObject({
  column: z.string().describe("column"),
  space: z.string().describe("linear, log, or any other word for the sorted column"),
});

interface Extent {
  readonly rows: number;
  readonly extremes: Extremes;
}

export default defineTask({
  name: "columnSpace",
  summary: "evenly spaced points up to a column's maximum, powers of ten, or the sorted column",
  description: [
    "Adds <column>Space (int64, cut off toward zero), whose row i is the i-th of as many points as the",
    "table has rows. linear: from 0 to the maximum, both included. log: 10^e for e from 0.001 to 1.",
    "Any other word: the column in ascending order, NaN last, and no value where rows lack one.",
    "A point that int64 cannot hold, such as NaN, is -2^63. linear needs at least one value; a NaN in",
    "the column makes all its points NaN.",
  ].join("\n"),
  shape: { param: "space", shapes: { linear: "fold", log: "fold" }, otherwise: "gather" },
  params,
  example: { column: "totalRunTime", space: "linear" },

  measure(table, { column, space }): Extent {
    const numbers = asNumbers(table.column(column), "columnSpace");
    return { rows: table.rows, extremes: space === "linear" ? extremesOf(numbers) : noExtremes };
  },

  merge: (a: Extent, b: Extent): Extent => ({
    rows: a.rows + b.rows,
    extremes: mergeExtremes(a.extremes, b.extremes),
  }),

  apply(table, { rows, extremes }, { column, space }, { firstRow }) {
    if (space === "linear" && extremes.count === 0) {
      throw new RtlError("RTL_TABLE_INVALID", `columnSpace: column "${column}" has no values`, {
        fix: "space linear needs a maximum",
      });
    }
    const max = extremes.nan ? Number.NaN : Number(extremes.max);
    const points = computedPoints(space === "log" ? "log" : "linear", max, rows);
    const out = columnMemory("<i8", table.rows);
    const block = new Float64Array(Math.min(BLOCK_ROWS, table.rows));
    forBlocks(table.rows, (start, end) => {
      const floats = block.subarray(0, end - start);
      points(firstRow + start, floats);
      writeWholes(floats, out, start);
    });
    return withColumns(table, [numericColumn(`${column}Space`, out)]);
  },

  run(table, { column }) {
    const out = columnMemory("<i8", table.rows);
    const count = writeSortedWholes(asNumbers(table.column(column), "columnSpace"), out);
    const validity = firstValid(count, table.rows);
    out.fill(0n, count);
    return withColumns(table, [numericColumn(`${column}Space`, out, { validity })]);
  },
});
