/** PUBLIC "rtl/task": all that a task may import, ours as well as a stranger's. */
export { z } from "zod";
export { naturalLog, power, squareRoot } from "../compute/elementary.ts";
export * from "../compute/operators.ts";
export * from "../compute/rows.ts";
export * from "../compute/sums.ts";
export { type ArrayFile, measureArrayFile, readArrayFile } from "../format/array-file.ts";
export * from "../format/csv.ts";
export * from "../format/records.ts";
export { inflate, textLines } from "../format/text-file.ts";
export { RtlError } from "../protocol/errors.ts";
export * from "../table/column.ts";
export { tableFromContents } from "../table/contents.ts";
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
export { type AcrossTask, acrossTask, rowTable } from "./across.ts";
export { type Arithmetic, arithmeticTask } from "./arithmetic.ts";
export { type ColumnFunction, columnFunctionTask } from "./column-function.ts";
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
export type { Chained, Shape, ShapeByParam } from "./shape.ts";
