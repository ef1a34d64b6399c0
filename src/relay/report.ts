/**
 * What a job did, told by the stages of its document: times, rows, log lines, nodes. The planner may
 * have fused or divided those stages; here the pieces are put together again. Nothing here decides.
 */
import type { Plan } from "../flow/plan.ts";
import type { StageIndex } from "../protocol/ids.ts";
import { limits } from "../protocol/limits.ts";
import type { CallReport, StageReport } from "../protocol/messages.ts";

interface TaskSum {
  readonly task: string;
  ms: number;
  runs: number;
  /** By their place in the call's log, so that equal lines of different operations stay apart. */
  readonly tallies: { readonly template: string; count: number }[];
  readonly lines: string[];
  /** Lines beyond the limits. */
  dropped: number;
}

interface Origin {
  readonly name: string;
  /** Plan stages that have a call of this stage of the document. */
  readonly stages: ReadonlySet<StageIndex>;
  /** The last of them: its output is this stage's. */
  readonly last: StageIndex;
  readonly tasks: Map<number, TaskSum>;
  readonly nodes: Map<string, number>;
  readonly completed: Set<StageIndex>;
  startedAt: number | undefined;
  ms: number;
  chunks: number;
  rows: number;
}

export class Report {
  readonly #plan: Plan;
  readonly #origins: readonly Origin[];
  /** Origins with a call in each plan stage. */
  readonly #byStage: readonly (readonly Origin[])[];
  /** Characters of log lines that the report may still take up: it must fit into one message. */
  #room: number = limits.logCharsMax;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#origins = plan.origins.map((name, index) => originOf(plan, name, index));
    this.#byStage = plan.stages.map((stage) =>
      this.#origins.filter((origin) => origin.stages.has(stage.index)),
    );
  }

  /** Work of a plan stage was assigned. Names the document's stages that began by it. */
  started(stage: StageIndex, at: number): readonly string[] {
    const begun: string[] = [];
    for (const origin of this.#byStage[stage] ?? []) {
      if (origin.startedAt !== undefined) continue;
      origin.startedAt = at;
      begun.push(origin.name);
    }
    return begun;
  }

  /** A node answered an order: what its calls did, summed over `chunks` pieces. */
  ran(stage: StageIndex, node: string, chunks: number, calls: readonly CallReport[]): void {
    for (const origin of this.#byStage[stage] ?? []) {
      origin.nodes.set(node, (origin.nodes.get(node) ?? 0) + chunks);
    }
    calls.forEach((report, index) => {
      const call = this.#plan.stages[stage]?.calls[index];
      const origin = call === undefined ? undefined : this.#origins[call.origin];
      if (call === undefined || origin === undefined) return;
      const sum = origin.tasks.get(call.position) ?? newSum(call.task);
      origin.tasks.set(call.position, sum);
      sum.ms += report.ms;
      sum.runs += chunks;
      report.tallies.forEach(({ template, count }, place) => {
        const tally = sum.tallies[place];
        if (tally?.template === template) tally.count += count;
        else sum.tallies.push({ template, count });
      });
      for (const line of report.lines) {
        if (sum.lines.length < limits.logLinesMax && line.length <= this.#room) {
          this.#room -= line.length;
          sum.lines.push(line);
        } else sum.dropped++;
      }
    });
  }

  /** A plan stage is complete. Names the document's stages that are complete with it. */
  completed(stage: StageIndex, chunks: number, rows: number, at: number): readonly StageReport[] {
    const done: StageReport[] = [];
    for (const origin of this.#byStage[stage] ?? []) {
      origin.completed.add(stage);
      origin.chunks = Math.max(origin.chunks, chunks);
      if (stage === origin.last) origin.rows = rows;
      if (origin.completed.size < origin.stages.size) continue;
      origin.ms = at - (origin.startedAt ?? at);
      done.push(reportOf(origin));
    }
    return done;
  }

  /** Everything so far, in the order of the document. */
  stages(): readonly StageReport[] {
    return this.#origins.map(reportOf);
  }

  /** The document's stages with the plan stage whose progress speaks for each. */
  progress(): readonly { readonly name: string; readonly stage: StageIndex }[] {
    return this.#origins.map(({ name, last }) => ({ name, stage: last }));
  }
}

const newSum = (task: string): TaskSum => ({
  task,
  ms: 0,
  runs: 0,
  tallies: [],
  lines: [],
  dropped: 0,
});

function originOf(plan: Plan, name: string, index: number): Origin {
  const stages = plan.stages
    .filter((stage) => stage.calls.some((call) => call.origin === index))
    .map((stage) => stage.index);
  // A stage of the document without a task of its own is its input: the plan's first stage at worst.
  const last = stages.at(-1) ?? (0 as StageIndex);
  return {
    name,
    stages: new Set(stages),
    last,
    tasks: new Map(),
    nodes: new Map(),
    completed: new Set(),
    startedAt: undefined,
    ms: 0,
    chunks: 0,
    rows: 0,
  };
}

function reportOf(origin: Origin): StageReport {
  const tasks = [...origin.tasks]
    .sort(([a], [b]) => a - b)
    .map(([, { task, ms, runs, tallies, lines, dropped }]) => ({
      task,
      ms,
      runs,
      lines: [
        ...tallies.map(({ template, count }) => template.replace("{}", String(count))),
        ...lines,
        ...(dropped > 0 ? [`(${dropped} more lines were dropped)`] : []),
      ],
    }));
  return {
    stage: origin.name,
    ms: origin.ms,
    chunks: origin.chunks,
    rows: origin.rows,
    tasks,
    nodes: Object.fromEntries(origin.nodes),
  };
}
