/** Whether a job has lost sight of a chunk: one that could be worked on, and that is nowhere. */
import { stateOf } from "../../src/flow/draft.ts";
import { has } from "../../src/flow/intervals.ts";
import { hasChunkInputs } from "../../src/flow/ready.ts";
import { get } from "../../src/flow/sparse.ts";
import { type JobState, MEASURE } from "../../src/flow/state.ts";
import type { ChunkIndex } from "../../src/protocol/ids.ts";

/** In words, or nothing. */
export function lostChunk(state: JobState): string | undefined {
  if (state.phase !== "running") return undefined;
  for (const { index: stage } of state.plan.stages) {
    const { opened, cut, ready, inFlight, retries, done } = stateOf(state, stage);
    if (!opened) continue;
    const [first, end] = cut === undefined ? [MEASURE, 0] : [0, cut.count];
    // A stage that follows another chunk by chunk does not know yet how many there will be.
    if (cut === undefined && state.plan.stages[stage]?.shape !== "source") continue;
    for (let chunk = first as ChunkIndex; chunk < end; chunk++) {
      const is = has(ready, chunk) || has(done, chunk) || get(inFlight, chunk + 1) !== undefined;
      if (is || retries.some((retry) => retry.chunk === chunk)) continue;
      if (hasChunkInputs(state, stage, chunk as ChunkIndex)) {
        return `stage ${stage}, chunk ${chunk} is nowhere`;
      }
    }
  }
  return undefined;
}
