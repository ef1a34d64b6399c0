/** Ranks: the place of each row's value among all of its partition, in ascending order from 1. */
import { type NumericColumn, numericColumn } from "../../table/column.ts";
import { forPartitions, type Partitions } from "../group/partitions.ts";
import { sortOrder } from "./sort-order.ts";

/**
 * Writes the rank of each present row into `out`, of equal values the mean of the places they take
 * together; NaN for rows that are not present.
 */
export function ranks(
  column: NumericColumn,
  present: Uint8Array,
  partitions: Partitions,
  out: Float64Array,
): void {
  const { length } = column;
  const whole = partitions.bounds.length <= 2;
  const keys = whole ? [] : [{ column: numericColumn("partition", partitionOfRows(partitions)) }];
  const { order, ties } = sortOrder([...keys, { column }], length);
  // Sorted by partition first, each has the positions that it has among the partitions.
  forPartitions(partitions, (start, end) => {
    for (let at = start; at < end; at++) out[order?.[at] ?? at] = at - start + 1;
  });
  for (let tie = 0; tie < ties.count; tie++) {
    const start = ties.starts[tie] as number;
    const end = ties.ends[tie] as number;
    const mean = (out[order?.[start] ?? start] as number) + (end - 1 - start) / 2;
    for (let at = start; at < end; at++) out[order?.[at] ?? at] = mean;
  }
  for (let row = 0; row < length; row++) if (present[row] === 0) out[row] = Number.NaN;
}

/** For each row the number of its partition. */
function partitionOfRows(partitions: Partitions): Uint32Array {
  const numbers = new Uint32Array(partitions.rows.length);
  let number = 0;
  forPartitions(partitions, (start, end) => {
    for (let i = start; i < end; i++) numbers[partitions.rows[i] as number] = number;
    number++;
  });
  return numbers;
}
