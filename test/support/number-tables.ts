/** Random tables of numbers in columns of given names: what tasks over columns are held to laws with. */
import fc from "fast-check";
import {
  allValid,
  arrayOfDtype,
  clearBit,
  type NumericDtype,
  numericColumn,
} from "../../src/table/column.ts";
import { makeTable, type Table } from "../../src/table/table.ts";

/** A table with these columns, of up to 30 rows; about one in eight values is missing in some. */
export function numberTables(
  columns: Readonly<Record<string, readonly [NumericDtype, fc.Arbitrary<number | bigint>]>>,
  rowsMin = 0,
): fc.Arbitrary<Table> {
  const entries = Object.entries(columns);
  return fc.integer({ min: rowsMin, max: 30 }).chain((rows) => {
    const size = { minLength: rows, maxLength: rows };
    const missing = fc.oneof(
      fc.constant<readonly number[]>([]),
      fc.array(fc.nat(Math.max(0, rows - 1)), { maxLength: rows >> 2 }),
    );
    const drawn = entries.map(([, [, elements]]) => fc.tuple(fc.array(elements, size), missing));
    return fc.tuple(...drawn).map((made) =>
      makeTable(
        made.map(([values, holes], index) => {
          const [name = "", [dtype] = ["<f8"]] = entries[index] ?? [];
          const array = new arrayOfDtype[dtype as NumericDtype](rows);
          for (const [row, value] of values.entries()) array[row] = value;
          if (holes.length === 0 || rows === 0) return numericColumn(name, array);
          const validity = allValid(rows);
          for (const row of holes) clearBit(validity, row);
          return numericColumn(name, array, { validity });
        }),
        rows,
      ),
    );
  });
}

/** Floats of moderate size and at least a millionth, as measurements have them. */
export const measurements = fc.oneof(
  fc.double({ min: -1000, max: 1000, noNaN: true }).map((value) => Math.round(value * 1e6) / 1e6),
  fc.integer({ min: -5, max: 5 }),
);
/** Any floats, NaN and infinities among them. */
export const floats = fc.oneof(
  { weight: 4, arbitrary: measurements },
  { weight: 1, arbitrary: fc.double() },
);
/** Whole numbers of 64 bits, often at the ends. */
export const wholes = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.bigInt(-9n, 9n),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
