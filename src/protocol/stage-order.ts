/**
 * The graph of a job's stages: which needs exist, whether they run in a circle, and an order in
 * which every stage follows the stages it needs. Pure; it works on what is readable of a faulty
 * document, so that these faults are listed together with all others.
 */
import type { Problem } from "./errors.ts";
import { type Position, problemAt } from "./issues.ts";
import { shortened } from "./located.ts";
import { didYouMean, nearest } from "./nearest.ts";

export interface StageNode {
  readonly name: string;
  readonly needs: readonly string[];
  /** Where the stage stands in the document. */
  readonly position: Position;
}

/** Faults of names and needs: duplicate names, unknown, repeated or own names in needs, cycles. */
export function stageProblems(stages: readonly StageNode[]): Problem[] {
  const names = new Set<string>();
  const problems: Problem[] = [];
  for (const { name, position } of stages) {
    if (names.has(name)) {
      problems.push(problemAt(position, `another stage is named "${name}" already`));
    }
    names.add(name);
  }
  for (const stage of stages) problems.push(...needsProblems(stage, names));
  return [...problems, ...cycleProblems(stages)];
}

function needsProblems(stage: StageNode, names: ReadonlySet<string>): Problem[] {
  const position = { ...stage.position, path: [...stage.position.path, "needs"] };
  const seen = new Set<string>();
  return stage.needs.flatMap((need) => {
    const repeated = seen.has(need);
    seen.add(need);
    if (need === stage.name) return [problemAt(position, `stage "${need}" needs itself`)];
    if (!names.has(need)) {
      const others = [...names].filter((name) => name !== stage.name);
      const near = nearest(need, others);
      const fix = near === undefined ? undefined : `write "${near}"`;
      return [
        problemAt(position, `no stage is named "${shortened(need)}"${didYouMean(need, others)}`, {
          fix,
        }),
      ];
    }
    return repeated ? [problemAt(position, `the need "${need}" stands twice`)] : [];
  });
}

/** Where every stage needs every other there are a million circles; a few are enough. */
const cyclesMax = 20;

/** One problem for each way back that a walk along the needs finds. */
function cycleProblems(stages: readonly StageNode[]): Problem[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const problems: Problem[] = [];
  const finished = new Set<string>();
  for (const start of stages) {
    if (problems.length >= cyclesMax) break;
    // The walk keeps its own stack, because a chain of stages may be as long as a job allows.
    const walk: { stage: StageNode; next: number }[] = [];
    const onWalk = new Set<string>();
    const enter = (stage: StageNode) => {
      walk.push({ stage, next: 0 });
      onWalk.add(stage.name);
    };
    if (!finished.has(start.name)) enter(start);
    for (let top = walk.at(-1); top && problems.length < cyclesMax; top = walk.at(-1)) {
      const need = byName.get(top.stage.needs[top.next++] ?? "");
      if (top.next > top.stage.needs.length) {
        finished.add(top.stage.name);
        onWalk.delete(top.stage.name);
        walk.pop();
      } else if (need && onWalk.has(need.name) && need.name !== top.stage.name) {
        problems.push(
          cycleProblem(
            walk.map((step) => step.stage),
            need,
          ),
        );
      } else if (need && !finished.has(need.name) && need.name !== top.stage.name) {
        enter(need);
      }
    }
  }
  return problems;
}

function cycleProblem(walk: readonly StageNode[], need: StageNode): Problem {
  const circle = walk.slice(walk.findIndex((stage) => stage.name === need.name));
  const names = [...circle.map((stage) => stage.name), need.name];
  const shown = names.length > 12 ? [...names.slice(0, 6), "…", ...names.slice(-5)] : names;
  const position = { ...need.position, path: [...need.position.path, "needs"] };
  return problemAt(position, `stages need each other in a circle: ${shown.join(" -> ")}`, {
    fix: `take one of these needs out`,
  });
}

/** Stages so that each follows those it needs, otherwise in the order given. Needs no cycle. */
export function inOrder<Stage extends Pick<StageNode, "name" | "needs">>(
  stages: readonly Stage[],
): Stage[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const placed = new Set<Stage>();
  const pending: { stage: Stage; next: number }[] = [];
  for (const start of stages) {
    pending.push({ stage: start, next: 0 });
    for (let top = pending.at(-1); top; top = pending.at(-1)) {
      const need = byName.get(top.stage.needs[top.next++] ?? "");
      if (need && !placed.has(need)) pending.push({ stage: need, next: 0 });
      if (top.next > top.stage.needs.length) {
        placed.add(top.stage);
        pending.splice(pending.lastIndexOf(top), 1);
      }
    }
  }
  return [...placed];
}
