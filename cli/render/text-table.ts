/** Columns of text, aligned. The last column is never padded, so that no line ends in blanks. */

/** A table without a line end after its last row; an empty head leaves the heading out. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = head.length > 0 ? [head, ...rows] : rows;
  const widths: number[] = [];
  for (const row of all) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return all.map(line).join("\n");
}
