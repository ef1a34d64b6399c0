/** Join: the rows of two tables that have equal keys, side by side. */
import {
  type Column,
  concatenate,
  defineTask,
  type JoinedRows,
  joinRows,
  makeTable,
  matchingKeys,
  NO_ROW,
  RtlError,
  renamed,
  type Table,
  takeOrNull,
  takeRows,
  withColumns,
  z,
} from "rtl/task";

const hows = ["inner", "left", "right", "outer", "semi", "anti"] as const;
const pair = z.strictObject({
  left: z.string().describe("column of the left table"),
  right: z.string().describe("column of the right table"),
});
const key = z.union([z.string(), pair], {
  error: "give a column's name, or {left, right} where the names differ",
});

const params = z.strictObject({
  on: z
    .union([z.string(), z.array(key).min(1)], {
      error: "give a column's name, or a list of names and {left, right}",
    })
    .describe("key columns: names that both tables have, or {left, right}"),
  how: z
    .enum(hows, { error: `give one of ${hows.join(" ")}` })
    .default("inner")
    .describe(
      "which rows: inner those with a match, left and right all of one table, outer all of both, " +
        "semi and anti those of the left table with and without a match",
    ),
  suffix: z
    .string()
    .default("_right")
    .describe("added to a column of the right table whose name the left one has"),
});
type Params = z.output<typeof params>;

export default defineTask({
  name: "join",
  aliases: ["merge"],
  summary: "put the rows of two tables with equal keys side by side",
  description: [
    "Needs a stage with two needs, the left table first:",
    "  joined: { needs: [orders, customers], tasks: [{ join: { on: customer, how: left } }] }",
    "Columns: those of the left table, then those of the right one but its keys of the same name. Rows",
    "come in the order of the left table (right: of the right one), and for each of them in that of the",
    "other; outer puts rows of the right table without a match last. Every matching pair makes a row.",
    "A row without a value in a key matches none; NaN matches NaN, -0 matches 0. Keys of different",
    "dtypes are compared by value where one dtype holds all values of both; int64 is exact. Where a row",
    "has no match, the columns of the other table have no value.",
  ].join("\n"),
  shape: "gather",
  separateInputs: true,
  params,
  example: { on: "stageName", how: "left" },

  run(_, { on, how, suffix }, { inputs }) {
    const [left, right] = inputs;
    if (left === undefined || right === undefined || inputs.length !== 2) {
      throw new RtlError(
        "RTL_PARAMS_INVALID",
        `join puts 2 tables together, but has ${inputs.length}`,
        {
          fix:
            "make join the first task of a stage with two needs, the left table first: " +
            "joined: { needs: [orders, customers], tasks: [{ join: { on: customer } }] }",
        },
      );
    }
    return joined(left, right, keyPairs(on), how, suffix);
  },
});

interface KeyPair {
  readonly left: string;
  readonly right: string;
}

const keyPairs = (on: Params["on"]): KeyPair[] =>
  (typeof on === "string" ? [on] : on).map((name) =>
    typeof name === "string" ? { left: name, right: name } : name,
  );

function joined(
  left: Table,
  right: Table,
  on: readonly KeyPair[],
  how: Params["how"],
  suffix: string,
): Table {
  const keys = on.map((names) => matchingKeys(left.column(names.left), right.column(names.right)));
  const rows = joinRows(
    how,
    keys.map(([column]) => column),
    keys.map(([, column]) => column),
  );
  if (how === "semi" || how === "anti") {
    return rows.left === undefined ? left : takeRows(left, rows.left);
  }
  // A key that both tables call the same is one column.
  const shared = new Map<string, readonly [Column, Column]>();
  on.forEach((names, place) => {
    const both = keys[place];
    if (names.left === names.right && both !== undefined) shared.set(names.left, both);
  });
  const complete = how === "inner" || how === "left";
  const leftColumns = left.columns.map((column) => {
    const both = shared.get(column.name);
    return both === undefined || complete ? picked(column, rows.left) : eitherOf(both, rows);
  });
  const rightColumns = right.columns
    .filter(({ name }) => !shared.has(name))
    .map((column) => {
      const name = left.has(column.name) ? `${column.name}${suffix}` : column.name;
      return renamed(picked(column, rows.right), name);
    });
  return withColumns(makeTable(leftColumns, rows.rows), rightColumns);
}

const picked = (column: Column, rows: Uint32Array | undefined): Column =>
  rows === undefined ? column : takeOrNull(column, rows);

/** A key from the left row, or from the right one where there is no left row. */
function eitherOf([left, right]: readonly [Column, Column], rows: JoinedRows): Column {
  if (rows.left === undefined) return left;
  const both = [left, right].map((column) => makeTable([renamed(column, left.name)]));
  const numbers = rows.left.map((row, i) =>
    row === NO_ROW ? left.length + (rows.right === undefined ? i : (rows.right[i] ?? 0)) : row,
  );
  return takeOrNull(concatenate(both).column(left.name), numbers);
}
