/**
 * What the nodes offer, as far as their beats say. It answers the planner and the dealer; it holds no
 * task code, so that a task in any language is planned like ours.
 */
import type { CatalogEntry, Stage, TaskCatalog } from "../flow/plan.ts";
import type { Millis, NodeId, Pool } from "../protocol/ids.ts";
import type { NodeBeat, TaskDescription } from "../protocol/messages.ts";
import { nearest } from "../protocol/nearest.ts";
import { checkParams } from "../protocol/params.ts";
import { spellingsOf } from "../task/library.ts";
import { resolveShape } from "../task/shape.ts";

interface Node {
  readonly beat: NodeBeat;
  readonly tasks: readonly TaskDescription[] | undefined;
  readonly heardAt: Millis;
}

export interface PoolState {
  readonly pool: Pool;
  readonly slots: number;
  readonly encoding: "msgpack" | "json";
  readonly labels: Readonly<Record<string, string>>;
  readonly tasks: ReadonlySet<string>;
}

interface OfferedTask {
  readonly description: TaskDescription;
  readonly pools: Set<Pool>;
  readonly nodes: string[];
}

export class Catalog implements TaskCatalog {
  readonly #nodes = new Map<string, Node>();
  #pools = new Map<Pool, PoolState>();
  #tasks = new Map<string, OfferedTask>();
  #spellings = new Map<string, string>();
  /** Changes with every change of what is offered; what is derived from it can be kept until then. */
  #generation = 0;

  get generation(): number {
    return this.#generation;
  }

  get nodes(): readonly NodeBeat[] {
    return [...this.#nodes.values()].map((node) => node.beat);
  }

  get pools(): ReadonlyMap<Pool, PoolState> {
    return this.#pools;
  }

  /** Takes a beat in. Returns true when the node's tasks are not known and should be asked for. */
  hear(beat: NodeBeat, at: Millis): boolean {
    const known = this.#nodes.get(beat.node);
    if (beat.leaving) {
      if (this.#nodes.delete(beat.node)) this.#rebuild();
      return false;
    }
    const sameCatalog = known?.beat.catalog === beat.catalog && known.beat.pool === beat.pool;
    const tasks = beat.tasks ?? (sameCatalog ? known?.tasks : undefined);
    const { tasks: _, ...rest } = beat;
    this.#nodes.set(beat.node, { beat: rest, tasks, heardAt: at });
    const unchanged =
      known !== undefined &&
      known.tasks !== undefined &&
      sameCatalog &&
      (beat.catalog !== "" || beat.tasks === undefined) &&
      known.beat.slots === beat.slots &&
      known.beat.draining === beat.draining &&
      known.beat.startedAt === beat.startedAt;
    if (!unchanged) this.#rebuild();
    return tasks === undefined;
  }

  /** When a node started, as far as it has said so. */
  startedAt(node: string): number | undefined {
    return this.#nodes.get(node)?.beat.startedAt;
  }

  /** Whoever was silent was not heard because we did not listen: its silence begins now. */
  excuse(at: Millis): void {
    for (const [id, node] of this.#nodes) this.#nodes.set(id, { ...node, heardAt: at });
  }

  /** Forgets the nodes that have been silent since before `since`, and names them. */
  forgetSilent(since: Millis): readonly NodeId[] {
    const silent = [...this.#nodes].filter(([, node]) => node.heardAt < since).map(([id]) => id);
    for (const id of silent) this.#nodes.delete(id);
    if (silent.length > 0) this.#rebuild();
    return silent as NodeId[];
  }

  #rebuild(): void {
    this.#generation++;
    const pools = new Map<Pool, PoolState>();
    const tasks = new Map<string, OfferedTask>();
    for (const { beat, tasks: offered } of this.#nodes.values()) {
      if (offered === undefined || beat.draining) continue;
      const pool = beat.pool as Pool;
      const slots = (pools.get(pool)?.slots ?? 0) + beat.slots;
      const names = new Set(offered.map((task) => task.name));
      pools.set(pool, { pool, slots, encoding: beat.encoding, labels: beat.labels, tasks: names });
      for (const description of offered) {
        const entry = tasks.get(description.name);
        if (entry === undefined) {
          tasks.set(description.name, { description, pools: new Set([pool]), nodes: [beat.node] });
        } else {
          entry.pools.add(pool);
          entry.nodes.push(beat.node);
        }
      }
    }
    this.#pools = pools;
    this.#tasks = tasks;
    this.#spellings = new Map();
    for (const { description } of tasks.values()) {
      for (const spelling of spellingsOf(description)) {
        this.#spellings.set(spelling, description.name);
      }
    }
    for (const name of tasks.keys()) this.#spellings.set(name, name);
  }

  find(name: string): CatalogEntry | undefined {
    const own = this.#spellings.get(name) ?? this.#spellings.get(name.replace(/^task_/, ""));
    const task = own === undefined ? undefined : this.#tasks.get(own);
    if (task === undefined) return undefined;
    const { description, pools } = task;
    return {
      name: description.name,
      shapeOf: (params) => resolveShape(description.shape, params),
      check: (params, path) => checkParams(description.params, params, path),
      pools,
    };
  }

  suggest(name: string): string | undefined {
    return nearest(name, this.#spellings.keys());
  }

  /** Everything offered, for people. */
  list(): readonly (TaskDescription & { readonly nodes: string[] })[] {
    return [...this.#tasks.values()]
      .map(({ description, nodes }) => ({ ...description, nodes }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Pools whose nodes offer all tasks of the stage and carry its labels. */
  poolsFor(stage: Stage): readonly PoolState[] {
    const labels = Object.entries(stage.where?.labels ?? {});
    const node = stage.where?.node;
    const onlyPool = node === undefined ? undefined : this.#nodes.get(node)?.beat.pool;
    return [...this.#pools.values()].filter(
      (pool) =>
        (node === undefined || pool.pool === onlyPool) &&
        labels.every(([name, value]) => pool.labels[name] === value) &&
        stage.calls.every((call) => pool.tasks.has(call.task)),
    );
  }

  /** Slots of the whole system, at least one. */
  get slots(): number {
    let slots = 0;
    for (const pool of this.#pools.values()) slots += pool.slots;
    return Math.max(1, slots);
  }
}
