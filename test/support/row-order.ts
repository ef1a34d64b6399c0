/** How rows compare, written as plainly as can be: what sorting, grouping and joining are held against. */
import type { TestContext } from "node:test";
import fc from "fast-check";
import { type Column, type Value, valueAt } from "../../src/table/column.ts";
import { makeTable, type Table } from "../../src/table/table.ts";
import { takeRows } from "../../src/table/take.ts";
import { checkProperty } from "./properties.ts";
import { columns, dtypes } from "./tables.ts";

/** Numbers by size, texts by code point, then NaN, then rows without a value. */
export function compareValues(a: Value, b: Value, descending = false): number {
  const [x, y] = [classOf(a), classOf(b)];
  if (x !== y || a === null || b === null) return x - y;
  if (typeof a === "string" || typeof b === "string") {
    const order = Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
    return descending ? -order : order;
  }
  if (Number.isNaN(a)) return 0;
  const order = a < b ? -1 : a > b ? 1 : 0;
  return descending ? -order : order;
}

const classOf = (value: Value): number => (value === null ? 2 : Number.isNaN(value) ? 1 : 0);

/** The stable order of rows by these columns. */
export function orderOf(
  by: readonly { readonly column: Column; readonly descending?: boolean }[],
  rows: number,
): number[] {
  const compare = (a: number, b: number): number => {
    for (const { column, descending = false } of by) {
      const order = compareValues(valueAt(column, a), valueAt(column, b), descending);
      if (order !== 0) return order;
    }
    return 0;
  };
  return Array.from({ length: rows }, (_, row) => row).sort(compare);
}

/** Values of a row as one text: equal for equal rows, with -0 as 0 and one NaN. */
export const rowText = (by: readonly Column[], row: number): string =>
  JSON.stringify(
    by.map((column) => {
      const value = valueAt(column, row);
      if (value === null) return null;
      return `${typeof value} ${Object.is(value, -0) ? 0 : value}`;
    }),
  );

/** Tables whose rows come more than once: few different ones, in any order. */
export function crowdedTables(
  width: { minLength: number; maxLength: number },
  rowsMax = 80,
): fc.Arbitrary<Table> {
  return fc
    .record({
      dtypes: fc.array(dtypes, width),
      distinct: fc.integer({ min: 1, max: 12 }),
      rows: fc.array(fc.nat(), { maxLength: rowsMax, size: "max" }),
    })
    .chain(({ dtypes: chosen, distinct, rows }) =>
      fc
        .tuple(...chosen.map((dtype, index) => columns(`c${index}`, dtype, distinct)))
        .map((made: Column[]) => {
          // Each column takes its rows in its own way, so that no two go together.
          const taken = made.map((column, index) => {
            const numbers = rows.map((row) => Math.floor(row / (index + 1)) % distinct);
            return takeRows(makeTable([column]), Uint32Array.from(numbers)).column(column.name);
          });
          return makeTable(taken, rows.length);
        }),
    );
}

/** What a property would be checked on, for tests that have to wait for results. */
export function drawn<T>(t: TestContext, arbitrary: fc.Arbitrary<T>, runs = 150): T[] {
  const cases: T[] = [];
  checkProperty(
    t,
    fc.property(arbitrary, (drawnOne) => void cases.push(drawnOne)),
    runs,
  );
  return cases;
}

/** Rows where a table is cut into chunks. */
export const cutsWithin = (rows: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(rows), { maxLength: 4 });
