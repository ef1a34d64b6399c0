/** What lowPass, highPass, bandPass and bandStop share: Butterworth filters over columns. */
import { z } from "zod";
import { type Band, butterworth } from "../compute/signal/filter-design.ts";
import {
  extensionOf,
  filterBothWays,
  filterForward,
  type Section,
} from "../compute/signal/sections.ts";
import { RtlError } from "../protocol/errors.ts";
import { columnMemory } from "../table/memory.ts";
import type { Table } from "../table/table.ts";
import { defineTask, type RunTask } from "./define-task.ts";
import {
  checkSampling,
  rateOf,
  samplingParams,
  signalOperations,
  withSignals,
} from "./signal-params.ts";

const ORDER_MAX = 24;

const frequency = (what: string) =>
  z.number().positive().describe(`${what}, below half the rate`).meta({ unit: "Hz" });

const cutoffParams = { cutoff: frequency("where the signal is 3 dB down") };
const bandParams = {
  low: frequency("lower edge of the band, where the signal is 3 dB down"),
  high: frequency("upper edge of the band"),
};

const filterParams = <P extends z.ZodRawShape>(edges: P, suffix: string) =>
  z.strictObject({
    operations: signalOperations(`{a}${suffix}`),
    ...edges,
    order: z
      .int()
      .min(1)
      .max(ORDER_MAX)
      .default(4)
      .describe("of the filter: 6 dB per octave for each; a band has twice as many poles"),
    zeroPhase: z
      .boolean()
      .default(true)
      .describe("filter forwards and backwards: no delay, and every attenuation counts twice"),
    ...samplingParams,
  });

/** With `cutoff` or with `low` and `high`, as the task says. */
export interface FilterParams
  extends z.output<ReturnType<typeof filterParams<Record<never, never>>>> {
  readonly cutoff?: number;
  readonly low?: number;
  readonly high?: number;
}

/** A task that adds a filtered column for each of its operations. */
export function filterTask(kind: Band["kind"], summary: string): RunTask<FilterParams> {
  const suffix = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const single = kind === "lowPass" || kind === "highPass";
  const params: z.ZodType<FilterParams> = filterParams(single ? cutoffParams : bandParams, suffix)
    .superRefine(checkSampling(true))
    .superRefine((given: FilterParams, context) => {
      const problem = given.rate === undefined ? undefined : edgeProblem(given, given.rate);
      if (problem === undefined) return;
      context.addIssue({ code: "custom", path: [problem.param], message: problem.message });
    });
  return defineTask({
    name: kind,
    summary,
    description: [
      "A Butterworth filter in second-order sections, as scipy.signal.butter designs it, run as",
      "sosfiltfilt does (zeroPhase, with its padding at the ends) or as sosfilt does, from rest.",
      "The rate of the rows is given as rate, or read off a time column that rises evenly.",
      "Results are float64. NaN, infinite numbers and rows without a value are refused.",
    ].join("\n"),
    shape: "gather",
    params,
    example: {
      operations: [{ a: "acceleration" }],
      rate: 100,
      ...(single ? { cutoff: 5 } : { low: 5, high: 20 }),
    },
    run(table, given) {
      if (table.rows === 0) return filtered(table, given, kind, suffix, []);
      // samplingParams are checked: one of rate and time is there.
      const rate = rateOf(table, given, kind) ?? 1;
      const problem = edgeProblem(given, rate);
      if (problem !== undefined) {
        const message = `${kind}: ${problem.param}: ${problem.message}`;
        throw new RtlError("RTL_PARAMS_INVALID", message);
      }
      const sections = butterworth(given.order, bandOf(kind, given), rate);
      const extension = extensionOf(sections);
      if (given.zeroPhase && table.rows <= extension) {
        const message = `${kind}: zeroPhase needs more than ${extension} rows, not ${table.rows}`;
        throw new RtlError("RTL_TABLE_INVALID", message, {
          fix: "set zeroPhase to false, or take a lower order",
        });
      }
      return filtered(table, given, kind, suffix, sections);
    },
  });
}

const filtered = (
  table: Table,
  { operations, zeroPhase }: FilterParams,
  task: string,
  suffix: string,
  sections: readonly Section[],
): Table =>
  withSignals(table, operations, suffix, task, (values) => {
    if (zeroPhase && values.length > 0) return filterBothWays(sections, values);
    const own = columnMemory("<f8", values.length);
    own.set(values);
    filterForward(sections, own);
    return own;
  });

const bandOf = (kind: Band["kind"], { cutoff = 0, low = 0, high = 0 }: FilterParams): Band =>
  kind === "lowPass" || kind === "highPass" ? { kind, cutoff } : { kind, low, high };

/** The parameter that does not go with the rate or with another edge, and why. */
function edgeProblem(
  { cutoff, low, high }: FilterParams,
  rate: number,
): { readonly param: string; readonly message: string } | undefined {
  for (const [param, edge] of Object.entries({ cutoff, low, high })) {
    if (edge === undefined || edge < rate / 2) continue;
    const limit = `half the rate, ${Number((rate / 2).toPrecision(6))} Hz`;
    return { param, message: `${edge} Hz is not below ${limit}` };
  }
  if (low === undefined || high === undefined || low < high) return undefined;
  return { param: "low", message: `${low} Hz is not below high, ${high} Hz` };
}
