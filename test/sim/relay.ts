/**
 * A simulated relay around the real core: it turns answers into events and commands into messages,
 * as plainly as can be, and checks every step it takes.
 */
import assert from "node:assert/strict";
import { Ledger, type Slice } from "../../src/flow/assemble.ts";
import type { JobCommand, Outcome } from "../../src/flow/command.ts";
import type { JobEvent } from "../../src/flow/event.ts";
import { has } from "../../src/flow/intervals.ts";
import { checkInvariants } from "../../src/flow/invariants.ts";
import type { Plan } from "../../src/flow/plan.ts";
import { readyCount, readyStages } from "../../src/flow/ready.ts";
import { type FlowLimits, type JobState, MEASURE } from "../../src/flow/state.ts";
import { begin, step } from "../../src/flow/step.ts";
import type { Failure } from "../../src/protocol/errors.ts";
import type { Millis, NodeId, StageIndex, Work } from "../../src/protocol/ids.ts";
import type { Answer, Block, Order } from "./node.ts";
import type { Sum } from "./tasks.ts";

/** What an event says, without its time. */
type Said = JobEvent extends infer E ? (E extends JobEvent ? Omit<E, "at"> : never) : never;

export interface RelayPort {
  readonly clock: () => Millis;
  /** Slots that seem to be free. */
  readonly free: () => number;
  readonly send: (order: Order) => void;
  readonly revoke: () => void;
  readonly drop: (block: Block) => void;
  readonly settled: (outcome: Outcome, result: readonly Slice<Block>[]) => void;
  readonly heard: (event: JobEvent, commands: readonly JobCommand[]) => void;
}

export class SimulatedRelay {
  state: JobState;
  readonly ledger: Ledger<Block, Sum>;
  readonly #plan: Plan;
  readonly #limits: FlowLimits;
  readonly #port: RelayPort;
  /** Outputs that were found while nobody could say yet which chunk they are. */
  #unplaced: readonly Block[] = [];

  constructor(plan: Plan, input: Block, limits: FlowLimits, port: RelayPort) {
    this.#plan = plan;
    this.#limits = limits;
    this.#port = port;
    this.ledger = new Ledger({ rows: input.rows, ref: input });
    const [state, commands] = begin(plan, port.clock());
    this.state = state;
    for (const command of commands) this.#perform(command, undefined);
    checkInvariants(state);
  }

  /** One event, then work for whoever is free. */
  hear(said: Said, block?: Block): void {
    this.#step(said, block);
    this.#deal();
  }

  answered(work: Work, node: NodeId, answer: Answer): void {
    switch (answer.type) {
      case "refused":
        this.hear({ type: "work-refused", work });
        return;
      case "finished": {
        const { block } = answer;
        this.hear({ type: "work-finished", work, node, rows: block.rows }, block);
        return;
      }
      case "measured":
        this.hear({ type: "work-finished", work, node, rows: 0, extent: answer.extent });
        return;
      case "starved": {
        for (const block of answer.lost) this.lose(block);
        this.#fail(work, node, { code: "RTL_BLOCK_LOST", message: "an input is gone" });
        return;
      }
      case "broken":
        this.#fail(work, node, { code: "RTL_COLUMN_UNKNOWN", message: answer.message });
        return;
    }
  }

  #fail(work: Work, node: NodeId, failure: Failure): void {
    this.hear({ type: "work-failed", work, node, failure, retry: false });
  }

  /** A block is gone with its holder; the core decides whether that matters. */
  lose(block: Block): void {
    const { stage, chunk } = block.work;
    if (this.ledger.output(stage, chunk)?.ref !== block) return;
    this.ledger.release(stage, chunk);
    this.#step({ type: "block-lost", stage, chunk });
  }

  loseNode(node: NodeId): void {
    const held = [...this.ledger.held()].flatMap(({ output }) => output.ref ?? []);
    for (const block of held) if (block.holder === node) this.lose(block);
    this.hear({ type: "node-lost", node });
  }

  /** After a takeover: what nodes still hold. */
  find(blocks: readonly Block[]): void {
    this.#unplaced = [...blocks].sort(
      (a, b) => a.work.stage - b.work.stage || a.work.chunk - b.work.chunk,
    );
    this.#placeFound();
    this.#deal();
  }

  #placeFound(): void {
    const waiting = this.#unplaced;
    this.#unplaced = waiting.filter((block) => {
      if (this.state.stages[block.work.stage]?.cut === undefined) return true;
      const { work, holder: node, rows } = block;
      this.#step({ type: "output-found", work, node, rows }, block);
      return false;
    });
  }

  #step(said: Said, block?: Block): void {
    const event = { ...said, at: this.#port.clock() } as JobEvent;
    const wasSettled = this.state.phase === "settled";
    const [state, commands] = step(this.state, event, this.#limits);
    this.#port.heard(event, commands);
    this.state = state;
    checkInvariants(state);
    for (const command of commands) {
      const { type } = command;
      assert(!wasSettled || type === "discard-output", `${type} after the job had settled`);
      this.#perform(command, block);
    }
    if (this.#unplaced.length > 0 && said.type === "work-finished") this.#placeFound();
  }

  #deal(): void {
    const at = this.#port.clock();
    for (const stage of readyStages(this.state, at, this.#limits)) {
      const count = this.#port.free();
      if (count <= 0) return;
      const before = readyCount(this.state, stage, at, count, this.#limits);
      assert(before > 0, "a ready stage has ready work");
      this.#step({ type: "work-wanted", stage, count });
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
      case "settle-job": {
        const isDone = command.outcome.state === "completed";
        this.#port.settled(command.outcome, isDone ? this.ledger.result(this.#plan) : []);
        return;
      }
      case "publish-progress":
      case "bury-work":
        return;
    }
  }

  #assign({ work, range, measure }: Extract<JobCommand, { type: "assign-work" }>): void {
    const stage = this.#plan.stages[work.stage];
    assert(stage !== undefined, "work is of a stage");
    const inputs = measure ? [] : this.ledger.inputsOf(this.#plan, work.stage, range, work.chunk);
    this.#port.send({ work, stage, range, measure, inputs });
  }

  #commit({ stage, chunk }: Work, block: Block | undefined): void {
    assert(block !== undefined, "only what has just arrived can be committed");
    assert(has(this.state.stages[stage as StageIndex]?.done ?? [], chunk), "committed, so done");
    const earlier = this.ledger.output(stage, chunk);
    assert(earlier === undefined, `stage ${stage}, chunk ${chunk} is committed twice`);
    const { rows, state } = block;
    this.ledger.commit(stage, chunk, {
      rows,
      ref: block,
      ...(state !== undefined && { state }),
    });
  }
}
