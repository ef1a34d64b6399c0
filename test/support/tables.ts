/** Random tables: every dtype, nulls, NaN, infinities, both ends of the integers, views and copies. */
import fc from "fast-check";
import {
  allValid,
  arrayOfDtype,
  type Column,
  clearBit,
  type NumericDtype,
  numericColumn,
  renamed,
  type TextDtype,
  textColumn,
} from "../../src/table/column.ts";
import { makeTable, sliceRows, type Table } from "../../src/table/table.ts";

const numericDtypes = Object.keys(arrayOfDtype) as NumericDtype[];
const textDtypes: readonly TextDtype[] = ["O", "<U4", "|S4"];

export const dtypes = fc.constantFrom(...numericDtypes, ...textDtypes);

function elements(dtype: NumericDtype): fc.Arbitrary<number | bigint> {
  const { min, max } = bounds[dtype];
  if (typeof min === "bigint" && typeof max === "bigint") return fc.bigInt(min, max);
  if (typeof min === "number" && typeof max === "number") return fc.integer({ min, max });
  return dtype === "<f4" ? fc.float() : fc.double();
}
const bounds: Record<NumericDtype, { min?: number | bigint; max?: number | bigint }> = {
  "<f8": {},
  "<f4": {},
  "<i8": { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  "<u8": { min: 0n, max: 2n ** 64n - 1n },
  "<i4": { min: -(2 ** 31), max: 2 ** 31 - 1 },
  "<u4": { min: 0, max: 2 ** 32 - 1 },
  "<i2": { min: -(2 ** 15), max: 2 ** 15 - 1 },
  "<u2": { min: 0, max: 2 ** 16 - 1 },
  "|i1": { min: -128, max: 127 },
  "|u1": { min: 0, max: 255 },
  "|b1": { min: 0, max: 1 },
};

const letters = fc.constantFrom("a", "Z", " ", "é", "ÿ", "\n", '"', ",");
const texts: Record<"O" | "<U4" | "|S4", fc.Arbitrary<string>> = {
  O: fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constant("")),
  "<U4": fc.string({ unit: letters, maxLength: 4 }),
  "|S4": fc.string({ unit: letters, maxLength: 4 }),
};

/** A column of this many rows; about a third of them have rows without a value. */
export function columns(name: string, dtype: NumericDtype | TextDtype, rows: number) {
  const nulls = fc.oneof(
    { weight: 2, arbitrary: fc.constant<readonly boolean[]>([]) },
    { weight: 1, arbitrary: fc.array(fc.boolean(), { minLength: rows, maxLength: rows }) },
  );
  const size = { minLength: rows, maxLength: rows };
  if (dtype === "O" || dtype === "<U4" || dtype === "|S4") {
    return fc.tuple(fc.array(texts[dtype], size), nulls).map(
      ([values, isNull]): Column =>
        textColumn(
          name,
          values.map((text, row) => (isNull[row] === true ? null : text)),
          dtype,
        ),
    );
  }
  const numeric = dtype as NumericDtype;
  return fc.tuple(fc.array(elements(numeric), size), nulls).map(([values, isNull]): Column => {
    const array = new arrayOfDtype[numeric](rows);
    let validity: Uint8Array | undefined;
    values.forEach((value, row) => {
      if (isNull[row] !== true) array[row] = value;
      else {
        validity ??= allValid(rows);
        clearBit(validity, row);
      }
    });
    return numericColumn(name, array, { dtype: numeric, validity });
  });
}

/** A table of up to 5 columns and 40 rows; some share one memory, some are slices of others. */
export const tables: fc.Arbitrary<Table> = fc
  .record({
    dtypes: fc.array(dtypes, { minLength: 0, maxLength: 4 }),
    rows: fc.integer({ min: 0, max: 40 }),
    cut: fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 })),
    twice: fc.boolean(),
  })
  .chain(({ dtypes: chosen, rows, cut, twice }) =>
    fc
      .tuple(...chosen.map((dtype, index) => columns(`c${index}`, dtype, rows)))
      .map((made: Column[]) => {
        const [first] = made;
        const all = twice && first !== undefined ? [...made, renamed(first, "again")] : made;
        return sliceRows(makeTable(all, rows), cut[0], rows - cut[1]);
      }),
  );

/** The same tables, but every row has a value. */
export const fullTables: fc.Arbitrary<Table> = tables.map((table) =>
  makeTable(
    table.columns.map((column): Column => ({ ...column, validity: undefined })),
    table.rows,
  ),
);
