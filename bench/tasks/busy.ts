/** Computes for a while: a task that costs a processor and nothing else. */
import { defineTask, z } from "rtl/task";

export default defineTask({
  name: "benchBusy",
  summary: "hand on the table after so many steps of arithmetic",
  shape: "map",
  params: z.strictObject({ steps: z.int().min(0) }),
  example: { steps: 1_000_000 },
  run(table, { steps }) {
    let state = 1;
    for (let step = 0; step < steps; step++) state = (Math.imul(state, 1_664_525) + 1) | 0;
    // Something has to come of it, or it would not be computed.
    if (state === 0.5) throw new Error("a whole number has no fraction");
    return table;
  },
});
