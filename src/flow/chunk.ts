/**
 * The arithmetic of cutting: how many chunks, and what of the input each one is. Nothing is listed;
 * the range of a chunk follows from its index.
 */
import assert from "node:assert";
import type { SplitSpec } from "../protocol/job-spec.ts";
import { limits } from "../protocol/limits.ts";
import type { Range } from "./command.ts";

/** Below this a chunk costs more to hand out than to work on. */
export const rowsMin = 4_096;
export const bytesMin = 256 * 1_024;
/** Chunks for each free slot when there is plenty: fast slots then help slow ones. */
const chunksPerSlot = 3;
/** A chunk has to fit a node's memory several times, so it is at most this many smallest pieces. */
const piecesPerChunkMax = 256;

export interface Cut {
  /** Units of a chunk; with a fraction where the count does not divide the units evenly. */
  readonly size: number;
  readonly count: number;
}

export interface CutOptions {
  readonly split: SplitSpec | undefined;
  readonly unit: "rows" | "bytes" | "files";
  /** The smallest sensible chunk, in units; 0 where whoever measured had no opinion. */
  readonly unitsMin: number;
  /** Free slots. */
  readonly slots: number;
}

/**
 * What the document fixes is obeyed, as far as its unit is the input's and the count is allowed;
 * otherwise each slot gets work. Even an empty input is one (empty) chunk, so that its columns
 * travel on.
 */
export function cut(units: number, options: CutOptions): Cut {
  assert(units >= 0 && Number.isFinite(units), "an input has a finite number of units");
  const { split, unit } = options;
  // A file that is read in one piece is read once, however many chunks there were to be.
  const most = unit === "files" ? Math.max(1, units) : Number.POSITIVE_INFINITY;
  if (split?.chunks !== undefined) return even(units, Math.min(split.chunks, most));
  const fixed = unit === "rows" ? split?.rows : unit === "bytes" ? split?.bytes : undefined;
  if (fixed === undefined) return even(units, automatic(units, options));
  const size = Math.max(fixed, Math.ceil(units / limits.chunksMax), 1);
  return { size, count: Math.max(1, Math.ceil(units / size)) };
}

function even(units: number, wanted: number): Cut {
  const count = Math.min(Math.max(1, Math.floor(wanted)), limits.chunksMax);
  return { size: units / count, count };
}

const smallestOf = { rows: rowsMin, bytes: bytesMin, files: 1 } as const;

function automatic(units: number, { unit, unitsMin, slots }: CutOptions): number {
  const smallest = unitsMin > 0 ? unitsMin : smallestOf[unit];
  const wanted = Math.max(
    Math.max(1, slots) * chunksPerSlot,
    Math.ceil(units / (smallest * piecesPerChunkMax)),
  );
  return Math.min(wanted, Math.floor(units / smallest));
}

/** Units [start, end) of one chunk; neighbours meet, and together they are the whole input. */
export function rangeOf(index: number, { size, count }: Cut, units: number): Range {
  assert(index >= 0 && index < count, `there is no chunk ${index} of ${count}`);
  const bound = (chunk: number) => Math.min(units, Math.floor(chunk * size));
  return { start: bound(index), end: index + 1 === count ? units : bound(index + 1) };
}
