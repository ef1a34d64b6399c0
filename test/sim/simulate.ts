/**
 * One seed, from the first message to the last: a job, a relay that may be replaced, nodes that
 * come and go, and a bus that loses, doubles, delays and reorders. The core in it is the real one.
 */
import assert from "node:assert/strict";
import type { JobCommand, Outcome } from "../../src/flow/command.ts";
import type { JobEvent } from "../../src/flow/event.ts";
import { type Plan, plan } from "../../src/flow/plan.ts";
import { flowLimits } from "../../src/flow/state.ts";
import type { JobId, Millis, NodeId, Work } from "../../src/protocol/ids.ts";
import { type Block, type Order, SimulatedNode } from "./node.ts";
import { Random } from "./random.ts";
import { SimulatedRelay } from "./relay.ts";
import type { Scenario } from "./scenario.ts";
import { catalog, runAlone, sourced, type Table } from "./tasks.ts";
import { World } from "./world.ts";

export interface Trace {
  readonly outcome: Outcome;
  readonly result: Table;
  readonly expected: Table;
  readonly plan: Plan;
  /** Of the last relay: where it began, and all that it heard. */
  readonly begunAt: Millis;
  readonly steps: readonly { event: JobEvent; commands: readonly JobCommand[] }[];
  readonly stats: Readonly<Record<"events" | "crashes" | "takeovers" | "virtualMs", number>>;
}

const leaseMs = 3_000;
/** A job that takes longer is stuck. */
const virtualMsMax = 2 * 3_600_000;

export function simulate(scenario: Scenario): Trace {
  return new Simulation(scenario).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #world = new World();
  readonly #nodes: readonly SimulatedNode[];
  readonly #plan: Plan;
  readonly #input: Block;
  #relay: SimulatedRelay;
  #clockOffset = 0;
  #ids = 0;
  #cancelled = false;
  #ended: { outcome: Outcome; result: Table } | undefined;
  #begunAt = 0 as Millis;
  #steps: { event: JobEvent; commands: readonly JobCommand[] }[] = [];
  readonly #stats = { events: 0, crashes: 0, takeovers: 0, virtualMs: 0 };

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = new Random(scenario.seed ^ 0x5eed);
    const { spec, inputRows, nodes, slotsPerNode, faultyStage, workMsMax } = scenario;
    const planned = plan("simulated" as JobId, spec, catalog, {
      at: this.#clock(),
      inputRows,
      slots: nodes * slotsPerNode,
      leaseMs: leaseMs as Millis,
      defaults: { attempts: 50, backoffMs: 50 as Millis, runMs: 0 as Millis, waitMs: 0 as Millis },
    });
    assert("plan" in planned, "the simulator's jobs are sound");
    this.#plan = planned.plan;
    const table = sourced(0, inputRows);
    const work = { job: this.#plan.job, stage: 0, chunk: 0, attempt: 1 } as Work;
    const holder = "client" as NodeId;
    this.#input = { id: 0, holder, work, rows: inputRows, table, state: undefined };
    this.#nodes = Array.from({ length: nodes }, (_, index) => {
      const id = `n${index}` as NodeId;
      return new SimulatedNode(id, slotsPerNode, {
        later: (run) => this.#world.after(this.#random.whole(1, workMsMax), run),
        isHeld: (block) => block.id === 0 || this.#holder(block)?.blocks.get(block.id) === block,
        newId: () => ++this.#ids,
        faultyStage,
      });
    });
    this.#relay = this.#newRelay();
  }

  run(): Trace {
    this.#beat();
    this.#tick();
    this.#misfortune();
    const { cancelAtMs } = this.#scenario;
    if (cancelAtMs !== undefined) this.#world.after(cancelAtMs, () => this.#cancel());
    this.#relay.find([]);
    while (this.#ended === undefined) {
      assert(this.#world.advance(), "nothing happens any more, and the job is not settled");
      if (this.#world.now > virtualMsMax) throw new Error(`the job is stuck: ${this.#portrait()}`);
    }
    this.#drain();
    this.#stats.virtualMs = this.#world.now;
    return {
      ...this.#ended,
      expected: runAlone(this.#scenario.spec, this.#input.table ?? []),
      plan: this.#plan,
      begunAt: this.#begunAt,
      steps: this.#steps,
      stats: this.#stats,
    };
  }

  /** The state of the job in short, for whoever has to find out why it is stuck. */
  #portrait(): string {
    return this.#relay.state.stages
      .map(({ cut, done, ready, retries, gone, inFlight }, index) =>
        JSON.stringify({ index, of: cut?.count, done, ready, retries, gone, inFlight }),
      )
      .join("\n  ");
  }

  /** What is still under way when the job settles must not wake it again. */
  #drain(): void {
    const until = this.#world.now + 10_000;
    while (this.#world.now < until && this.#world.advance());
  }

  #clock(): Millis {
    return (1_000_000_000 + this.#world.now + this.#clockOffset) as Millis;
  }

  #newRelay(): SimulatedRelay {
    this.#begunAt = this.#clock();
    this.#steps = [];
    const limits = { ...flowLimits, windowMax: this.#scenario.windowMax };
    return new SimulatedRelay(this.#plan, this.#input, limits, {
      clock: () => this.#clock(),
      free: () => this.#nodes.reduce((sum, node) => sum + node.slots - node.running.size, 0),
      send: (order) => this.#send(order),
      revoke: () => {
        for (const node of this.#nodes) this.#message(() => node.revoke());
      },
      drop: (block) => this.#message(() => this.#holder(block)?.blocks.delete(block.id)),
      settled: (outcome, slices) => {
        assert.equal(this.#ended, undefined, "a job settles once");
        const rows = slices.flatMap(({ ref, start, end }) => (ref.table ?? []).slice(start, end));
        this.#ended = { outcome, result: rows };
      },
      heard: (event, commands) => {
        this.#stats.events++;
        this.#steps.push({ event, commands });
      },
    });
  }

  #holder(block: Block): SimulatedNode | undefined {
    return this.#nodes.find((node) => node.id === block.holder && node.isUp);
  }

  get #isQuiet(): boolean {
    return this.#world.now >= this.#scenario.quietAtMs;
  }

  /** The bus: each message may be lost, doubled, and overtaken. */
  #message(deliver: () => void): void {
    const { loss, duplication, delayMsMax } = this.#scenario;
    if (!this.#isQuiet && this.#random.chance(loss)) return;
    const copies = !this.#isQuiet && this.#random.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.#world.after(this.#random.whole(0, delayMsMax), deliver);
    }
  }

  /** To a node with a free slot if there is one, mostly; the relay cannot be sure. */
  #send(order: Order): void {
    const free = this.#nodes.filter((node) => node.isUp && node.running.size < node.slots);
    const isSure = free.length > 0 && this.#random.chance(0.9);
    const node = this.#random.oneOf(isSure ? free : this.#nodes);
    // A refusal answers one request, so a doubled one finds nobody who waits for it.
    let isRefused = false;
    this.#message(() => {
      if (!node.isUp) return;
      node.take(order, (answer) => {
        this.#message(() => {
          if (answer.type === "refused" && isRefused) return;
          isRefused = answer.type === "refused";
          this.#relay.answered(order.work, node.id, answer);
        });
      });
    });
  }

  #beat(): void {
    for (const node of this.#nodes) {
      if (!node.isUp) continue;
      for (const work of node.running.values()) {
        this.#message(() => this.#relay.hear({ type: "work-renewed", work, node: node.id }));
      }
    }
    this.#world.after(leaseMs / 3, () => this.#beat());
  }

  #tick(): void {
    this.#relay.hear({ type: "clock-ticked" });
    this.#world.after(leaseMs / 6, () => this.#tick());
  }

  #cancel(): void {
    if (this.#ended !== undefined) return;
    this.#cancelled = true;
    const graceMs = this.#random.oneOf([0, 500, 2_000]) as Millis;
    this.#relay.hear({ type: "cancel-requested", by: "a client", reason: "enough", graceMs });
    if (this.#random.chance(0.3)) this.#world.after(200, () => this.#cancel());
  }

  /** Each second something may go wrong. */
  #misfortune(): void {
    const { crashes, takeovers, clockJumps } = this.#scenario;
    if (this.#isQuiet) return;
    for (const node of this.#nodes) {
      if (node.isUp && this.#random.chance(crashes)) this.#crash(node);
    }
    if (this.#ended === undefined && this.#random.chance(takeovers)) this.#takeOver();
    if (this.#random.chance(clockJumps)) {
      this.#clockOffset += this.#random.whole(-3_600_000, 3_600_000);
    }
    this.#world.after(1_000, () => this.#misfortune());
  }

  #crash(node: SimulatedNode): void {
    this.#stats.crashes++;
    node.crash();
    if (this.#random.chance(0.7)) {
      this.#world.after(this.#random.whole(5, 2_000), () => this.#relay.loseNode(node.id));
    }
    this.#world.after(this.#random.whole(100, 10_000), () => {
      node.isUp = true;
    });
  }

  #takeOver(): void {
    this.#stats.takeovers++;
    this.#relay = this.#newRelay();
    if (this.#cancelled) {
      const graceMs = 0 as Millis;
      this.#relay.hear({ type: "cancel-requested", by: "a client", reason: "enough", graceMs });
    }
    const asked = this.#nodes.filter(() => !this.#random.chance(this.#scenario.loss));
    this.#relay.find(asked.flatMap((node) => (node.isUp ? [...node.blocks.values()] : [])));
  }
}
