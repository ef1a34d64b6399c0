/** Where a row lies that a message tells of. It never guesses: an unknown place is told by the chunk. */
import type { TaskContext } from "./context.ts";

/** `row 7` of the whole table, from 0; `row 7 of chunk 2` where the rows before the chunk are not known. */
export const rowPlace = (row: number, { firstRow, chunk }: Place): string =>
  chunk > 0 && firstRow === 0 ? `row ${row} of chunk ${chunk}` : `row ${firstRow + row}`;

type Place = Pick<TaskContext, "firstRow" | "chunk">;
