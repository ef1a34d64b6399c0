/**
 * A simulated relay around the real core: it turns answers into events and commands into messages,
 * as plainly as can be, and checks every step it takes. It does not know that another may have its job.
 */
import { Ledger, type Slice } from "../../src/flow/assemble.ts";
import type { JobCommand, Outcome } from "../../src/flow/command.ts";
import type { JobEvent } from "../../src/flow/event.ts";
import { has } from "../../src/flow/intervals.ts";
import { checkInvariants, checkWindow } from "../../src/flow/invariants.ts";
import type { Plan } from "../../src/flow/plan.ts";
import { readyCount, readyStages } from "../../src/flow/ready.ts";
import { type FlowLimits, type JobState, MEASURE } from "../../src/flow/state.ts";
import { begin, step } from "../../src/flow/step.ts";
import type { Failure } from "../../src/protocol/errors.ts";
import {
  type Millis,
  type NodeId,
  type StageIndex,
  type Work,
  workId,
} from "../../src/protocol/ids.ts";
import { must } from "./fault.ts";
import { lostChunk } from "./lost-chunk.ts";
import type { Answer, Block, Order } from "./node.ts";
import type { Sum } from "./tasks.ts";

/** What an event says, without its time. */
export type Said = JobEvent extends infer E ? (E extends JobEvent ? Omit<E, "at"> : never) : never;

/** A piece of work that a node has in hand, and the order that it belongs to. */
export interface InHand {
  readonly name: string;
  readonly work: Work;
  readonly node: NodeId;
}

export interface RelayPort {
  readonly clock: () => Millis;
  /** Slots that seem to be free. */
  readonly free: () => number;
  readonly send: (order: Order) => void;
  readonly revoke: () => void;
  readonly drop: (block: Block) => void;
  /** Puts the end on record; false when the job is another's. */
  readonly settle: (outcome: Outcome, result: readonly Slice<Block>[]) => boolean;
  readonly heard: (event: JobEvent, commands: readonly JobCommand[]) => void;
  readonly newName: () => string;
}

export class SimulatedRelay {
  readonly term: number;
  state: JobState;
  readonly ledger: Ledger<Block, Sum>;
  readonly #plan: Plan;
  readonly #limits: FlowLimits;
  readonly #port: RelayPort;
  /** Orders whose answer somebody waits for here. */
  readonly #outstanding = new Set<string>();
  /** Attempts that were handed out and not given back: none is handed out twice. */
  readonly #dealt = new Set<string>();
  /** Outputs that are gone: none is committed again. */
  readonly #gone = new Set<Block>();
  readonly #nodes = new Map<NodeId, { life: number; heardAt: number }>();
  #tickedAt: number;
  #over = false;
  #gathering: boolean;
  /** What was found while nobody could say yet which chunk it is. */
  #found: readonly Block[] = [];
  #inHand: readonly InHand[] = [];

  constructor(plan: Plan, input: Block, limits: FlowLimits, term: number, port: RelayPort) {
    this.term = term;
    this.#plan = plan;
    this.#limits = limits;
    this.#port = port;
    this.#gathering = term > 0;
    this.#tickedAt = port.clock();
    this.ledger = new Ledger({ rows: input.rows, ref: input });
    const [state, commands] = begin(plan, port.clock());
    this.state = state;
    for (const command of commands) this.#perform(command, undefined);
    checkInvariants(state);
  }

  /** Neither settled nor given away. */
  get isAtWork(): boolean {
    return !this.#over && this.state.phase !== "settled";
  }

  /** Another relay has the job. */
  abandon(): void {
    this.#over = true;
  }

  /** One event, then work for whoever is free. */
  hear(said: Said, block?: Block): void {
    if (this.#over) return;
    this.#step(said, block);
    this.#deal();
  }

  answered({ name, work }: Order, node: NodeId, answer: Answer): void {
    const isAwaited = this.#outstanding.delete(name);
    if (answer.type === "finished") {
      const { rows, extent } = answer.block;
      const finished = {
        type: "work-finished",
        work,
        node,
        rows,
        ...(extent && { extent }),
      } as const;
      return this.hear(finished, answer.block);
    }
    // What nobody waits for says nothing, unless it is a result.
    if (!isAwaited) return;
    switch (answer.type) {
      case "refused":
        this.#dealt.delete(workId(work));
        return this.hear({ type: "work-refused", work });
      case "starved":
        for (const block of answer.lost) this.#lose(block);
        return this.#fail(work, node, { code: "RTL_BLOCK_LOST", message: "an input is gone" });
      case "cancelled":
        // The node has heard of a cancel that we have not.
        if (this.state.phase === "running") this.cancel(0 as Millis);
        return this.#fail(work, node, { code: "RTL_JOB_CANCELLED", message: "it was cancelled" });
      case "broken": {
        const code = answer.retry ? "RTL_TASK_FAILED" : "RTL_COLUMN_UNKNOWN";
        return this.#fail(work, node, { code, message: answer.message }, answer.retry);
      }
    }
  }

  #fail(work: Work, node: NodeId, failure: Failure, retry = false): void {
    this.hear({ type: "work-failed", work, node, failure, retry });
  }

  cancel(graceMs: Millis): void {
    this.hear({ type: "cancel-requested", by: "a client", reason: "enough", graceMs });
  }

  /** A block is gone with its holder; the core decides whether that matters. */
  #lose(block: Block): void {
    const { stage, chunk } = block.work;
    if (this.#over || this.ledger.output(stage, chunk)?.ref !== block) return;
    this.ledger.release(stage, chunk);
    this.#gone.add(block);
    this.#step({ type: "block-lost", stage, chunk });
  }

  #loseBlocksOf(node: NodeId): void {
    const held = [...this.ledger.held()].flatMap(({ output }) => output.ref ?? []);
    for (const block of held) if (block.holder === node) this.#lose(block);
  }

  /** A node lives, and has these orders in hand. */
  beat(node: NodeId, life: number, orders: readonly Order[]): void {
    if (this.#over) return;
    const known = this.#nodes.get(node);
    if (known !== undefined && known.life > life) return;
    this.#nodes.set(node, { life, heardAt: this.#port.clock() });
    if (known !== undefined && known.life < life) {
      this.#loseBlocksOf(node);
      this.hear({ type: "node-lost", node });
    }
    for (const { name, work } of orders) {
      if (this.#outstanding.has(name)) this.hear({ type: "work-renewed", work, node });
    }
  }

  /** Time passes. Whoever was silent for a lease is taken for gone, unless it was us. */
  tick(): void {
    if (this.#over) return;
    const at = this.#port.clock();
    const stoodStill = Math.abs(at - this.#tickedAt) > this.#plan.leaseMs;
    this.#tickedAt = at;
    for (const [node, known] of this.#nodes) {
      if (stoodStill) known.heardAt = at;
      if (at - known.heardAt <= this.#plan.leaseMs) continue;
      this.#nodes.delete(node);
      this.#loseBlocksOf(node);
    }
    this.hear({ type: "clock-ticked" });
  }

  /** After a takeover: what nodes still have. From now on the rest is handed out. */
  find(blocks: readonly Block[], inHand: readonly InHand[]): void {
    if (this.#over) return;
    this.#gathering = false;
    this.#found = [...blocks].sort(
      (a, b) => a.work.stage - b.work.stage || a.work.chunk - b.work.chunk,
    );
    this.#inHand = inHand;
    for (const { name } of inHand) this.#outstanding.add(name);
    this.#placeFound();
    this.#deal();
  }

  #placeFound(): void {
    const [found, inHand] = [this.#found, this.#inHand];
    this.#found = found.filter((block) => {
      if (!this.#isPlaceable(block.work)) return true;
      const { work, holder: node, rows, extent } = block;
      this.#step({ type: "output-found", work, node, rows, ...(extent && { extent }) }, block);
      return false;
    });
    this.#inHand = inHand.filter(({ work, node }) => {
      if (!this.#isPlaceable(work)) return true;
      this.#step({ type: "work-found", work, node });
      return false;
    });
  }

  #isPlaceable({ stage, chunk }: Work): boolean {
    const { opened, cut } = this.state.stages[stage] ?? {};
    return chunk === MEASURE ? opened === true : cut !== undefined;
  }

  #step(said: Said, block?: Block): void {
    const event = { ...said, at: this.#port.clock() } as JobEvent;
    const wasSettled = this.state.phase === "settled";
    const [state, commands] = step(this.state, event, this.#limits);
    this.#port.heard(event, commands);
    this.state = state;
    checkInvariants(state);
    checkWindow(state, commands, this.#limits);
    must(lostChunk(state) === undefined, "lost", lostChunk(state) ?? "");
    for (const command of commands) {
      const { type } = command;
      const isQuiet = !wasSettled || type === "discard-output";
      must(isQuiet, "phantom", `${type} after the job had settled`);
      this.#perform(command, block);
    }
    const isWaiting = this.#found.length + this.#inHand.length > 0;
    if (isWaiting && said.type === "work-finished") this.#placeFound();
  }

  #deal(): void {
    if (this.#gathering || this.#over) return;
    const at = this.#port.clock();
    for (const stage of readyStages(this.state, at, this.#limits)) {
      const count = this.#port.free();
      if (count <= 0) return;
      const before = readyCount(this.state, stage, at, count, this.#limits);
      must(before > 0, "stuck", "a ready stage has no ready work");
      this.#step({ type: "work-wanted", stage, count });
    }
    for (const { index: stage } of this.#plan.stages) {
      if (this.#port.free() <= 0) return;
      this.#step({ type: "copy-wanted", stage });
    }
  }

  #perform(command: JobCommand, block: Block | undefined): void {
    switch (command.type) {
      case "assign-work":
        this.#assign(command);
        return;
      case "revoke-work":
        this.#port.revoke();
        return;
      case "commit-output":
        // Measuring a source leaves no table behind.
        if (command.work.chunk !== MEASURE) this.#commit(command.work, block);
        return;
      case "discard-output":
        // A doubled message tells of the very block that was committed: that one is kept.
        if (block && this.ledger.output(block.work.stage, block.work.chunk)?.ref !== block) {
          this.#port.drop(block);
        }
        return;
      case "release-outputs":
        for (const { ref } of this.ledger.release(command.stage, command.chunk)) {
          if (ref !== undefined) this.#port.drop(ref);
        }
        return;
      case "settle-job":
        this.#settle(command.outcome);
        return;
      case "publish-progress":
      case "bury-work":
        return;
    }
  }

  #settle(outcome: Outcome): void {
    const isDone = outcome.state === "completed";
    const isOurs = this.#port.settle(outcome, isDone ? this.ledger.result(this.#plan) : []);
    if (!isOurs) this.abandon();
  }

  #assign({ work, range, measure }: Extract<JobCommand, { type: "assign-work" }>): void {
    const stage = this.#plan.stages[work.stage];
    must(stage !== undefined, "wrong", "work is of no stage");
    const inputs = measure ? [] : this.ledger.inputsOf(this.#plan, work.stage, range, work.chunk);
    const id = workId(work);
    must(!this.#dealt.has(id), "doubled", `${id} is handed out twice`);
    this.#dealt.add(id);
    const name = this.#port.newName();
    this.#outstanding.add(name);
    this.#port.send({ name, term: this.term, work, stage, range, measure, inputs });
  }

  #commit({ stage, chunk }: Work, block: Block | undefined): void {
    must(block !== undefined, "wrong", "only what has just arrived can be committed");
    must(!this.#gone.has(block), "wrong", `stage ${stage}, chunk ${chunk} is committed, and gone`);
    const isDone = has(this.state.stages[stage as StageIndex]?.done ?? [], chunk);
    must(isDone, "lost", `stage ${stage}, chunk ${chunk} is committed, and not done`);
    const earlier = this.ledger.output(stage, chunk);
    must(earlier === undefined, "doubled", `stage ${stage}, chunk ${chunk} is committed twice`);
    const { rows, state } = block;
    this.ledger.commit(stage, chunk, {
      rows,
      ref: block,
      ...(state !== undefined && { state }),
    });
  }
}
