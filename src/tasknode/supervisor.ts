/**
 * Owns the orders of a node, from accepting to answering: fetches their tables, gives them to
 * threads, watches over their time, ends them when their job is cancelled. Each order is answered
 * once. It owns no thread and no subscription, and never runs a task itself.
 */

import { after } from "../host/after.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { toFailure } from "../protocol/errors.ts";
import type { Cancel, Done, Order, Revoke } from "../protocol/messages.ts";
import type { Recalled } from "../protocol/take-over-messages.ts";
import type { Plot } from "../task/plot.ts";
import { CancelledJobs } from "./cancelled-jobs.ts";
import { type Arrival, Holding } from "./holding.ts";
import type { NodeBlocks } from "./node-bus.ts";
import { OrderBlocks } from "./order-blocks.ts";
import { fetchTables, packTables } from "./order-tables.ts";
import { OutputSizes } from "./output-sizes.ts";
import { watchRun } from "./run-limit.ts";
import type { Thread, ThreadKind } from "./thread.ts";
import {
  cancelledFailure,
  deathFailure,
  lateFailure,
  type ThreadDone,
  type ThreadPlot,
} from "./thread-messages.ts";

export interface SupervisorSettings {
  readonly node: string;
  /** A cancelled task has this long to heed its signal, in milliseconds. */
  readonly graceMs: number;
  /** Orders that may wait for a thread. */
  readonly waitingMax: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly blocks: NodeBlocks;
  /** A free thread, taken; `apart` one in a process of its own. */
  readonly takeThread: (apart: boolean) => Thread | undefined;
  /** Threads that have nothing to do. */
  readonly freeThreads: () => number;
  /** Whether the node offers this task now. */
  readonly offers: (task: string) => boolean;
  /** Whether what is said of a job under this term still counts. */
  readonly heeds: (job: string, term: number) => boolean;
  /** An answer has gone out. */
  readonly answered: (order: Order, done: Done) => void;
  /** Sends an answer to the subject that its order named. */
  readonly respond: (reply: string, done: Done) => void;
  /** Shows a plot to whoever watches the job. */
  readonly show: (job: string, stage: string, plot: Plot) => void;
  /** What waits and what is free has changed: credits are set anew, before any answer goes out. */
  readonly changed: () => void;
}

export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #held = new Map<string, Holding>();
  /** In order of arrival. */
  readonly #waiting = new Set<Holding>();
  readonly #running = new Map<Thread, Holding>();
  readonly #cancelled: CancelledJobs;
  readonly #sizes = new OutputSizes();
  #drained: (() => void) | undefined;
  /** Whether somebody wants the node to take nothing more, for a while. */
  #isPaused = false;

  constructor(settings: SupervisorSettings) {
    this.#settings = settings;
    this.#cancelled = new CancelledJobs(settings.clock);
  }

  /** Ids of all orders in the node's hands. */
  get held(): string[] {
    return [...this.#held.keys()];
  }
  get waiting(): number {
    return this.#waiting.size;
  }
  /** Orders that wait on a credit of the kind "ahead". */
  get waitingAhead(): number {
    let count = 0;
    for (const { arrival } of this.#waiting) if (arrival === "workAhead") count++;
    return count;
  }
  get draining(): boolean {
    return this.#isPaused || this.#drained !== undefined;
  }

  accept(order: Order, reply: string | undefined, arrival: Arrival): void {
    const { node, log, waitingMax } = this.#settings;
    const known = this.#held.get(order.order);
    if (reply !== undefined && known !== undefined && known.reply !== reply) {
      // Not the same order twice, but another of its name.
      const held = "the node holds another order of this name";
      this.#settings.changed();
      this.#settings.respond(reply, new Holding(order, reply, arrival, node).refusal(held));
      return;
    }
    if (reply === undefined || known !== undefined) {
      log.warn({ order: order.order, reply }, "order ignored: no reply subject, or held already");
      this.#settings.changed();
      return;
    }
    const holding = new Holding(order, reply, arrival, node);
    this.#held.set(order.order, holding);
    if (this.draining) this.#refuse(holding, "the node takes no more work");
    else if (!this.#settings.heeds(order.job, order.term)) {
      this.#refuse(holding, "another relay has taken the job over");
    } else if (order.near && (this.#waiting.size > 0 || this.#settings.freeThreads() === 0)) {
      this.#refuse(holding, "no slot is free where its input is");
    } else if (arrival === "nodeWork" && this.#waiting.size >= waitingMax) {
      this.#refuse(holding, `${waitingMax} orders are waiting already`);
    } else if (this.#cancelled.has(order.job, order.order, order.term)) {
      holding.cancelled = true;
      this.#finish(holding);
    } else {
      this.#waiting.add(holding);
      this.#fetch(holding);
    }
  }

  #fetch(holding: Holding): void {
    const arrived = (tables: Holding["tables"]) => {
      holding.tables = tables;
      // It may have been answered meanwhile.
      if (this.#held.get(holding.order.order) === holding) this.pump();
      else this.#leave(holding);
    };
    const tables = fetchTables(holding.order.tables, this.#settings.blocks);
    if (!(tables instanceof Promise)) {
      arrived(tables);
      return;
    }
    // The order takes its place in the queue now; credits must know before the tables are here.
    this.#settings.changed();
    tables.then(arrived, (error) => {
      if (!this.#waiting.delete(holding)) return;
      holding.failLeft(toFailure(error, "RTL_BLOCK_LOST"));
      this.#finish(holding);
    });
  }

  /** Gives waiting orders to free threads, then has the credits set anew. */
  pump(): void {
    for (const holding of this.#waiting) {
      // What is on its way to the disk makes room for what this would leave.
      if (this.#settings.blocks.isCrowded) break;
      if (holding.tables === undefined) continue;
      const unknown = holding.order.calls.find(({ task }) => !this.#settings.offers(task));
      if (unknown !== undefined) {
        this.#waiting.delete(holding);
        this.#refuse(holding, `the node does not offer ${unknown.task} any more`);
        continue;
      }
      const { apart } = holding.order;
      const thread = this.#settings.takeThread(apart);
      // A process has to be started first: nobody else need wait for that.
      if (thread === undefined && apart) continue;
      if (thread === undefined) break;
      this.#waiting.delete(holding);
      this.#run(holding, thread, holding.tables);
    }
    this.#settings.changed();
  }

  #run(holding: Holding, thread: Thread, tables: NonNullable<Holding["tables"]>): void {
    const { clock, graceMs } = this.#settings;
    const packed = packTables(tables);
    holding.thread = thread;
    holding.late = undefined;
    this.#running.set(thread, holding);
    const spares = thread.kind === "thread" ? this.#sparesFor(holding.order) : [];
    thread.run(holding.remainder(packed.tables, spares), packed.transfer);
    const { runMs } = holding.order;
    if (runMs > 0) holding.unwatch = watchRun(holding, thread, { clock, graceMs, runMs });
  }

  /** Memory that lies ready for what the same tasks may leave this time. */
  #sparesFor(order: Order): SharedArrayBuffer[] {
    const { memory } = this.#settings.blocks;
    return this.#sizes.of(order).flatMap((bytes) => memory.spare(bytes) ?? []);
  }

  /** Nobody here reads its tables any more: their memory may be used again. */
  #leave(holding: Holding): void {
    const { memory } = this.#settings.blocks;
    holding.order.tables.forEach((table, place) => {
      const given = holding.tables?.[place];
      if ("block" in table && given !== undefined && "bytes" in given) memory.leave(given.bytes);
    });
    holding.tables = undefined;
  }

  /** A thread has done its order. */
  done(thread: Thread, done: ThreadDone): void {
    for (const spare of done.spares ?? []) this.#settings.blocks.memory.keep(spare);
    const holding = this.#release(thread);
    // First the slot, then the answer: whoever sees the answer finds the slot.
    this.pump();
    if (holding === undefined) return;
    for (const plot of done.plots) this.#show(holding, plot);
    this.#sizes.learn(holding.order, done);
    holding.add(done);
    this.#finish(holding);
  }

  /** A plot that cannot be sent costs nobody a result. */
  #show({ order }: Holding, { job = order.job, plot }: ThreadPlot): void {
    try {
      this.#settings.show(job, order.name, plot);
    } catch (error) {
      this.#settings.log.warn({ error, job, stage: order.name, plot: plot.name }, "plot not sent");
    }
  }

  /** A thread is gone. The item that it was at has failed; the others go to another thread. */
  lost(thread: Thread, why: string): void {
    const { item, call } = thread.place;
    const holding = this.#release(thread);
    if (holding !== undefined) this.#failOn(holding, item, call, thread.kind, why);
    if (holding?.finished) this.#finish(holding);
    else if (holding !== undefined) {
      // Its other items have waited already, so they are first.
      const others = [...this.#waiting];
      this.#waiting.clear();
      for (const one of [holding, ...others]) this.#waiting.add(one);
    }
    this.pump();
  }

  /** Fails what a thread that is gone has taken with it. */
  #failOn(holding: Holding, item: number, call: number, kind: ThreadKind, why: string): void {
    const { job, name: stage, runMs, calls } = holding.order;
    const task = calls[call]?.task;
    if (holding.cancelled) holding.failLeft(cancelledFailure);
    else if (holding.late === item) holding.failItem(item, lateFailure(task, runMs));
    else {
      this.#settings.log.warn({ job, stage, task, kind, why }, "a task ended its thread");
      holding.failItem(item, deathFailure(task, kind, why));
    }
  }

  #release(thread: Thread): Holding | undefined {
    const holding = this.#running.get(thread);
    this.#running.delete(thread);
    if (holding === undefined) return undefined;
    holding.unwatch();
    holding.unwatch = () => undefined;
    holding.thread = undefined;
    return holding;
  }

  /** A job's relay ends it, here and in those of its orders that are still on their way. */
  revoke(revoke: Revoke): void {
    this.#cancelled.add(revoke.id, revoke.upTo, revoke.term);
    this.cancel(revoke);
  }

  /** Ends what there is of a job; its relay will say that no more comes, if the job is one. */
  cancel(cancel: Cancel): void {
    const { clock } = this.#settings;
    const { id, graceMs = this.#settings.graceMs } = cancel;
    for (const holding of [...this.#held.values()]) {
      if (holding.order.job !== id) continue;
      holding.cancelled = true;
      const { thread } = holding;
      if (thread === undefined) {
        this.#waiting.delete(holding);
        this.#finish(holding);
        continue;
      }
      // A second cancel may shorten the grace, never prolong it.
      const endsAt = clock.now() + graceMs;
      if (holding.endsAt !== undefined && holding.endsAt <= endsAt) continue;
      holding.endsAt = endsAt;
      thread.cancel(cancel);
      holding.unwatch();
      const end = () => thread.end("its job was cancelled", { force: graceMs === 0 });
      holding.unwatch = after(clock, graceMs, end);
    }
  }

  /** Orders of a job are answered to somebody else from now on. Returns what they are. */
  redirect(job: string, reply: string): Recalled["held"] {
    const mine = [...this.#held.values()].filter(
      (holding) => holding.order.job === job && !holding.cancelled,
    );
    for (const holding of mine) holding.reply = reply;
    return mine.map(({ order: { order, stage, items } }) => ({
      order,
      stage,
      items: items.map(({ chunk, attempt }) => ({ chunk, attempt })),
    }));
  }

  /** No process can be started for work that is to run apart: others may have more luck. */
  refuseApart(why: string): void {
    for (const holding of [...this.#waiting]) {
      if (!holding.order.apart) continue;
      this.#waiting.delete(holding);
      this.#refuse(holding, `no process of its own could be started: ${why}`);
    }
  }

  /** The shortest lease that is an order's own, in milliseconds. */
  get shortestLease(): number | undefined {
    let shortest: number | undefined;
    for (const { order } of this.#held.values()) {
      if (order.leaseMs > 0) shortest = Math.min(order.leaseMs, shortest ?? order.leaseMs);
    }
    return shortest;
  }

  /**
   * Work that was sent ahead waits for a thread that was about to be free. If none was for so long, it is
   * behind work that takes its time, and goes to whoever is free.
   */
  handBack(ms: number): void {
    for (const holding of [...this.#waiting]) {
      if (holding.arrival !== "workAhead" || holding.ageMs < ms) continue;
      this.#waiting.delete(holding);
      this.#refuse(holding, "its slot is taken for longer than was expected");
    }
  }

  /**
   * The node was silent for longer than its lease, so that its work is somebody else's by now: what has
   * not begun does not begin here. What runs goes on, and its result counts if it is the first.
   */
  stoodStill(): void {
    for (const holding of [...this.#waiting]) {
      this.#waiting.delete(holding);
      this.#refuse(holding, "the node stood still for longer than its lease");
    }
    for (const thread of this.#running.keys()) thread.close();
  }

  /** Takes nothing more and hands back what waits, or takes work again. */
  pause(isPaused: boolean, why = "the node is drained"): void {
    this.#isPaused = isPaused;
    for (const holding of isPaused ? [...this.#waiting] : []) {
      this.#waiting.delete(holding);
      this.#refuse(holding, why);
    }
    this.#settings.changed();
  }

  /** Takes nothing more, for good; resolves when all that runs is answered. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
      this.pause(true, "the node is leaving");
      if (this.#held.size === 0) resolve();
    });
  }

  #refuse(holding: Holding, reason: string): void {
    this.#settings.changed();
    this.#answer(holding, () => holding.refusal(reason));
  }

  #finish(holding: Holding): void {
    const left = new OrderBlocks(this.#settings.blocks, holding.order.job);
    if (holding.cancelled) holding.failAll(cancelledFailure);
    this.#settings.changed();
    this.#answer(holding, () => holding.answer((bytes) => left.put(bytes)), left);
  }

  #answer(holding: Holding, make: () => Done, left?: OrderBlocks): void {
    this.#held.delete(holding.order.order);
    const done = this.#send(holding, make, left);
    if (done !== undefined) this.#settings.answered(holding.order, done);
    this.#leave(holding);
    if (this.#held.size === 0) this.#drained?.();
  }

  /** Undefined where only a failure could be sent. */
  #send(holding: Holding, make: () => Done, left?: OrderBlocks): Done | undefined {
    const { respond, log } = this.#settings;
    try {
      const done = make();
      respond(holding.reply, done);
      return done;
    } catch (error) {
      // Too large, no room for it, or a state that no message can carry: the order fails, and says why.
      left?.undo();
      const failure = toFailure(error, "RTL_TASK_FAILED");
      const { job, order } = holding.order;
      log.warn({ job, order, code: failure.code, why: failure.message }, "answer not sent");
      holding.failAll(failure);
      respond(
        holding.reply,
        holding.answer(() => ({ block: "", holder: "" })),
      );
      return undefined;
    }
  }
}
