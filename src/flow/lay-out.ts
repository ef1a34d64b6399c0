/**
 * Lays the calls of a document out as the stages of a plan. A call stays in the stage of the call
 * before it, on one node and in its memory, unless it has to see more than a chunk, or no node
 * offers both. It never looks at a table, and never fails: the document was checked before.
 */
import assert from "node:assert";
import type { Millis, Pool, StageIndex } from "../protocol/ids.ts";
import type { JobSpec, StageSpec } from "../protocol/job-spec.ts";
import { cut, rowsMin } from "./chunk.ts";
import type { FoundCall } from "./find-calls.ts";
import type { Call, Edge, Part, PlanOptions, Stage } from "./plan.ts";

/** A stage that is being laid out; calls are appended to it. */
interface Draft {
  readonly stage: Omit<Stage, "name" | "cache" | "repeatable"> & { readonly calls: Call[] };
  /** Pools that offer all its calls so far; any, as long as it has none. */
  pools: ReadonlySet<Pool> | undefined;
  repeatable: boolean;
  /** It is certain to have one chunk only. */
  readonly single: boolean;
  cache: boolean;
}

export interface Layout {
  readonly stages: readonly Stage[];
  readonly result: StageIndex;
}

export function layOut(
  spec: JobSpec,
  calls: readonly (readonly FoundCall[])[],
  options: PlanOptions,
): Layout {
  const layouter = new Layouter(options);
  const consumers = countConsumers(spec);
  const ends = new Map<string, { readonly draft: Draft; readonly spec: StageSpec }>();
  for (const [origin, stage] of spec.stages.entries()) {
    const needs = stage.needs.map((name) => {
      const end = ends.get(name);
      assert(end !== undefined, `the stage "${name}" is not laid out yet`);
      return end;
    });
    const stageCalls = calls[origin] ?? [];
    const [need] = needs;
    const continues =
      need !== undefined &&
      needs.length === 1 &&
      consumers.get(need.spec.name) === 1 &&
      mayContinue(need.spec, stage, stageCalls);
    let draft = continues ? need.draft : undefined;
    for (const call of stageCalls) {
      draft = layouter.place(
        draft,
        call,
        stage,
        needs.map((end) => end.draft),
      );
    }
    assert(draft !== undefined, "a stage has at least one call");
    draft.cache = stage.cache === true;
    ends.set(stage.name, { draft, spec: stage });
  }
  const last = ends.get(spec.stages.at(-1)?.name ?? "");
  assert(last !== undefined, "a document has at least one stage");
  const stages = layouter.drafts.map((draft) => finished(draft, spec));
  return { stages, result: last.draft.stage.index };
}

function countConsumers(spec: JobSpec): ReadonlyMap<string, number> {
  const consumers = new Map<string, number>();
  for (const need of spec.stages.flatMap((stage) => stage.needs)) {
    consumers.set(need, (consumers.get(need) ?? 0) + 1);
  }
  return consumers;
}

/** Whether a stage may go on where its only need ends: nothing but the tables would differ. */
function mayContinue(need: StageSpec, stage: StageSpec, calls: readonly FoundCall[]): boolean {
  return (
    calls[0]?.shape !== "source" &&
    stage.split === undefined &&
    need.cache !== true &&
    stage.cache !== true &&
    need.timeoutMs === stage.timeoutMs &&
    need.leaseMs === stage.leaseMs &&
    need.waitMs === stage.waitMs &&
    need.deadlineMs === stage.deadlineMs &&
    need.retry?.attempts === stage.retry?.attempts &&
    need.retry?.backoffMs === stage.retry?.backoffMs &&
    placeText(need) === placeText(stage)
  );
}

/** The same text for the same place. */
function placeText({ where }: StageSpec): string {
  const labels = Object.entries(where?.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([where?.node ?? null, labels]);
}

function finished({ stage, cache, repeatable }: Draft, spec: JobSpec): Stage {
  const origins = new Set(stage.calls.map((call) => call.origin));
  const name = [...origins].map((origin) => spec.stages[origin]?.name).join("+");
  return { ...stage, name, repeatable, cache };
}

class Layouter {
  readonly drafts: Draft[] = [];
  readonly #options: PlanOptions;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  /** Puts a call behind what is there and returns the stage that the next call goes on from. */
  place(
    before: Draft | undefined,
    call: FoundCall,
    spec: StageSpec,
    needs: readonly Draft[],
  ): Draft {
    if (call.shape === "source") {
      const inputs = (before ? [before] : needs).map((draft) => edge(draft, "after"));
      return append(this.#create("source", inputs, spec, { single: false }), call, "run");
    }
    const draft = before ?? this.#open(call, spec, needs);
    switch (call.shape) {
      case "map":
        return append(this.#fitting(draft, call, spec), call, "run");
      case "gather":
        return append(
          draft.single ? this.#fitting(draft, call, spec) : this.#gather(draft, spec),
          call,
          "run",
        );
      case "fold":
        return draft.single
          ? append(this.#fitting(draft, call, spec), call, "run")
          : this.#fold(this.#fitting(draft, call, spec), call, spec);
      case "reduce":
        return draft.single
          ? append(this.#fitting(draft, call, spec), call, "run")
          : this.#reduce(this.#fitting(draft, call, spec), call, spec);
    }
  }

  /** The stage that a document's stage begins with, still without calls. */
  #open(call: FoundCall, spec: StageSpec, needs: readonly Draft[]): Draft {
    const [only] = needs;
    if (only === undefined) return this.#openOnInput(call, spec);
    if (call.shape !== "gather" && spec.split !== undefined) {
      const inputs = needs.map((need) => edge(need, "rows"));
      return this.#create("map", inputs, spec, { single: false });
    }
    if (needs.length === 1 && call.shape !== "gather") return this.#behind(only, spec);
    const inputs = needs.map((need) => edge(need, "whole"));
    return this.#create("gather", inputs, spec, { single: true });
  }

  #openOnInput(call: FoundCall, spec: StageSpec): Draft {
    if (call.shape === "gather") {
      return this.#create("gather", [{ from: "input", by: "whole" }], spec, { single: true });
    }
    const { inputRows, slots } = this.#options;
    const chunks = cut(inputRows, { split: spec.split, unit: "rows", unitsMin: rowsMin, slots });
    return this.#create("map", [{ from: "input", by: "rows" }], spec, {
      single: chunks.count === 1,
    });
  }

  /** The stage itself if some pool offers its calls and this one, else a new one behind it. */
  #fitting(draft: Draft, call: FoundCall, spec: StageSpec): Draft {
    if (draft.pools === undefined || common(draft.pools, call.pools).size > 0) return draft;
    return this.#behind(draft, spec);
  }

  /** A new stage that takes each chunk, or the only one, of another. */
  #behind(draft: Draft, spec: StageSpec): Draft {
    return draft.single
      ? this.#gather(draft, spec)
      : this.#create("map", [edge(draft, "chunk")], spec, { single: false });
  }

  #gather(draft: Draft, spec: StageSpec): Draft {
    return this.#create("gather", [edge(draft, "whole")], spec, { single: true });
  }

  /** Measure each chunk, merge the states, apply the merged state to each chunk. */
  #fold(measured: Draft, call: FoundCall, spec: StageSpec): Draft {
    append(measured, call, "measure");
    const merged = this.#create("gather", [edge(measured, "states")], spec, { single: true });
    append(merged, call, "merge");
    const inputs = [edge(measured, "chunk"), edge(merged, "state")];
    return append(this.#create("map", inputs, spec, { single: false }), call, "apply");
  }

  /** A table of each chunk, and one of them all. */
  #reduce(reduced: Draft, call: FoundCall, spec: StageSpec): Draft {
    append(reduced, call, "partial");
    return append(this.#gather(reduced, spec), call, "combine");
  }

  #create(
    shape: Stage["shape"],
    inputs: readonly Edge[],
    spec: StageSpec,
    { single }: { readonly single: boolean },
  ): Draft {
    const { defaults, leaseMs, at } = this.#options;
    const cuts = shape === "source" || inputs.some((input) => input.by === "rows");
    const stage = {
      index: this.drafts.length as StageIndex,
      shape,
      inputs,
      calls: [],
      split: cuts ? spec.split : undefined,
      attemptsMax: spec.retry?.attempts ?? defaults.attempts,
      backoffMs: (spec.retry?.backoffMs ?? defaults.backoffMs) as Millis,
      runMs: (spec.timeoutMs ?? defaults.runMs) as Millis,
      leaseMs: (spec.leaseMs ?? leaseMs) as Millis,
      waitMs: (spec.waitMs ?? defaults.waitMs) as Millis,
      deadlineAt: spec.deadlineMs === undefined ? undefined : ((at + spec.deadlineMs) as Millis),
      where: spec.where,
    };
    const draft: Draft = { stage, pools: undefined, repeatable: true, single, cache: false };
    this.drafts.push(draft);
    return draft;
  }
}

const edge = (draft: Draft, by: Edge["by"]): Edge => ({ from: draft.stage.index, by });

const common = (left: ReadonlySet<Pool>, right: ReadonlySet<Pool>): ReadonlySet<Pool> =>
  new Set([...left].filter((pool) => right.has(pool)));

function append(draft: Draft, call: FoundCall, part: Part): Draft {
  const { task, params, origin, position } = call;
  draft.stage.calls.push({ task, params, part, origin, position });
  draft.repeatable &&= call.deterministic;
  draft.pools = draft.pools === undefined ? call.pools : common(draft.pools, call.pools);
  return draft;
}
