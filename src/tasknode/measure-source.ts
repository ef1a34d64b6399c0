/**
 * Asks a source how much there is to read, which is the first work of each source. It never reads any
 * of it for a result.
 */
import { RtlError, toFailure } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { ItemDone } from "../protocol/messages.ts";
import type { TaskSurroundings } from "../task/context.ts";
import { isSourceTask } from "../task/define-task.ts";
import type { Fetch } from "../task/fetching.ts";
import type { TaskLibrary } from "../task/library.ts";
import { parseParams } from "../task/params.ts";
import { findTask } from "../task/run-calls.ts";
import { packedState } from "./order-states.ts";
import type { ThreadOrder } from "./thread-messages.ts";

export interface Measured {
  readonly extent: NonNullable<ItemDone["extent"]>;
  /** Packed. */
  readonly state?: Uint8Array;
}

const units = ["rows", "bytes", "files"];

/** The extent that the call's task measures, and what it left for its chunks. */
export async function measureSource(
  call: ThreadOrder["calls"][number] | undefined,
  around: TaskSurroundings & { readonly fetch: Fetch },
  library: TaskLibrary,
): Promise<Measured> {
  if (call === undefined) throw new RtlError("RTL_MESSAGE_INVALID", "nothing to measure");
  const task = findTask(library, call.task);
  const at = { task: task.name };
  try {
    if (!isSourceTask(task)) throw new Error("it is no source: it cannot be measured");
    const params = parseParams(task, call.params);
    const silent = { tally: () => undefined, log: () => undefined, inputs: [] };
    const nowhere = { detail: undefined, chunk: 0, firstRow: 0, plot: () => undefined };
    const size = await task.measure(params, { ...around, ...silent, ...nowhere });
    if (!Number.isSafeInteger(size?.units) || size.units < 0 || !units.includes(size.unit)) {
      throw new Error("its measure returned no number of rows, bytes or files");
    }
    const unitsMin = Math.max(0, Math.floor(size.unitsMin ?? 0));
    const extent = { units: size.units, unit: size.unit, unitsMin };
    return { extent, ...(size.detail !== undefined && { state: packedDetail(size.detail) }) };
  } catch (error) {
    if (error instanceof RtlError) throw RtlError.from({ ...error.toFailure(), at });
    const { message } = toFailure(error, "RTL_TASK_FAILED");
    const text = `task ${task.name} failed: ${message}`;
    throw new RtlError("RTL_TASK_FAILED", text, { at, cause: error });
  }
}

function packedDetail(detail: unknown): Uint8Array {
  const packed = packedState({ state: detail, rows: new Float64Array() });
  if (packed.length <= limits.detailBytesMax) return packed;
  const message = `what it found takes ${packed.length} bytes to tell to all chunks`;
  throw new RtlError("RTL_LIMIT_EXCEEDED", message, {
    fix: `open fewer files in one stage: ${limits.detailBytesMax} bytes are allowed`,
  });
}
