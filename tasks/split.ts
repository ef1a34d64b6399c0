/**
 * Split: text rows into columns "0", "1", … at a delimiter, as task_split of version 0.4 did it. A fold,
 * because only all rows together say how many columns there are. It works on bytes: no row becomes
 * a JavaScript string.
 */
import {
  allValid,
  clearBit,
  defineTask,
  isBytesDtype,
  isNull,
  makeTable,
  RtlError,
  type Table,
  type TextColumn,
  textColumnOfBytes,
  z,
} from "rtl/task";

const params = z.looseObject({
  delimiter: z.string().min(1).default(",").describe("text between two fields"),
  column: z.string().optional().describe("column to split; by default the only text column"),
});
type Params = z.output<typeof params>;

export default defineTask({
  name: "split",
  summary: "split rows of text at a delimiter into columns 0, 1, 2 and so on",
  description: [
    "The result has these columns only, all of them text, as many as the row with most fields has; rows",
    "with fewer have no value in the others. There are no quotes: for csv files see open. An empty text is",
    "one empty field, and a row without a value has none. Ignores any other parameters.",
  ].join("\n"),
  shape: "fold",
  params,
  example: { delimiter: "," },

  /** The largest number of fields. */
  measure(table, wanted): number {
    const column = columnToSplit(table, wanted);
    const delimiter = bytesOf(column, wanted.delimiter);
    let width = 0;
    for (let row = 0; row < column.length; row++) {
      if (!isNull(column, row)) width = Math.max(width, fieldsIn(column, row, delimiter));
    }
    return width;
  },
  merge: (a: number, b: number) => Math.max(a, b),
  apply(table, width, wanted) {
    const column = columnToSplit(table, wanted);
    const delimiter = bytesOf(column, wanted.delimiter);
    return makeTable(splitColumn(column, delimiter, Math.max(1, width)), table.rows);
  },
});

function columnToSplit(table: Table, { column: wanted }: Params): TextColumn {
  const texts = table.columns.filter((column) => column.kind === "text");
  const column = wanted === undefined ? texts[0] : table.column(wanted);
  if (column?.kind !== "text") {
    const what = wanted === undefined ? "the table has no text column" : `"${wanted}" is no text`;
    throw new RtlError("RTL_TABLE_INVALID", `split needs a column of text, but ${what}`);
  }
  if (wanted === undefined && texts.length > 1) {
    throw new RtlError("RTL_PARAMS_INVALID", "split: the table has several text columns", {
      fix: `say which one with column: "${column.name}", for example`,
    });
  }
  return column;
}

const bytesOf = ({ dtype }: TextColumn, text: string): Uint8Array =>
  Buffer.from(text, isBytesDtype(dtype) ? "latin1" : "utf8");

function fieldsIn({ offsets, bytes }: TextColumn, row: number, delimiter: Uint8Array): number {
  const end = offsets[row + 1] ?? 0;
  let fields = 1;
  let at = offsets[row] ?? 0;
  for (;;) {
    at = fieldEnd(bytes, at, end, delimiter);
    if (at === end) return fields;
    at += delimiter.length;
    fields++;
  }
}

/** Where the field that starts at `from` ends: at the next whole delimiter, or at `end`. */
function fieldEnd(bytes: Uint8Array, from: number, end: number, delimiter: Uint8Array): number {
  const last = end - delimiter.length;
  const first = delimiter[0];
  for (let at = from; at <= last; at++) {
    if (bytes[at] === first && isAt(bytes, at, delimiter)) return at;
  }
  return end;
}

function isAt(bytes: Uint8Array, at: number, delimiter: Uint8Array): boolean {
  for (let i = 1; i < delimiter.length; i++) if (bytes[at + i] !== delimiter[i]) return false;
  return true;
}

/** Fields of one number, as a column under way: row i ends at offsets[i + 1]. */
interface Fields {
  readonly offsets: Int32Array;
  validity: Uint8Array | undefined;
}

function splitColumn(column: TextColumn, delimiter: Uint8Array, width: number): TextColumn[] {
  const { length: rows, bytes } = column;
  const fields = Array.from(
    { length: width },
    (): Fields => ({ offsets: new Int32Array(rows + 1), validity: undefined }),
  );
  for (let row = 0; row < rows; row++) {
    const end = column.offsets[row + 1] ?? 0;
    let at = isNull(column, row) ? end + 1 : (column.offsets[row] ?? 0);
    for (const field of fields) {
      const sofar = field.offsets[row] ?? 0;
      if (at > end) {
        field.offsets[row + 1] = sofar;
        field.validity ??= allValid(rows);
        clearBit(field.validity, row);
        continue;
      }
      const stop = fieldEnd(bytes, at, end, delimiter);
      field.offsets[row + 1] = sofar + stop - at;
      // After the last field there is no delimiter, and so the next one begins beyond the end.
      at = stop === end ? end + 1 : stop + delimiter.length;
    }
  }
  const texts = fields.map(({ offsets }) => new Uint8Array(offsets[rows] ?? 0));
  for (let row = 0; row < rows; row++) {
    let at = column.offsets[row] ?? 0;
    for (let i = 0; i < width; i++) {
      const { offsets } = fields[i] as Fields;
      const start = offsets[row] ?? 0;
      const length = (offsets[row + 1] ?? 0) - start;
      const text = texts[i] as Uint8Array;
      for (let byte = 0; byte < length; byte++) text[start + byte] = bytes[at + byte] as number;
      at += length + delimiter.length;
    }
  }
  const dtype = isBytesDtype(column.dtype) ? column.dtype : "O";
  return fields.map(({ offsets, validity }, i) =>
    textColumnOfBytes(String(i), offsets, texts[i] as Uint8Array, { dtype, validity }),
  );
}
