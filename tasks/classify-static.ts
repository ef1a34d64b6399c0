/**
 * Classify: number the distinct values of columns in ascending order, and count them. A fold whose
 * state is the distinct values and their counts; a chunk only looks its own ones up.
 */
import {
  type Column,
  columnMemory,
  concatenate,
  decodeTable,
  defineTask,
  encodeTable,
  forBlocks,
  groupCounts,
  groupRows,
  makeTable,
  numericColumn,
  renamed,
  reorderRows,
  sortOrder,
  type Table,
  takeRows,
  toFloat64,
  withColumns,
  z,
} from "rtl/task";

const params = z.strictObject({
  operations: z
    .array(
      z.strictObject({
        a: z
          .union([z.string(), z.array(z.string()).min(1)], {
            error: "give a column's name, or a list of names",
          })
          .describe("column, or several that count together"),
        column: z
          .string()
          .min(1)
          .describe("the new columns are <column>Class and <column>ClassCount"),
      }),
    )
    .describe("all Class columns come first, then all ClassCount columns"),
});
type Operation = z.output<typeof params>["operations"][number];

/** For each operation the distinct values and their counts, as an Arrow table. */
type State = readonly Uint8Array[];

export default defineTask({
  name: "classifyStatic",
  summary: "number the distinct values of a column in ascending order, and count their rows",
  description: [
    "Adds <column>Class, the place of the row's value among the sorted distinct values, from 0, and",
    "<column>ClassCount, the rows that have it; both int64. Several columns are classified by their",
    "combinations, ordered by the first column, then the second. -0 equals 0, all NaN are one class",
    "after all numbers, and rows without a value one class after NaN. Text is ordered by code point.",
  ].join("\n"),
  shape: {
    chained: {
      operations: "operations",
      reads: ["a"],
      makes: ["{column}Class", "{column}ClassCount"],
      shape: "gather",
    },
    otherwise: "fold",
  },
  params,
  example: { operations: [{ a: "stageName", column: "stage" }] },

  measure: (table, { operations }): State =>
    operations.map((operation) => encodeTable(classesOf(table, operation))),

  merge: (a: State, b: State): State =>
    a.map((left, index) => {
      const right = b[index];
      if (right === undefined) return left;
      return encodeTable(merged(concatenate([decodeTable(left), decodeTable(right)])));
    }),

  apply(table, state, { operations }) {
    const classified = operations.map((operation, index) => {
      const classes = state[index];
      if (classes === undefined) throw new Error(`the state of operation ${index} is missing`);
      return classify(table, operation, decodeTable(classes));
    });
    return withColumns(table, [
      ...classified.map(({ ofRow }) => ofRow),
      ...classified.map(({ count }) => count),
    ]);
  },

  run(table, { operations }) {
    const counts: Column[] = [];
    let classes = table;
    for (const operation of operations) {
      // An operation may read both columns of those before it.
      const seen = withColumns(classes, counts);
      const { ofRow, count } = classify(seen, operation, classesOf(seen, operation));
      classes = withColumns(classes, [ofRow]);
      counts.push(count);
    }
    return withColumns(classes, counts);
  },
});

/** The columns of an operation as keys "0", "1", …: a state knows no names. */
function keysOf(table: Table, { a }: Operation): Table {
  const names = typeof a === "string" ? [a] : a;
  return makeTable(
    names.map((name, index) => renamed(table.column(name), String(index))),
    table.rows,
  );
}

/** The distinct keys in ascending order, and their rows. */
function classesOf(table: Table, operation: Operation): Table {
  const keys = keysOf(table, operation);
  const { ids, first, count } = groupRows(keys.columns, table.rows);
  return counted(takeRows(keys, first), groupCounts(ids, count));
}

/** Classes of several parts as one. */
function merged(parts: Table): Table {
  const keys = makeTable(parts.columns.slice(0, -1), parts.rows);
  const { ids, first, count } = groupRows(keys.columns, parts.rows);
  const counts = new Float64Array(count);
  const partCounts = countsOf(parts);
  for (let part = 0; part < parts.rows; part++) {
    const id = ids[part] ?? 0;
    counts[id] = (counts[id] ?? 0) + (partCounts[part] ?? 0);
  }
  return counted(takeRows(keys, first), counts);
}

function counted(keys: Table, counts: Float64Array): Table {
  const { order } = sortOrder(
    keys.columns.map((column) => ({ column })),
    keys.rows,
  );
  return reorderRows(withColumns(keys, [numericColumn("rows", counts)]), order);
}

function countsOf(classes: Table): Float64Array {
  const column = classes.column("rows");
  return column.kind === "numeric" ? toFloat64(column) : new Float64Array(0);
}

/** The class of each row, and how many rows it has. */
function classify(
  table: Table,
  operation: Operation,
  classes: Table,
): { ofRow: Column; count: Column } {
  const keys = keysOf(table, operation);
  const own = groupRows(keys.columns, table.rows);
  // Below the classes, which are all different, a row's group has the number of its class.
  const known = makeTable(classes.columns.slice(0, -1), classes.rows);
  const found = groupRows(
    concatenate([known, takeRows(keys, own.first)]).columns,
    classes.rows + own.count,
  );
  const classOf = found.ids.subarray(classes.rows);
  const counts = countsOf(classes);
  return {
    ofRow: numericColumn(`${operation.column}Class`, spread(own.ids, classOf)),
    count: numericColumn(
      `${operation.column}ClassCount`,
      spread(
        own.ids,
        Uint32Array.from(classOf, (place) => counts[place] ?? 0),
      ),
    ),
  };
}

/** The number of each row's group as int64, written as its two halves. */
function spread(ids: Uint32Array, numbers: Uint32Array): BigInt64Array {
  const values = columnMemory("<i8", ids.length);
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * ids.length);
  forBlocks(ids.length, (start, end) => {
    for (let row = start; row < end; row++) {
      halves[2 * row] = numbers[ids[row] as number] as number;
      halves[2 * row + 1] = 0;
    }
  });
  return values;
}
