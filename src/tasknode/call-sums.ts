/** What each call of a stage did, summed over the items of an order and bounded in size. */
import { limits } from "../protocol/limits.ts";
import type { CallReport } from "../protocol/messages.ts";
import type { CallReport as RunReport } from "../task/run-calls.ts";

export interface CallSums {
  add(call: number, report: RunReport): void;
  reports(): CallReport[];
}

/** Says how many log lines were dropped; it adds up over chunks like any other tally. */
export const DROPPED = "({} more lines were dropped)";

export function createCallSums(calls: number): CallSums {
  const sums = Array.from({ length: calls }, () => createSum());
  return {
    add: (call, report) => sums[call]?.add(report),
    reports: () => sums.map((sum) => sum.report()),
  };
}

function createSum() {
  let [ms, rowsIn, rowsOut, dropped] = [0, 0, 0, 0];
  const tallies = new Map<string, number>();
  const lines: string[] = [];
  return {
    add(report: RunReport): void {
      ms += report.ms;
      rowsIn += report.rowsIn;
      rowsOut += report.rowsOut;
      dropped += report.linesDropped;
      for (const { template, count } of report.tallies) {
        tallies.set(template, (tallies.get(template) ?? 0) + count);
      }
      for (const line of report.lines) {
        if (lines.length < limits.logLinesMax) lines.push(line);
        else dropped++;
      }
    },
    report(): CallReport {
      const counts = dropped === 0 ? tallies : new Map([...tallies, [DROPPED, dropped]]);
      const all = Array.from(counts, ([template, count]) => ({ template, count }));
      return { ms, rowsIn, rowsOut, tallies: all, lines };
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
