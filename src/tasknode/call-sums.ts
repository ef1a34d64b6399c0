/** What each call of a stage did, summed over the items of an order and bounded in size. */
import { limits } from "../protocol/limits.ts";
import type { CallReport } from "../protocol/messages.ts";
import type { CallReport as RunReport } from "../task/run-calls.ts";

export interface CallSums {
  add(call: number, report: Omit<RunReport, "plots">): void;
  reports(): CallReport[];
}

/** Says how many log lines were dropped; it adds up over chunks like any other tally. */
export const DROPPED = "({} more lines were dropped)";

export function createCallSums(calls: number): CallSums {
  // All calls share one allowance, so that no number of them outgrows a message.
  let room: number = limits.logCharsMax;
  const takes = (line: string): boolean => {
    if (line.length > room) return false;
    room -= line.length;
    return true;
  };
  const sums = Array.from({ length: calls }, () => createSum(takes));
  return {
    add: (call, report) => sums[call]?.add(report),
    reports: () => sums.map((sum) => sum.report()),
  };
}

function createSum(takes: (line: string) => boolean) {
  let [ms, rowsIn, rowsOut, dropped] = [0, 0, 0, 0];
  const tallies: { readonly template: string; count: number }[] = [];
  const lines: string[] = [];
  return {
    add(report: Omit<RunReport, "plots">): void {
      ms += report.ms;
      rowsIn += report.rowsIn;
      rowsOut += report.rowsOut;
      dropped += report.linesDropped;
      // By place and not by text: two operations of one task may well say the same.
      for (const [place, { template, count }] of report.tallies.entries()) {
        const tally = tallies[place];
        if (tally?.template === template) tally.count += count;
        else tallies.push({ template, count });
      }
      for (const line of report.lines) {
        if (lines.length < limits.logLinesMax && takes(line)) lines.push(line);
        else dropped++;
      }
    },
    report(): CallReport {
      const more = dropped === 0 ? [] : [{ template: DROPPED, count: dropped }];
      return { ms, rowsIn, rowsOut, tallies: [...tallies, ...more], lines };
    },
  };
}

/** The reports of two runs of the same calls as one. */
export function addReports(a: readonly CallReport[], b: readonly CallReport[]): CallReport[] {
  const sums = createCallSums(Math.max(a.length, b.length));
  for (const reports of [a, b]) {
    for (const [call, report] of reports.entries()) {
      sums.add(call, { ...report, task: "", linesDropped: 0 });
    }
  }
  return sums.reports();
}
