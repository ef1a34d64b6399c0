/**
 * What the nodes offer, as far as their beats say. It answers the planner and the dealer; it holds no
 * task code, so that a task in any language is planned like ours.
 */
import { createHash } from "node:crypto";
import type { CatalogEntry, Stage, TaskCatalog } from "../flow/plan.ts";
import type { Millis, NodeId, Pool } from "../protocol/ids.ts";
import { limits } from "../protocol/limits.ts";
import type { NodeBeat, TaskDescription } from "../protocol/messages.ts";
import { nearest } from "../protocol/nearest.ts";
import type { ListedNode } from "../protocol/node-messages.ts";
import { checkParams } from "../protocol/params.ts";
import { spellingsOf } from "../task/library.ts";
import { resolveShape } from "../task/shape.ts";

/** What one or many nodes offer, kept once. */
interface Offer {
  readonly digest: string;
  readonly tasks: readonly TaskDescription[];
  readonly chars: number;
  nodes: number;
}

interface Node {
  readonly beat: NodeBeat;
  readonly offer: Offer | undefined;
  readonly heardAt: Millis;
}

export interface PoolState {
  readonly pool: Pool;
  readonly slots: number;
  /** Slots of its nodes that take no more work: orders that are out may still be in them. */
  readonly leaving: number;
  readonly nodes: number;
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
  readonly #offers = new Map<string, Offer>();
  #offeredChars = 0;
  #pools = new Map<Pool, PoolState>();
  #tasks = new Map<string, OfferedTask>();
  #spellings = new Map<string, string>();
  /** Whether pools and tasks are behind what the nodes said: many beats cost one renewal. */
  #isStale = false;
  /** Changes with every change of what is offered; what is derived from it can be kept until then. */
  #generation = 0;

  get generation(): number {
    return this.#generation;
  }

  get nodes(): readonly ListedNode[] {
    return [...this.#nodes.values()].map(({ beat, heardAt }) =>
      beat.at === undefined ? beat : { ...beat, aheadMs: Math.round(beat.at - heardAt) },
    );
  }

  get size(): number {
    return this.#nodes.size;
  }

  get pools(): ReadonlyMap<Pool, PoolState> {
    this.#renew();
    return this.#pools;
  }

  /**
   * Takes a beat in. Returns true when the node's tasks are not known and should be asked for. A node
   * beyond limits.nodesMax is not taken in, and tasks beyond limits.offeredCharsMax are none.
   */
  hear(beat: NodeBeat, at: Millis): boolean {
    const known = this.#nodes.get(beat.node);
    if (beat.leaving) {
      this.#forget(beat.node);
      return false;
    }
    if (known === undefined && this.#nodes.size >= limits.nodesMax) return false;
    const sameCatalog = known?.beat.catalog === beat.catalog && known.beat.pool === beat.pool;
    const { tasks, held: _, ...rest } = beat;
    const before = known?.offer;
    const offer = tasks === undefined ? (sameCatalog ? before : undefined) : this.#offer(tasks);
    this.#nodes.set(beat.node, { beat: { ...rest, held: [] }, offer, heardAt: at });
    if (offer !== before) {
      if (offer !== undefined) offer.nodes++;
      this.#leave(before);
    }
    const unchanged =
      known !== undefined &&
      offer === before &&
      (offer === undefined ||
        (sameCatalog &&
          known.beat.slots === beat.slots &&
          known.beat.draining === beat.draining &&
          known.beat.startedAt === beat.startedAt));
    // A node that offers nothing yet changes nothing of what is offered.
    if (!unchanged && (offer !== undefined || before !== undefined)) this.#changed();
    return offer === undefined && tasks === undefined;
  }

  /** What these tasks are, kept once for all nodes that offer the same. */
  #offer(tasks: readonly TaskDescription[]): Offer | undefined {
    const text = JSON.stringify(tasks, plainNumber);
    const digest = createHash("sha256").update(text).digest("base64");
    const known = this.#offers.get(digest);
    if (known !== undefined) return known;
    if (this.#offeredChars + text.length > limits.offeredCharsMax) return undefined;
    const offer = { digest, tasks, chars: text.length, nodes: 0 };
    this.#offers.set(digest, offer);
    this.#offeredChars += text.length;
    return offer;
  }

  #leave(offer: Offer | undefined): void {
    if (offer === undefined || --offer.nodes > 0) return;
    this.#offers.delete(offer.digest);
    this.#offeredChars -= offer.chars;
  }

  #forget(node: string): void {
    const known = this.#nodes.get(node);
    if (known === undefined) return;
    this.#nodes.delete(node);
    this.#leave(known.offer);
    if (known.offer !== undefined) this.#changed();
  }

  /** When a node started, as far as it has said so. */
  startedAt(node: string): number | undefined {
    return this.#nodes.get(node)?.beat.startedAt;
  }

  /** Forgets the nodes that have been silent since before `since`, and names them. */
  forgetSilent(since: Millis): readonly NodeId[] {
    const silent = [...this.#nodes].filter(([, node]) => node.heardAt < since).map(([id]) => id);
    for (const id of silent) this.#forget(id);
    return silent as NodeId[];
  }

  #changed(): void {
    this.#generation++;
    this.#isStale = true;
  }

  #renew(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const pools = new Map<Pool, PoolState>();
    const tasks = new Map<string, OfferedTask>();
    for (const { beat, offer } of this.#nodes.values()) {
      if (offer === undefined || beat.draining) continue;
      const offered = offer.tasks;
      const pool = beat.pool as Pool;
      const { slots: before = 0, nodes = 0 } = pools.get(pool) ?? {};
      const slots = before + beat.slots;
      const names = new Set(offered.map((task) => task.name));
      const { encoding, labels } = beat;
      pools.set(pool, {
        pool,
        slots,
        leaving: 0,
        nodes: nodes + 1,
        encoding,
        labels,
        tasks: names,
      });
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
    for (const { beat } of this.#nodes.values()) {
      const known = beat.draining ? pools.get(beat.pool as Pool) : undefined;
      if (known !== undefined) {
        pools.set(known.pool, { ...known, leaving: known.leaving + beat.slots });
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
    this.#renew();
    const own = this.#spellings.get(name) ?? this.#spellings.get(name.replace(/^task_/, ""));
    const task = own === undefined ? undefined : this.#tasks.get(own);
    if (task === undefined) return undefined;
    const { description, pools } = task;
    return {
      name: description.name,
      shapeOf: (params) => resolveShape(description.shape, params),
      check: (params, path) => checkParams(description.params, params, path),
      pools,
      deterministic: description.deterministic,
    };
  }

  suggest(name: string): string | undefined {
    this.#renew();
    return nearest(name, this.#spellings.keys());
  }

  /** Everything offered, for people. */
  list(): readonly (TaskDescription & { readonly nodes: string[] })[] {
    this.#renew();
    return [...this.#tasks.values()]
      .map(({ description, nodes }) => ({ ...description, nodes }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Pools whose nodes offer all tasks of the stage and carry its labels. */
  poolsFor(stage: Stage): readonly PoolState[] {
    const labels = Object.entries(stage.where?.labels ?? {});
    const node = stage.where?.node;
    const onlyPool = node === undefined ? undefined : this.#nodes.get(node)?.beat.pool;
    return [...this.pools.values()].filter(
      (pool) =>
        (node === undefined || pool.pool === onlyPool) &&
        labels.every(([name, value]) => pool.labels[name] === value) &&
        stage.calls.every((call) => pool.tasks.has(call.task)),
    );
  }

  /** Slots of a node, where it is one of this pool and takes work. */
  slotsOf(node: NodeId, pool: Pool): number {
    const beat = this.#nodes.get(node)?.beat;
    return beat === undefined || beat.pool !== pool || beat.draining ? 0 : beat.slots;
  }

  /** Slots of the whole system, at least one. */
  get slots(): number {
    let slots = 0;
    for (const pool of this.pools.values()) slots += pool.slots;
    return Math.max(1, slots);
  }
}

const plainNumber = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? String(value) : value;
