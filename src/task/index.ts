/** PUBLIC "rtl/task": all that a task may import, ours as well as a stranger's. */
export { z } from "zod";
export { type CastOptions, castColumn } from "../compute/cast.ts";
export { firstRows } from "../compute/distinct.ts";
export {
  computeColumn,
  type Expression,
  parseExpression,
  rowsWhere,
} from "../compute/expression.ts";
export {
  addCounted,
  type CountedSum,
  countedSum,
  edgeRow,
  filledFrom,
  filledWith,
  presentBits,
  rowsOfBits,
} from "../compute/missing.ts";
export { rowsAmongFirst } from "../compute/permutation.ts";
export * from "../compute/sums.ts";
export { type ArrayFile, measureArrayFile, readArrayFile } from "../format/array-file.ts";
export * from "../format/csv.ts";
export * from "../format/records.ts";
export { inflate, textLines } from "../format/text-file.ts";
export { RtlError } from "../protocol/errors.ts";
export * from "../table/column.ts";
export { tableFromContents } from "../table/contents.ts";
export { dtypeNamed, dtypeWords } from "../table/dtype-names.ts";
export * from "../table/floats.ts";
export { decodeTable, encodeTable, readArrow } from "../table/ipc.ts";
export { BLOCK_ROWS, forBlocks, kernel } from "../table/kernels.ts";
export { columnMemory } from "../table/memory.ts";
export {
  concatenate,
  isTable,
  makeTable,
  schemaOf,
  sliceRows,
  type Table,
  type TableSchema,
  withColumns,
} from "../table/table.ts";
export { takeColumn, takeRows } from "../table/take.ts";
export { type Arithmetic, arithmeticTask } from "./arithmetic.ts";
export { byColumn, columnNames, columnsNamed } from "./column-names.ts";
export type { TaskContext, TaskFiles, UnitRange } from "./context.ts";
export {
  defineTask,
  type FoldTask,
  type ReduceTask,
  type RunTask,
  type SourceSize,
  type SourceTask,
  type TaskDefinition,
} from "./define-task.ts";
export { expressionHelp, expressionParam } from "./expression-param.ts";
export type { FetchedAnswer, FetchRequest } from "./fetching.ts";
export { type Draw, drawTypes, type Plot, type PlotValue, plotScales } from "./plot.ts";
export type { Chained, Shape, ShapeByParam } from "./shape.ts";
