/** Drop nulls: the rows without those that lack values. */
import {
  bothValid,
  columnNames,
  columnsNamed,
  defineTask,
  presentBits,
  rowsOfBits,
  type Table,
  takeRows,
  z,
} from "rtl/task";

const params = z.strictObject({
  columns: columnNames
    .optional()
    .describe("names or patterns of the columns to look at; all of them if left out"),
  how: z
    .enum(["any", "all"])
    .default("any")
    .describe("drop a row that lacks a value in any of them, or only if it does in all of them"),
  nan: z.boolean().default(false).describe("whether NaN counts as missing"),
});

export default defineTask({
  name: "dropNulls",
  aliases: ["dropna"],
  summary: "remove rows that lack values",
  description: "The order of the other rows is kept.",
  shape: "map",
  params,
  example: { columns: ["price"], nan: true },
  run(table, { columns = table.names, how, nan }) {
    const present = columnsNamed(table, columns).map((name) =>
      presentBits(table.column(name), nan),
    );
    const bits = how === "any" ? present.reduce(bothValid, undefined) : anyOf(table, present);
    return bits === undefined ? table : takeRows(table, rowsOfBits(bits, table.rows));
  },
});

/** The rows that have a value in at least one; undefined when every row has. */
function anyOf(
  { rows }: Table,
  present: readonly (Uint8Array | undefined)[],
): Uint8Array | undefined {
  const some = new Uint8Array((rows + 7) >> 3);
  for (const bits of present) {
    if (bits === undefined) return undefined;
    for (let i = 0; i < some.length; i++) some[i] = (some[i] as number) | (bits[i] as number);
  }
  return present.length === 0 ? undefined : some;
}
