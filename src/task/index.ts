/** PUBLIC "rtl/task": all that a task may import, ours as well as a stranger's. */
export { z } from "zod";
export {
  finishedStates,
  mergedStates,
  type PartialMethod,
  partialStates,
  wholeNumbers,
} from "../compute/aggregates.ts";
export { countedRows } from "../compute/counted-rows.ts";
export { type Comparison, type Condition, findRows } from "../compute/find-rows.ts";
export { groupDistinct, validityOf } from "../compute/group-picks.ts";
export { groupRows, type RowGroups } from "../compute/group-rows.ts";
export { groupCounts, groupMoments } from "../compute/group-sums.ts";
export { type JoinedRows, joinRows, matchingKeys } from "../compute/join-rows.ts";
export { leadingRows } from "../compute/leading-rows.ts";
export { groupQuantiles, quantilesOf } from "../compute/quantiles.ts";
export { type SortColumn, sortOrder } from "../compute/sort-order.ts";
export * from "../compute/sums.ts";
export { unionOf } from "../compute/union.ts";
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
export { columnMemory, returnMemory } from "../table/memory.ts";
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
export { NO_ROW, reorderRows, takeColumn, takeOrNull, takeRows } from "../table/take.ts";
export { type Arithmetic, arithmeticTask } from "./arithmetic.ts";
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
export type { FetchedAnswer, FetchRequest } from "./fetching.ts";
export { type Draw, drawTypes, type Plot, type PlotValue, plotScales } from "./plot.ts";
export type { Chained, Shape, ShapeByParam } from "./shape.ts";
