/**
 * Memory for new columns, used again instead of asked for anew: fresh memory costs more than the
 * arithmetic that fills it, because the system hands it out page by page. What was lent is lent again
 * once whoever runs tasks says that nobody reads it any more.
 */
import {
  arrayOfDtype,
  type NumericArray,
  type NumericArrays,
  type NumericDtype,
} from "./column.ts";

/** What a thread keeps for later; anything beyond it is let go. */
const KEPT_BYTES_MAX = 268_435_456;

const kept = new Map<number, ArrayBuffer[]>();
let keptBytes = 0;
const lent = new Set<ArrayBuffer>();
/** Of the runs under way; none: memory is not lent. */
const lending: Lending[] = [];

export interface Lending {
  /** Smaller columns cost nothing to make and are always new. */
  readonly bytesMin: number;
  /** Whether what is taken back is overwritten, so that a test sees who leaves places unwritten. */
  readonly spoil: boolean;
}

/**
 * An array for `rows` values of this dtype. **What it holds is left over from before**: whoever asks
 * writes every place. It belongs to the caller until the run is over in which it was asked for.
 */
export function columnMemory<D extends NumericDtype>(dtype: D, rows: number): NumericArrays[D] {
  const make = arrayOfDtype[dtype];
  const bytes = rows * Number(dtype.slice(2));
  const [terms] = lending;
  if (terms === undefined || bytes < terms.bytesMin || bytes === 0) return new make(rows);
  const size = sizeClass(bytes);
  const buffer = kept.get(size)?.pop();
  if (buffer !== undefined) keptBytes -= size;
  const own = buffer ?? new ArrayBuffer(size);
  lent.add(own);
  return new make(own, 0, rows);
}

/**
 * Runs something that makes tables nobody keeps: when it is over, their memory is lent again. What
 * it returns must be copied out of them before that, so `run` does the copying too.
 */
export async function withColumnMemory<T>(
  run: () => Promise<T>,
  terms: Lending = { bytesMin: 32_768, spoil: false },
): Promise<T> {
  lending.push(terms);
  try {
    return await run();
  } finally {
    lending.pop();
    if (lending.length === 0) takeBack(terms);
  }
}

/**
 * Gives memory back before the run is over, for arrays that a computation needed on its way: nobody
 * may read or write them any more. Arrays that were not lent are left to themselves.
 */
export function returnMemory(...arrays: readonly NumericArray[]): void {
  const spoil = lending[0]?.spoil ?? false;
  for (const { buffer } of arrays) {
    if (buffer instanceof ArrayBuffer && lent.delete(buffer)) keep(buffer, spoil);
  }
}

function takeBack({ spoil }: Lending): void {
  for (const buffer of lent) keep(buffer, spoil);
  lent.clear();
}

function keep(buffer: ArrayBuffer, spoil: boolean): void {
  const size = buffer.byteLength;
  // Memory that was given to another thread meanwhile has no bytes left.
  if (size === 0 || keptBytes + size > KEPT_BYTES_MAX) return;
  if (spoil) new Uint8Array(buffer).fill(0xa5);
  const others = kept.get(size);
  if (others === undefined) kept.set(size, [buffer]);
  else others.push(buffer);
  keptBytes += size;
}

/** Eighths of a power of two: sizes that differ a little are one, and at most an eighth is wasted. */
function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(3, Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
