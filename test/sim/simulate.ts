/**
 * One seed, from the first message to the last: a job, relays that come one after the other and may
 * overlap, nodes that come and go, and a bus that does its worst. The core in it is the real one.
 */
import type { Slice } from "../../src/flow/assemble.ts";
import type { JobCommand, Outcome } from "../../src/flow/command.ts";
import type { JobEvent } from "../../src/flow/event.ts";
import { type Plan, plan } from "../../src/flow/plan.ts";
import { flowLimits } from "../../src/flow/state.ts";
import type { JobId, Millis, NodeId, Work } from "../../src/protocol/ids.ts";
import { type Injected, SimulatedBus } from "./bus.ts";
import { must, SimulatedFault } from "./fault.ts";
import { type Block, type Order, type Recollection, SimulatedNode } from "./node.ts";
import { Random } from "./random.ts";
import { type InHand, SimulatedRelay } from "./relay.ts";
import { isUndisturbed, type Scenario } from "./scenario.ts";
import { catalog, runAlone, sourced, type Table } from "./tasks.ts";
import { World } from "./world.ts";

export interface Trace {
  readonly outcome: Outcome;
  readonly result: Table;
  readonly expected: Table;
  readonly plan: Plan;
  /** Of the last relay: where it began, and all that it heard. */
  readonly begunAt: Millis;
  readonly steps: readonly Heard[];
  readonly injected: Readonly<Injected>;
  readonly stats: Readonly<Record<"events" | "chunks" | "executedAgain" | "virtualMs", number>>;
}

interface Heard {
  readonly event: JobEvent;
  readonly commands: readonly JobCommand[];
}

const leaseMs = 3_000;
/** A relay that takes a job over waits this long for what the nodes have. */
const recallMs = 500;
/** A job that takes longer is stuck. */
const virtualMsMax = 2 * 3_600_000;
const tenDaysMs = 10 * 24 * 3_600_000;
/** Longer than anything may be on its way, or run. */
const drainMs = 60_000;

export function simulate(scenario: Scenario): Trace {
  return new Simulation(scenario).run();
}

const partyOf = (term: number): string => `relay ${term}`;

class Simulation {
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #world = new World();
  readonly #bus: SimulatedBus;
  readonly #nodes: readonly SimulatedNode[];
  readonly #plan: Plan;
  readonly #input: Block;
  /** By their terms: the last one has the job, as far as the record says. */
  readonly #relays: SimulatedRelay[] = [];
  readonly #steps: { readonly begunAt: Millis; readonly heard: Heard[] }[] = [];
  readonly #clockOffsets: number[] = [];
  readonly #executions = new Map<string, number>();
  #ids = 0;
  #cancelled = false;
  /** With what had been injected until then: what comes after it can harm nobody. */
  #ended: { outcome: Outcome; result: Table; injected: Injected } | undefined;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = new Random(scenario.seed ^ 0x5eed);
    this.#bus = new SimulatedBus(this.#world, this.#random, scenario);
    const { spec, inputRows, nodes, slotsPerNode } = scenario;
    const planned = plan("simulated" as JobId, spec, catalog, {
      at: this.#clock(0),
      inputRows,
      slots: nodes * slotsPerNode,
      leaseMs: leaseMs as Millis,
      defaults: { attempts: 50, backoffMs: 50 as Millis, runMs: 0 as Millis, waitMs: 0 as Millis },
    });
    if (!("plan" in planned)) throw new Error("the simulator's jobs are sound");
    this.#plan = planned.plan;
    const table = sourced(0, inputRows);
    const work = { job: this.#plan.job, stage: 0, chunk: 0, attempt: 1 } as Work;
    const holder = "client" as NodeId;
    this.#input = { id: 0, holder, work, rows: inputRows, table, state: undefined };
    this.#nodes = Array.from({ length: nodes }, (_, index) => this.#newNode(`n${index}` as NodeId));
    this.#newRelay();
  }

  #newNode(id: NodeId): SimulatedNode {
    const { slotsPerNode, faultyStage, workMsMax, flaky } = this.#scenario;
    const bus = this.#bus;
    return new SimulatedNode(id, slotsPerNode, {
      later: (run) => bus.later(id, this.#random.whole(1, workMsMax), run),
      isHeld: (block, reader) => this.#isHeld(block, reader),
      newId: () => ++this.#ids,
      faultyStage,
      isFlaky: () => {
        const fails = !bus.isQuiet && this.#random.chance(flaky);
        if (fails) bus.injected.flaky++;
        return fails;
      },
      answer: (term, order, answer) => {
        bus.send(id, partyOf(term), () => this.#relays[term]?.answered(order, id, answer));
      },
      executed: ({ stage, chunk }) => {
        const piece = `${stage}/${chunk}`;
        this.#executions.set(piece, (this.#executions.get(piece) ?? 0) + 1);
      },
    });
  }

  run(): Trace {
    this.#beat();
    this.#tick();
    this.#misfortune();
    const { cancelAtMs, spec } = this.#scenario;
    if (cancelAtMs !== undefined) this.#world.after(cancelAtMs, () => this.#cancel());
    this.#relays[0]?.find([], []);
    while (this.#ended === undefined) {
      must(this.#world.advance(), "stuck", "nothing happens any more, and the job is not settled");
      if (this.#world.now > virtualMsMax) {
        throw new SimulatedFault("stuck", `the job is stuck: ${this.#portrait()}`);
      }
    }
    this.#drain();
    const { begunAt = 0 as Millis, heard = [] } = this.#steps.at(-1) ?? {};
    const runs = [...this.#executions.values()];
    return {
      ...this.#ended,
      expected: runAlone(spec, this.#input.table ?? []),
      plan: this.#plan,
      begunAt,
      steps: heard,
      stats: {
        events: this.#steps.reduce((sum, steps) => sum + steps.heard.length, 0),
        chunks: runs.length,
        executedAgain: runs.reduce((sum, count) => sum + count - 1, 0),
        virtualMs: this.#world.now,
      },
    };
  }

  get #current(): SimulatedRelay {
    const relay = this.#relays.at(-1);
    if (relay === undefined) throw new Error("there is always a relay");
    return relay;
  }

  /** The state of the job in short, for whoever has to find out why it is stuck. */
  #portrait(): string {
    return this.#current.state.stages
      .map(({ cut, done, ready, retries, gone, inFlight }, index) =>
        JSON.stringify({ index, of: cut?.count, done, ready, retries, gone, inFlight }),
      )
      .join("\n  ");
  }

  /** What is still under way when the job settles must not wake it again, and must come to its end. */
  #drain(): void {
    const { now } = this.#world;
    const until = Math.max(now, this.#scenario.quietAtMs) + drainMs;
    while (this.#world.now < until && this.#world.advance());
    for (const { id, running, isUp, blocks } of this.#nodes) {
      must(running.size === 0, "phantom", `${id} still runs work of a job that is over`);
      must(isUp, "stuck", `${id} is down for ever`);
      const isRight = !isUndisturbed(this.#scenario) || this.#ended?.outcome.state !== "completed";
      const kept = [...blocks.values()].filter(({ work }) => work.stage !== this.#plan.result);
      const left = kept.filter(({ extent }) => extent === undefined);
      must(isRight || left.length === 0, "phantom", `${id} keeps ${left.length} blocks of nobody`);
    }
  }

  #clock(term: number): Millis {
    const offset = this.#clockOffsets[term] ?? 0;
    return (100_000_000_000 + this.#world.now + offset) as Millis;
  }

  #newRelay(): SimulatedRelay {
    const bus = this.#bus;
    const term = this.#relays.length;
    const party = partyOf(term);
    // Another machine, and its clock with it.
    this.#clockOffsets.push(term === 0 ? 0 : this.#jump());
    const heard: Heard[] = [];
    this.#steps.push({ begunAt: this.#clock(term), heard });
    const limits = {
      ...flowLimits,
      windowMax: this.#scenario.windowMax,
      windowPerSlot: 0,
      lossesMax: 1_000,
    };
    const relay = new SimulatedRelay(this.#plan, this.#input, limits, term, {
      clock: () => this.#clock(term),
      free: () => this.#nodes.reduce((sum, node) => sum + node.slots - node.running.size, 0),
      send: (order) => this.#send(party, order),
      revoke: () => {
        for (const node of this.#nodes) bus.send(party, node.id, () => node.revoke(term));
      },
      drop: (block) => {
        const node = this.#nodes.find(({ id }) => id === block.holder);
        if (node !== undefined) bus.send(party, node.id, () => node.drop(block, term));
      },
      settle: (outcome, slices) => this.#settle(term, outcome, slices),
      heard: (event, commands) => heard.push({ event, commands }),
      newName: () => `${term}/${++this.#ids}`,
    });
    this.#relays.push(relay);
    return relay;
  }

  /** The record is changed by compare-and-set, so only whoever has the job can end it. */
  #settle(term: number, outcome: Outcome, slices: readonly Slice<Block>[]): boolean {
    if (term !== this.#relays.length - 1) return false;
    must(this.#ended === undefined, "doubled", "a job settles once");
    const result = slices.flatMap(({ ref, start, end }) => (ref.table ?? []).slice(start, end));
    this.#ended = { outcome, result, injected: { ...this.#bus.injected } };
    return true;
  }

  #isHeld(block: Block, reader: NodeId): boolean {
    if (block.id === 0) return true;
    const { holder } = block;
    const node = this.#nodes.find(({ id }) => id === holder);
    if (node?.blocks.get(block.id) !== block || this.#bus.isPaused(holder)) return false;
    // What a node holds itself it reads without the bus.
    if (reader === holder) return true;
    return !this.#bus.isCut(reader, holder) && !this.#bus.isCut(holder, reader);
  }

  /** To a node with a free slot if there is one, mostly; the relay cannot be sure. */
  #send(party: string, order: Order): void {
    // Only relays that do not know that they have lost the job may still deal work of it.
    const isOver = this.#ended !== undefined && order.term === this.#current.term;
    must(!isOver, "phantom", "work was dealt after the end");
    const free = this.#nodes.filter((node) => node.isUp && node.running.size < node.slots);
    const isSure = free.length > 0 && this.#random.chance(0.9);
    const node = this.#random.oneOf(isSure ? free : this.#nodes);
    this.#bus.send(party, node.id, () => {
      if (node.isUp) node.take(order);
      must(node.running.size <= node.slots, "doubled", `${node.id} has more work than slots`);
    });
  }

  #beat(): void {
    for (const node of this.#nodes) {
      if (!node.isUp || this.#bus.isPaused(node.id)) continue;
      const { id, life } = node;
      const orders = [...node.running.values()].map(({ order }) => order);
      for (const relay of this.#relays) {
        if (relay.isAtWork) {
          this.#bus.send(id, partyOf(relay.term), () => relay.beat(id, life, orders));
        }
      }
    }
    this.#world.after(leaseMs / 3, () => this.#beat());
  }

  #tick(): void {
    for (const relay of this.#relays) {
      if (relay.isAtWork && !this.#bus.isPaused(partyOf(relay.term))) relay.tick();
    }
    this.#world.after(leaseMs / 6, () => this.#tick());
  }

  /** The mark is kept; relays and nodes may hear of it, or not. */
  #cancel(): void {
    if (this.#ended !== undefined) return;
    this.#cancelled = true;
    this.#bus.injected.cancels++;
    const graceMs = this.#random.oneOf([0, 500, 2_000]) as Millis;
    for (const relay of this.#relays) {
      this.#bus.send("client", partyOf(relay.term), () => relay.cancel(graceMs));
    }
    for (const node of this.#nodes) {
      this.#bus.send("client", node.id, () => node.revoke(undefined));
    }
    // Its relay has not answered: the client asks again.
    this.#world.after(this.#random.oneOf([200, 1_000, 5_000]), () => this.#cancel());
  }

  /** At each turn something may go wrong. */
  #misfortune(): void {
    const { crashes, pauses, partitions, takeovers, clockJumps, replays, turnMs } = this.#scenario;
    const random = this.#random;
    if (this.#bus.isQuiet) return;
    for (const node of this.#nodes) {
      if (node.isUp && random.chance(crashes)) this.#crash(node);
      if (random.chance(pauses)) this.#bus.pause(node.id, random.whole(500, 10_000));
    }
    if (random.chance(replays)) this.#bus.replay();
    if (random.chance(partitions)) this.#partition();
    if (random.chance(pauses)) {
      this.#bus.pause(partyOf(this.#current.term), random.whole(500, 10_000));
    }
    if (this.#ended === undefined && random.chance(takeovers)) this.#takeOver();
    if (random.chance(clockJumps)) {
      this.#bus.injected.clockJumps++;
      const { term } = this.#current;
      this.#clockOffsets[term] = (this.#clockOffsets[term] ?? 0) + this.#jump();
    }
    this.#world.after(turnMs, () => this.#misfortune());
  }

  #jump(): number {
    const most = this.#random.oneOf([2_000, 3_600_000, tenDaysMs]);
    return this.#random.whole(-most, most);
  }

  /** Some nodes and the relay, or some nodes and the others, one way or both. */
  #partition(): void {
    const random = this.#random;
    const ms = random.oneOf([500, 2 * leaseMs, 20_000]);
    const way = random.oneOf(["to", "from", "both"] as const);
    const others = random.chance(0.3)
      ? this.#nodes.map(({ id }) => id as string)
      : this.#relays.slice(-2).map(({ term }) => partyOf(term));
    this.#bus.injected.partitions++;
    for (const { id } of this.#nodes.filter(() => random.chance(0.5))) {
      for (const other of others) {
        if (way !== "from") this.#bus.cut(other, id, ms);
        if (way !== "to") this.#bus.cut(id, other, ms);
      }
    }
  }

  #crash(node: SimulatedNode): void {
    this.#bus.injected.crashes++;
    node.crash();
    this.#world.after(this.#random.whole(100, 10_000), () => {
      node.isUp = true;
    });
  }

  /** Another relay makes the job its own; the one that had it may live on and not know. */
  #takeOver(): void {
    const random = this.#random;
    const { injected } = this.#bus;
    const before = this.#current;
    const relay = this.#newRelay();
    injected.takeovers++;
    if (random.chance(this.#scenario.zombies)) {
      injected.zombies++;
      this.#world.after(random.oneOf([500, 3_000, 10_000]), () => before.abandon());
    } else before.abandon();
    if (this.#cancelled) relay.cancel(0 as Millis);
    this.#recall(relay);
  }

  #recall(relay: SimulatedRelay): void {
    const party = partyOf(relay.term);
    const silent = new Set(this.#nodes.filter(({ isUp }) => isUp).map(({ id }) => id));
    const blocks: Block[] = [];
    const inHand: InHand[] = [];
    let isOver = false;
    const end = () => {
      if (!isOver) relay.find(blocks, inHand);
      isOver = true;
    };
    const hear = (node: NodeId, found: Recollection) => {
      if (isOver) return;
      blocks.push(...found.blocks);
      inHand.push(...found.orders.map(({ name, work }) => ({ name, work, node })));
      if (silent.delete(node) && silent.size === 0) end();
    };
    for (const node of this.#nodes) {
      this.#bus.send(party, node.id, () => {
        const found = node.isUp ? node.recall(relay.term) : undefined;
        if (found !== undefined) this.#bus.send(node.id, party, () => hear(node.id, found));
      });
    }
    this.#bus.later(party, recallMs, end);
  }
}
