/**
 * Whether the demo's results are right: the job log against the table that is known for it, the
 * flights against a plain loop over the same file.
 */
import { readFileSync } from "node:fs";
import { type JsonTable, type Table, tableToJson } from "../../src/index.ts";
import { readArrow } from "../../src/table/ipc.ts";

export interface Check {
  readonly equal: boolean;
  /** What was compared with what, for people. */
  readonly against: string;
  /** Figures of the check: each found and expected. */
  readonly figures: readonly {
    readonly name: string;
    readonly found: number;
    readonly expected: number;
  }[];
  /** Largest relative difference of two numbers that should be equal. */
  readonly differenceMax: number;
}

const tolerance = 1e-9;

/** The whole table, column by column. */
export function checkJobLog(table: Table, expectedFile: string): Check {
  const { expect } = JSON.parse(readFileSync(expectedFile, "utf8")) as { expect: JsonTable };
  const found = tableToJson(table);
  const names = Object.keys(expect.columns);
  let differenceMax = 0;
  let equal = found.rows === expect.rows && sameTexts(Object.keys(found.columns), names);
  for (const name of names) {
    const [left, right] = [found.columns[name], expect.columns[name]];
    equal &&= left?.dtype === right?.dtype;
    right?.values.forEach((value, row) => {
      const difference = relative(Number(left?.values[row]), Number(value));
      differenceMax = Math.max(differenceMax, difference);
    });
  }
  return {
    equal: equal && differenceMax <= tolerance,
    against: `the table known for this log: ${expect.rows} rows of ${names.length} columns`,
    figures: [{ name: "rows", found: found.rows, expected: expect.rows }],
    differenceMax,
  };
}

const sameTexts = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((text, place) => text === right[place]);

/** Rows, and the two averages that the job puts into every row. */
export function checkFlights(table: Table, file: string): Check {
  const expected = lateFlights(file);
  const first = (name: string) => Number(tableToJson(table).columns[name]?.values[0]);
  const figures = [
    { name: "late flights", found: table.rows, expected: expected.rows },
    { name: "mean delay, minutes", found: first("meanDelay"), expected: expected.meanDelay },
    {
      name: "mean distance, km",
      found: first("meanDistanceKm"),
      expected: expected.meanDistanceKm,
    },
  ];
  const differences = figures.map(({ found, expected }) => relative(found, expected));
  const differenceMax = Math.max(...differences);
  const against = `a plain loop over the same ${expected.read.toLocaleString("en")} flights`;
  return { equal: differenceMax <= tolerance, against, figures, differenceMax };
}

function lateFlights(file: string) {
  const flights = readArrow(readFileSync(file));
  const { delay, distance } = tableToNumbers(flights, ["delay", "distance"]);
  let [rows, delays, kilometres] = [0, 0, 0];
  for (let row = 0; row < flights.rows; row++) {
    const minutes = delay?.[row] ?? 0;
    if (minutes <= 0) continue;
    rows++;
    delays += minutes;
    kilometres += (distance?.[row] ?? 0) * 1.609344;
  }
  return { read: flights.rows, rows, meanDelay: delays / rows, meanDistanceKm: kilometres / rows };
}

function tableToNumbers(table: Table, names: readonly string[]): Record<string, number[]> {
  const json = tableToJson(table);
  return Object.fromEntries(
    names.map((name) => [name, (json.columns[name]?.values ?? []).map(Number)]),
  );
}

function relative(found: number, expected: number): number {
  if (Object.is(found, expected) || found === expected) return 0;
  const difference = Math.abs(found - expected) / Math.max(1, Math.abs(expected));
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
