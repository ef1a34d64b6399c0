/** PUBLIC "rtl/task": all that a task may import, ours as well as a stranger's. */
export { z } from "zod";
export { naturalLog, power, squareRoot } from "../compute/arithmetic/elementary.ts";
export * from "../compute/arithmetic/operators.ts";
export * from "../compute/arithmetic/rows.ts";
export * from "../compute/arithmetic/sums.ts";
export * from "../compute/arithmetic/whole-sums.ts";
export * from "../compute/arithmetic/wholes.ts";
export { type CastOptions, castColumn } from "../compute/cast/cast.ts";
export {
  computeColumn,
  type Expression,
  parseExpression,
  rowsWhere,
} from "../compute/expression/expression.ts";
export {
  finishedStates,
  mergedStates,
  type PartialMethod,
  partialStates,
  wholeNumbers,
} from "../compute/group/aggregates.ts";
export { countedRows } from "../compute/group/counted-rows.ts";
export { firstRows } from "../compute/group/distinct.ts";
export { groupDistinct, validityOf } from "../compute/group/group-picks.ts";
export { groupRows, type RowGroups } from "../compute/group/group-rows.ts";
export { groupCounts, groupMoments } from "../compute/group/group-sums.ts";
export { type JoinedRows, joinRows, matchingKeys } from "../compute/group/join-rows.ts";
export { onePartition, type Partitions, partitionsBy } from "../compute/group/partitions.ts";
export { unionOf } from "../compute/group/union.ts";
export { type Comparison, type Condition, findRows } from "../compute/order/find-rows.ts";
export { leadingRows } from "../compute/order/leading-rows.ts";
export { rowsAmongFirst } from "../compute/order/permutation.ts";
export { type SortColumn, sortOrder } from "../compute/order/sort-order.ts";
export {
  antiAliasing,
  decimatedByTaps,
  decimatedRecursively,
  rowsBeyond,
} from "../compute/signal/decimate.ts";
export { envelopeOf } from "../compute/signal/envelope.ts";
export { realFourier } from "../compute/signal/fourier.ts";
export { binMethods, inGridBins } from "../compute/signal/grid-bins.ts";
export { atGridTimes, type PointMethod, pointMethods } from "../compute/signal/grid-points.ts";
export { movingMedian } from "../compute/signal/moving-median.ts";
export { findPeaks } from "../compute/signal/peaks.ts";
export { durationIn, isDuration, timesOf } from "../compute/signal/sampling.ts";
export { firstNotFinite, holeError, signalValues } from "../compute/signal/signal.ts";
export { type WindowKind, windowKinds, windowOf } from "../compute/signal/signal-windows.ts";
export { powerSpectrum } from "../compute/signal/spectrum.ts";
export { gridTimes, timeGrid } from "../compute/signal/time-grid.ts";
export * from "../compute/signal/trend.ts";
export * from "../compute/statistics/bins.ts";
export * from "../compute/statistics/co-moments.ts";
export * from "../compute/statistics/differences.ts";
export * from "../compute/statistics/extremes.ts";
export * from "../compute/statistics/histogram-edges.ts";
export {
  addCounted,
  type CountedSum,
  countedSum,
  edgeRow,
  filledFrom,
  filledWith,
  presentBits,
  rowsOfBits,
} from "../compute/statistics/missing.ts";
export * from "../compute/statistics/moments.ts";
export * from "../compute/statistics/polynomial.ts";
export * from "../compute/statistics/present.ts";
export { groupQuantiles, quantilesOf } from "../compute/statistics/quantiles.ts";
export * from "../compute/statistics/space.ts";
export * from "../compute/window/window.ts";
export { type ArrayFile, measureArrayFile, readArrayFile } from "../format/array-file.ts";
export { parseCsv } from "../format/csv/csv.ts";
export { DELIMITER_FIX, isDelimiter } from "../format/csv/csv-dialect.ts";
export { type CsvWriting, formatCsv } from "../format/csv/csv-write.ts";
export { formatNames } from "../format/formats.ts";
export { memoryFile } from "../format/memory-file.ts";
export { type OpenOptions, type OpenPlan, planFiles, readPlan } from "../format/open-files.ts";
export * from "../format/records.ts";
export { COLUMN_TYPE_FIX, columnTypeOf } from "../format/text/column-type.ts";
export { formatJsonLines } from "../format/text/json-lines-write.ts";
export {
  matrixOf,
  mixedTable,
  pathBelow,
  readLines,
  tableOfValues,
  textOfLines,
  valuesOfLines,
} from "../format/text/text-lines.ts";
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
export { rowPlace } from "./row-place.ts";
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
