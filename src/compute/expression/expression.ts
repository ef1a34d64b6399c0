/**
 * Computes an expression over a table: a column of its values, or the rows where it is true. The
 * expression is data, checked against the table's columns; what runs is a loop written from it.
 */
import { bothValid, type Column, numericColumn, renamed } from "../../table/column.ts";
import { forBlocks } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import type { Table } from "../../table/table.ts";
import { type CheckedExpression, checkExpression, type Typed } from "./expression-check.ts";
import { expressionFault } from "./expression-fault.ts";
import { logicOperations } from "./expression-logic.ts";
import { always, type Code, type Loop, LoopWriter, type Valid } from "./expression-loop.ts";
import { numberOperations, type Write } from "./expression-numbers.ts";
import type { Expression, Literal } from "./expression-parse.ts";
import type { OperationName, ValueType } from "./expression-rules.ts";
import { rangeOf, textOperations } from "./expression-texts.ts";
import { asUtf8, TextBuilder } from "./text-bytes.ts";

export { type Expression, parseExpression } from "./expression-parse.ts";

const operations: Readonly<Record<OperationName, Write>> = {
  ...numberOperations,
  ...logicOperations,
  ...textOperations,
};

const INT64_MAX = 2n ** 63n - 1n;
const dtypes = { int: "<i8", float: "<f8", bool: "|b1" } as const;

/**
 * The values as a new column: float64, int64, bool or text. An expression that is one column copies
 * it with its dtype. RTL_COLUMN_UNKNOWN, or RTL_PARAMS_INVALID with the place of a wrong type or the
 * row of a whole number beyond int64, as `placeOf` tells it.
 */
export function computeColumn(
  expression: Expression,
  table: Table,
  name: string,
  placeOf: (row: number) => string = (row) => `row ${row}`,
): Column {
  const checked = checkExpression(expression, table);
  const { root, columns } = checked;
  const [only] = columns;
  if (root.kind === "column" && only !== undefined) return renamed(only, name);
  if (root.type === "null") {
    const message = "null alone has no type: it makes no column";
    throw expressionFault(expression.text, expression.root.at, message);
  }
  if (root.type === "text") return computeText(checked, table.rows, name);
  const out = columnMemory(dtypes[root.type], table.rows);
  // The quick loop stores int64 as two halves, which it need not make bigints for.
  const quick = out instanceof BigInt64Array ? halvesOf(out) : out;
  const beyond = (row: number, value: bigint): never => {
    const digits = String(value);
    const shown = digits.length > 60 ? `${digits.slice(0, 20)}… (${digits.length} digits)` : digits;
    const message = `${placeOf(row)}: ${shown} is beyond int64`;
    throw expressionFault(expression.text, expression.root.at, message, {
      fix: "make one of its numbers a float, as in 1.0 * a",
    });
  };
  const { validity } = runBlocks(checked, table.rows, { quick, exact: out }, (writer, code) => {
    storeNumber(writer, code, beyond);
    if (typeof code.valid === "string") writer.line(`bits[i >> 3] |= ${code.valid} << (i & 7);`);
  });
  return numericColumn(name, out, { dtype: dtypes[root.type], validity });
}

/** The numbers of the rows where the expression is true, rising. It must be true or false. */
export function rowsWhere(expression: Expression, table: Table): Uint32Array {
  const checked = checkExpression(expression, table);
  if (checked.root.type !== "bool") {
    const message = "a condition is true or false: compare with something";
    throw expressionFault(expression.text, expression.root.at, message);
  }
  const found = new Uint32Array(table.rows);
  const outputs = { quick: found, exact: found };
  const { count } = runBlocks(checked, table.rows, outputs, (writer, code) => {
    // Every row number is written, and kept by moving on: no branch to mispredict.
    writer.line("out[count] = i;");
    writer.line(`count += ${code.text} & ${writer.validText(code.valid)};`);
  });
  return found.subarray(0, count);
}

const halvesOf = ({ buffer, byteOffset, length }: BigInt64Array): Int32Array =>
  new Int32Array(buffer, byteOffset, 2 * length);

function storeNumber(
  writer: LoopWriter,
  code: Code,
  beyond: (row: number, value: bigint) => never,
): void {
  if (code.type !== "int") return writer.line(`out[i] = ${code.text};`);
  const { text, valid, bound } = writer.whole(code);
  if (!writer.exact) {
    const high = bound < 2 ** 31 ? `${text} < 0 ? -1 : 0` : `Math.floor(${text} / 4294967296)`;
    return writer.line(`out[2 * i] = ${text}; out[2 * i + 1] = ${high};`);
  }
  const isBeyond = `(${text} > ${INT64_MAX}n || ${text} < ${-INT64_MAX - 1n}n)`;
  const call = `${writer.input("beyond", beyond)}(i, ${text})`;
  writer.line(`out[i] = ${text};`);
  writer.line(`if (${isBeyond} && ${writer.validText(valid)} === 1) ${call};`);
}

function computeText(checked: CheckedExpression, rows: number, name: string): Column {
  const builder = new TextBuilder(name, rows);
  runBlocks(checked, rows, { quick: undefined, exact: undefined }, (writer, code) => {
    const put = `${writer.input("builder", builder)}.put(i, ${rangeOf(code)});`;
    const valid = writer.validText(code.valid);
    writer.line(valid === "1" ? put : `if (${valid} === 1) ${put} else builder.putNull(i);`);
  });
  return builder.finish();
}

interface Outputs {
  readonly quick: unknown;
  readonly exact: unknown;
}
/** Writes what becomes of the value of a row. */
type Finish = (writer: LoopWriter, code: Code) => void;

/** Runs the loop over all rows: the quick one, and the exact one where that gives up. */
function runBlocks(
  checked: CheckedExpression,
  rows: number,
  outputs: Outputs,
  finish: Finish,
): { readonly count: number; readonly validity: Uint8Array | undefined } {
  const columns = checked.columns.map((column) =>
    column.kind === "text" ? asUtf8(column) : column,
  );
  const quick = writeLoop(checked.root, columns, false, finish);
  const { valid } = quick;
  const bits = typeof valid === "string" ? new Uint8Array((rows + 7) >> 3) : undefined;
  let exact: Loop | undefined;
  let count = 0;
  forBlocks(rows, (start, end) => {
    const next = quick.loop(outputs.quick, bits, count, start, end);
    if (next >= 0) {
      count = next;
      return;
    }
    bits?.fill(0, start >> 3, (end + 7) >> 3);
    exact ??= writeLoop(checked.root, columns, true, finish).loop;
    count = exact(outputs.exact, bits, count, start, end);
  });
  if (typeof valid === "string") return { count, validity: bits };
  const bitmaps = [...valid].map((index) => columns[index]?.validity);
  return { count, validity: bitmaps.reduce(bothValid, undefined) };
}

function writeLoop(
  root: Typed,
  columns: readonly Column[],
  exact: boolean,
  finish: Finish,
): { readonly loop: Loop; readonly valid: Valid } {
  const writer = new LoopWriter(columns, exact);
  const known = new Map<Typed, Code>();
  const codeOf = (typed: Typed): Code => {
    const written = known.get(typed);
    if (written !== undefined) return written;
    const code = write(typed);
    known.set(typed, code);
    return code;
  };
  const write = (typed: Typed): Code => {
    if (typed.kind === "constant") return constant(writer, typed.type, typed.value);
    if (typed.kind === "column") return writer.column(typed.index, typed.type);
    if (typed.kind === "call") {
      return operations[typed.operation](writer, typed.inputs.map(codeOf), typed.type);
    }
    const { text, valid } = codeOf(typed.input);
    const float = exact ? writer.declare(`Number(${text})`) : text;
    return { type: "float", text: float, valid, bound: 0 };
  };
  const code = codeOf(root);
  finish(writer, code);
  return { loop: writer.loop(), valid: code.valid };
}

function constant(writer: LoopWriter, type: ValueType, value: Literal): Code {
  const valid: Valid = value === null ? "0" : always;
  if (type === "text") {
    const bytes = writer.bytes(new TextEncoder().encode(value === null ? "" : String(value)));
    return writer.slice(bytes, "0", `${bytes}.length`, valid);
  }
  const number = typeof value === "bigint" ? value : Number(value ?? 0);
  const text = `(${number}${writer.exact && type === "int" ? "n" : ""})`;
  return { type, text, valid, bound: Math.abs(Number(number)) };
}
