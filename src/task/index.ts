/** PUBLIC "rtl/task": all that a task may import, ours as well as a stranger's. */
export { z } from "zod";
export {
  finishedStates,
  mergedStates,
  type PartialMethod,
  partialStates,
  wholeNumbers,
} from "../compute/aggregates.ts";
export * from "../compute/bins.ts";
export { type CastOptions, castColumn } from "../compute/cast.ts";
export * from "../compute/co-moments.ts";
export { countedRows } from "../compute/counted-rows.ts";
export {
  antiAliasing,
  decimatedByTaps,
  decimatedRecursively,
  rowsBeyond,
} from "../compute/decimate.ts";
export * from "../compute/differences.ts";
export { firstRows } from "../compute/distinct.ts";
export { naturalLog, power, squareRoot } from "../compute/elementary.ts";
export { envelopeOf } from "../compute/envelope.ts";
export {
  computeColumn,
  type Expression,
  parseExpression,
  rowsWhere,
} from "../compute/expression.ts";
export * from "../compute/extremes.ts";
export { type Comparison, type Condition, findRows } from "../compute/find-rows.ts";
export { realFourier } from "../compute/fourier.ts";
export { binMethods, inGridBins } from "../compute/grid-bins.ts";
export { atGridTimes, type PointMethod, pointMethods } from "../compute/grid-points.ts";
export { groupDistinct, validityOf } from "../compute/group-picks.ts";
export { groupRows, type RowGroups } from "../compute/group-rows.ts";
export { groupCounts, groupMoments } from "../compute/group-sums.ts";
export * from "../compute/histogram-edges.ts";
export { type JoinedRows, joinRows, matchingKeys } from "../compute/join-rows.ts";
export { leadingRows } from "../compute/leading-rows.ts";
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
export * from "../compute/moments.ts";
export { movingMedian } from "../compute/moving-median.ts";
export * from "../compute/operators.ts";
export { onePartition, type Partitions, partitionsBy } from "../compute/partitions.ts";
export { findPeaks } from "../compute/peaks.ts";
export { rowsAmongFirst } from "../compute/permutation.ts";
export * from "../compute/polynomial.ts";
export * from "../compute/present.ts";
export { groupQuantiles, quantilesOf } from "../compute/quantiles.ts";
export * from "../compute/rows.ts";
export { durationIn, isDuration, timesOf } from "../compute/sampling.ts";
export { firstNotFinite, holeError, signalValues } from "../compute/signal.ts";
export { type WindowKind, windowKinds, windowOf } from "../compute/signal-windows.ts";
export { type SortColumn, sortOrder } from "../compute/sort-order.ts";
export * from "../compute/space.ts";
export { powerSpectrum } from "../compute/spectrum.ts";
export * from "../compute/sums.ts";
export { gridTimes, timeGrid } from "../compute/time-grid.ts";
export * from "../compute/trend.ts";
export { unionOf } from "../compute/union.ts";
export * from "../compute/whole-sums.ts";
export * from "../compute/wholes.ts";
export * from "../compute/window.ts";
export { type ArrayFile, measureArrayFile, readArrayFile } from "../format/array-file.ts";
export { COLUMN_TYPE_FIX, columnTypeOf } from "../format/column-type.ts";
export { parseCsv } from "../format/csv.ts";
export { DELIMITER_FIX, isDelimiter } from "../format/csv-dialect.ts";
export { type CsvWriting, formatCsv } from "../format/csv-write.ts";
export { formatNames } from "../format/formats.ts";
export { formatJsonLines } from "../format/json-lines-write.ts";
export { memoryFile } from "../format/memory-file.ts";
export { type OpenOptions, type OpenPlan, planFiles, readPlan } from "../format/open-files.ts";
export * from "../format/records.ts";
export {
  matrixOf,
  mixedTable,
  pathBelow,
  readLines,
  tableOfValues,
  textOfLines,
  valuesOfLines,
} from "../format/text-lines.ts";
export * from "../format/write-files.ts";
export { durationMs } from "../protocol/duration.ts";
export { RtlError } from "../protocol/errors.ts";
export * from "../table/column.ts";
export { tableFromContents } from "../table/contents.ts";
export { dtypeNamed, dtypeWords } from "../table/dtype-names.ts";
export * from "../table/floats.ts";
export { decodeTable, encodeTable, readArrow } from "../table/ipc.ts";
export { BLOCK_ROWS, forBlocks, kernel, loopText } from "../table/kernels.ts";
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
export { type AcrossTask, acrossTask, rowTable } from "./across.ts";
export { type Arithmetic, arithmeticTask } from "./arithmetic.ts";
export { binsParam } from "./bins-param.ts";
export { type ColumnFunction, columnFunctionTask } from "./column-function.ts";
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
export { type FilterParams, filterTask } from "./filter-task.ts";
export { type Draw, drawTypes, type Plot, type PlotValue, plotScales } from "./plot.ts";
export { pythonFloat } from "./python-text.ts";
export type { Chained, Shape, ShapeByParam } from "./shape.ts";
export {
  checkSampling,
  rateOf,
  resultName,
  samplingParams,
  signalOperations,
  timeUnitParam,
  withSignals,
} from "./signal-params.ts";
