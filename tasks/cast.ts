/** Cast: columns in other dtypes, without changing a value in silence. */
import {
  byColumn,
  castColumn,
  type Dtype,
  defineTask,
  dtypeNamed,
  dtypeWords,
  makeTable,
  RtlError,
  rowPlace,
  type TaskContext,
  type Value,
  z,
} from "rtl/task";

const dtype = z.string().refine((name) => dtypeNamed(name) !== undefined, {
  error: `give one of ${dtypeWords.join(" ")}, or a text of numpy: <i4, <U5, |S4`,
});
const params = z.strictObject({
  columns: byColumn(dtype).describe("dtypes by column: {price: float32, name: text}"),
  errors: z
    .enum(["raise", "null"])
    .default("raise")
    .describe("what becomes of a value that does not fit: an error, or a row without a value"),
  lossy: z
    .boolean()
    .default(false)
    .describe("cut fractions and long texts, round whole numbers to floats, any number is a bool"),
});

export default defineTask({
  name: "cast",
  aliases: ["astype", "convert"],
  summary: "columns in other dtypes",
  description: [
    "Dtypes: float64 float32 int64 int32 int16 int8 uint64 uint32 uint16 uint8 bool text, or numpy's",
    "texts (<f8, |b1, <U5). A value that the dtype does not hold as it is does not fit: a fraction or",
    "NaN for int32, 300 for uint8, 2^53 + 1 for float64, 2 for bool, a word for a number. Rounding",
    "float64 to float32 is no misfit, infinity instead of a number is. Text becomes a number if it is",
    "one, blanks around it allowed (also nan, inf, 1e3 for floats; true, false, 1, 0 for bool). Numbers",
    "become text in the fewest digits that give them back. int64 is exact both ways.",
    "Rows without a value stay without one. An error names the row, from 0, of the whole table; of its",
    "chunk where what comes before leaves it open how many rows other chunks have.",
  ].join("\n"),
  shape: "map",
  params,
  example: { columns: { price: "float32", id: "int64" }, errors: "null" },
  run(table, { columns, errors, lossy }, context) {
    const wanted = new Map(Object.entries(columns));
    for (const name of wanted.keys()) table.column(name);
    return makeTable(
      table.columns.map((column) => {
        const to = dtypeNamed(wanted.get(column.name) ?? column.dtype) ?? column.dtype;
        const misfit = (row: number, value: Value) => {
          if (errors === "raise") throw misfitError(column.name, row, value, to, context);
        };
        return castColumn(column, to, { lossy, misfit });
      }),
      table.rows,
    );
  },
});

function misfitError(
  name: string,
  row: number,
  value: Value,
  to: Dtype,
  context: TaskContext,
): RtlError {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  const place = rowPlace(row, context);
  return new RtlError(
    "RTL_TABLE_INVALID",
    `cast: column "${name}", ${place}: ${shown} does not fit dtype ${to}`,
    { fix: 'errors: "null" leaves such rows without a value; lossy: true cuts and rounds' },
  );
}
