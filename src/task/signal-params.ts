/**
 * Parameters that the signal tasks share: lists of operations on signals, and the rate of the rows,
 * which is given or read off a column of times.
 */
import { z } from "zod";
import { rateOfTimes, timeUnits } from "../compute/signal/sampling.ts";
import { signalValues } from "../compute/signal/signal.ts";
import { numericColumn } from "../table/column.ts";
import { type Table, withColumns } from "../table/table.ts";

/** `{a, column?}`, at least one; `byDefault` says what a result is called without `column`. */
export const signalOperations = (byDefault: string) =>
  z
    .array(
      z.strictObject({
        a: z.string().describe("column: a signal, with a finite number in every row"),
        column: z
          .string()
          .min(1)
          .optional()
          .describe(`name of the result, by default ${byDefault}`),
      }),
      { error: "give a list of operations, each with a column a" },
    )
    .min(1, { error: "give at least one operation" })
    .describe("one for each signal, done in order");
export type SignalOperation = z.output<ReturnType<typeof signalOperations>>[number];

export const resultName = ({ a, column }: SignalOperation, suffix: string): string =>
  column ?? `${a}${suffix}`;

/** The table with a float64 column for each operation, as long as the signal it is made of. */
export const withSignals = (
  table: Table,
  operations: readonly SignalOperation[],
  suffix: string,
  task: string,
  compute: (values: Float64Array) => Float64Array,
): Table =>
  operations.reduce((sofar, operation) => {
    const result = compute(signalValues(sofar.column(operation.a), task));
    return withColumns(sofar, [numericColumn(resultName(operation, suffix), result)]);
  }, table);

export const timeUnitParam = z
  .enum(timeUnits, { error: `give one of ${timeUnits.join(" ")}` })
  .default("s")
  .describe("unit of the numbers in the time column");

/** To be spread into a task's parameters, and checked with `checkSampling`. */
export const samplingParams = {
  rate: z.number().positive().optional().describe("rows per second").meta({ unit: "Hz" }),
  time: z
    .string()
    .optional()
    .describe("column of times, which must rise evenly: another way to give the rate"),
  timeUnit: timeUnitParam,
  jitterMax: z
    .number()
    .min(0)
    .default(0.01)
    .describe("how far a step of the time column may differ from the mean step, as a share of it"),
};
type Sampling = z.output<z.ZodObject<typeof samplingParams>>;

/** For superRefine: not both `rate` and `time`, and one of them where a rate is `needed`. */
export const checkSampling =
  (needed: boolean) =>
  ({ rate, time }: Pick<Sampling, "rate" | "time">, context: z.RefinementCtx): void => {
    const refuse = (message: string) =>
      context.addIssue({ code: "custom", path: ["rate"], message });
    if (rate !== undefined && time !== undefined) refuse("give rate or time, not both");
    if (needed && rate === undefined && time === undefined) {
      refuse("give rate, in Hz, or time, a column of times");
    }
  };

/** The rate of the rows in hertz; undefined where neither `rate` nor `time` is given. */
export function rateOf(
  table: Table,
  { rate, time, timeUnit, jitterMax }: Sampling,
  task: string,
): number | undefined {
  if (time === undefined) return rate;
  return rateOfTimes(table.column(time), timeUnit, jitterMax, task);
}
