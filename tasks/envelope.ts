/** Envelope: how strongly a signal oscillates at each row. */
import { defineTask, envelopeOf, signalOperations, withSignals, z } from "rtl/task";

const SUFFIX = "Envelope";

export default defineTask({
  name: "envelope",
  summary: "the envelope of an oscillation, as a new column",
  description: [
    "The magnitude of the analytic signal, abs(scipy.signal.hilbert(a)). The signal should swing around",
    "0: detrend or bandPass it first. It counts as periodic, so that the ends are less true.",
    "Results are float64. NaN, infinite numbers and rows without a value are refused.",
  ].join("\n"),
  shape: "gather",
  params: z.strictObject({ operations: signalOperations(`{a}${SUFFIX}`) }),
  example: { operations: [{ a: "acceleration", column: "strength" }] },
  run: (table, { operations }) => withSignals(table, operations, SUFFIX, "envelope", envelopeOf),
});
