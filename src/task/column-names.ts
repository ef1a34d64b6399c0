/**
 * Parameters that name columns: one, several, or patterns of names; and maps with a key for each
 * column. Which columns a table has is known only when it is there.
 */
import { z } from "zod";
import { RtlError } from "../protocol/errors.ts";
import { fitsWildcards, hasWildcards } from "../protocol/wildcards.ts";
import type { Table } from "../table/table.ts";

/** One name or pattern, or a list of them. */
export const columnNames = z.union([z.string(), z.array(z.string()).min(1)], {
  error: "give the name of a column, or a list of names",
});

/**
 * The columns that these names and patterns mean: in the order given, those of a pattern in the
 * table's order, each column once. A name that is a column's is never a pattern.
 * RTL_COLUMN_UNKNOWN for a name or pattern that fits none, unless those are to be ignored.
 */
export function columnsNamed(
  table: Table,
  wanted: string | readonly string[],
  missing: "error" | "ignore" = "error",
): readonly string[] {
  const names = new Set<string>();
  for (const name of typeof wanted === "string" ? [wanted] : wanted) {
    for (const found of namesFitting(table, name, missing)) names.add(found);
  }
  return [...names];
}

function namesFitting(table: Table, name: string, missing: "error" | "ignore"): readonly string[] {
  if (table.has(name)) return [name];
  if (!hasWildcards(name)) return missing === "ignore" ? [] : [table.column(name).name];
  const fitting = table.names.filter((one) => fitsWildcards(one, name));
  if (fitting.length > 0 || missing === "ignore") return fitting;
  const shown = table.names.slice(0, 12).join(", ");
  const more = table.names.length > 12 ? ", …" : "";
  throw new RtlError("RTL_COLUMN_UNKNOWN", `no column fits the pattern "${name}"`, {
    fix: `its columns are ${shown}${more}`,
  });
}

/** A map with a key for each of some columns. */
export function byColumn<T extends z.ZodType>(value: T) {
  const map = z
    .record(z.string(), value)
    .refine((columns) => Object.keys(columns).length > 0, { error: "name at least one column" });
  // zod leaves this key out without a word.
  return z.preprocess((given, context) => {
    if (typeof given === "object" && given !== null && Object.hasOwn(given, "__proto__")) {
      const message = 'a column named "__proto__" cannot be a key';
      context.addIssue({ code: "custom", message });
    }
    return given;
  }, map);
}
