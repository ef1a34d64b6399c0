/**
 * The loop over CSV lines, written out for one sequence of columns: numbers of a usual length are
 * computed from their digits where they stand. Whatever is unusual (blanks behind a number, long
 * numbers, text, faults) is left to the column's builder, one field at a time.
 */

import { kernel } from "../table/kernels.ts";
import type { FieldLayout } from "./records.ts";

/** Where the loop stands. */
export interface CsvPlace {
  at: number;
  row: number;
}

/** Reads lines from place.at on until `end`, which must be a line start, or until `rows` is full. */
export type CsvKernel = (
  bytes: Uint8Array,
  end: number,
  rows: number,
  /** For each field: Float64Array for <f8, Int32Array of halves for <i8, anything for others. */
  outputs: readonly unknown[],
  powersOfTen: Float64Array,
  /** Reads the field that begins at a place in another way and returns where the next begins. */
  unusual: (field: number, row: number, at: number) => number,
  place: CsvPlace,
) => void;

export function csvKernel(fields: readonly FieldLayout[], delimiter: number): CsvKernel {
  const body = fields.map(({ dtype }, field) => {
    const last = field === fields.length - 1;
    if (dtype === "<f8") return numberText(field, delimiter, last, true);
    if (dtype === "<i8") return numberText(field, delimiter, last, false);
    return `at = unusual(${field}, row, at);`;
  });
  return kernel<CsvKernel>(
    "csv",
    ["bytes", "end", "rows", "outputs", "powersOfTen", "unusual", "place"],
    `${fields.map((_, field) => `const out${field} = outputs[${field}];`).join("\n")}
    let at = place.at, row = place.row;
    let start = 0, byte = 0, sign = 1, value = 0, digits = 0, places = 0;
    for (; at < end && row < rows; row++) {
      ${body.join("\n")}
    }
    place.at = at;
    place.row = row;`,
  );
}

const DIGITS =
  "while (byte >= 48 && byte <= 57) { value = value * 10 + byte - 48; byte = bytes[++at]; }";

/** Up to 15 digits are exact in a float64, and dividing by a power of ten rounds once. */
function numberText(field: number, delimiter: number, last: boolean, float: boolean): string {
  const fraction = `
      if (byte === 46) {
        digits--;
        places = at;
        byte = bytes[++at];
        ${DIGITS}
        places = at - places - 1;
      }`;
  const store = float
    ? `out${field}[row] = places === 0 ? sign * value : sign * value / powersOfTen[places];`
    : `if (digits < 10) {
          value = sign * value;
          out${field}[2 * row] = value;
          out${field}[2 * row + 1] = value < 0 ? -1 : 0;
        } else {
          value = sign * value;
          places = Math.floor(value / 4294967296);
          out${field}[2 * row] = value - places * 4294967296;
          out${field}[2 * row + 1] = places;
        }`;
  return `
      start = at;
      byte = bytes[at];
      ${delimiter === 32 ? "" : "while (byte === 32) byte = bytes[++at];"}
      sign = 1;
      if (byte === 45) { sign = -1; byte = bytes[++at]; }
      value = 0;
      places = 0;
      digits = -at;
      ${DIGITS}
      ${float ? fraction : ""}
      digits += at;
      ${last ? "if (byte === 13) byte = bytes[++at];" : ""}
      if (byte === ${last ? 10 : delimiter} && digits > 0 && digits <= 15) {
        ${store}
        at++;
      } else at = unusual(${field}, row, start);`;
}
