/** Sums and counts of all rows so far. Sums of whole numbers are exact, in 32-bit halves. */
import { RtlError } from "../../protocol/errors.ts";
import type { NumericArray, NumericColumn } from "../../table/column.ts";
import { BLOCK_ROWS, kernel } from "../../table/kernels.ts";
import { columnMemory } from "../../table/memory.ts";
import { forPartitions, type Partitions } from "../group/partitions.ts";

/** How many rows so far are present. */
export function countsSoFar(present: Uint8Array, partitions: Partitions): BigInt64Array {
  const { rows } = partitions;
  const counts = columnMemory("<i8", rows.length);
  const halves = new Int32Array(counts.buffer, counts.byteOffset, counts.length * 2);
  forPartitions(partitions, (start, end) => {
    let count = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i] as number;
      count += present[row] as number;
      halves[2 * row] = count;
      halves[2 * row + 1] = 0;
    }
  });
  return counts;
}

/**
 * Writes the sums of `values` so far into `out`, with the rounding errors they would lack; NaN where
 * the value itself is.
 */
export function sumsSoFar(values: Float64Array, out: Float64Array): void {
  const state = new Float64Array(2);
  for (let start = 0; start < values.length; start += BLOCK_ROWS) {
    sumBlock(values, out, state, start, Math.min(values.length, start + BLOCK_ROWS));
  }
}

function sumBlock(
  values: Float64Array,
  out: Float64Array,
  state: Float64Array,
  start: number,
  end: number,
): void {
  let sum = state[0] as number;
  let carry = state[1] as number;
  for (let i = start; i < end; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) {
      const total = sum + value;
      const part = total - sum;
      carry += sum - (total - part) + (value - part);
      sum = total;
      out[i] = Number.isFinite(carry) ? sum + carry : sum;
    } else out[i] = value;
  }
  state[0] = sum;
  state[1] = carry;
}

/** The sums so far of whole numbers: int64, of unsigned columns uint64. */
export function wholeSumsSoFar(
  column: NumericColumn,
  present: Uint8Array,
  partitions: Partitions,
): BigInt64Array | BigUint64Array {
  const { dtype, length, values } = column;
  const unsigned = dtype.startsWith("<u") || dtype === "|u1";
  const sums = columnMemory(unsigned ? "<u8" : "<i8", length);
  const long = dtype === "<i8" || dtype === "<u8";
  const from = long ? new Int32Array(values.buffer, values.byteOffset, length * 2) : values;
  const halves = new Int32Array(sums.buffer, sums.byteOffset, length * 2);
  const add = addKernel(dtype, unsigned);
  const state = new Float64Array(2);
  forPartitions(partitions, (start, end) => {
    state.fill(0);
    for (let block = start; block < end; block += BLOCK_ROWS) {
      const to = Math.min(end, block + BLOCK_ROWS);
      const beyond = add(from, present, partitions.rows, halves, state, block, to);
      if (beyond >= 0) throw tooLarge(column.name, beyond, unsigned ? "uint64" : "int64");
    }
  });
  return sums;
}

type AddKernel = (
  from: NumericArray,
  present: Uint8Array,
  rows: Uint32Array,
  halves: Int32Array,
  state: Float64Array,
  start: number,
  end: number,
) => number;

/** Returns the row at which the sum leaves 64 bits; -1 if it does not. */
function addKernel(dtype: NumericColumn["dtype"], unsigned: boolean): AddKernel {
  const long = dtype === "<i8" || dtype === "<u8";
  const low = long ? "from[2 * row] >>> 0" : "from[row] >>> 0";
  const high = long ? `from[2 * row + 1]${unsigned ? " >>> 0" : ""}` : "from[row] < 0 ? -1 : 0";
  const [least, most] = unsigned ? [0, 2 ** 32] : [-(2 ** 31), 2 ** 31];
  return kernel<AddKernel>(
    `whole sums ${dtype}`,
    ["from", "present", "rows", "halves", "state", "start", "end"],
    `let lower = state[0], upper = state[1];
    for (let i = start; i < end; i++) {
      const row = rows[i];
      if (present[row] === 1) {
        lower += ${low};
        upper += ${high};
        if (lower >= 4294967296) {
          lower -= 4294967296;
          upper += 1;
        }
        if (upper < ${least} || upper >= ${most}) return row;
      }
      halves[2 * row] = lower;
      halves[2 * row + 1] = upper;
    }
    state[0] = lower;
    state[1] = upper;
    return -1;`,
  );
}

function tooLarge(name: string, row: number, dtype: string): RtlError {
  const message = `the sum of column "${name}" leaves ${dtype} at row ${row + 1}`;
  return new RtlError("RTL_TABLE_INVALID", message, {
    fix: "make the column float64 before it is added up",
  });
}
