/**
 * Deals work to free slots. A slot that is free is one queue-group subscription of a node, so the
 * server hands an order to a free slot or says at once that there is none: that is all the
 * back-pressure there is, and it holds with any number of relays. The dealer decides whose work goes
 * next and how much goes into one order; it never retries and knows nothing of results.
 */

import { noResponders } from "../bus/answer.ts";
import type { Bus } from "../bus/bus.ts";
import { pick } from "../flow/pick.ts";
import type { Stage } from "../flow/plan.ts";
import { MEASURE } from "../flow/state.ts";
import type { Log } from "../host/log.ts";
import { type Failure, toFailure } from "../protocol/errors.ts";
import { fit } from "../protocol/fit.ts";
import type { Millis, NodeId } from "../protocol/ids.ts";
import { type Done, doneSchema, type Order, type TableRef } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import { applyAnswer } from "./apply-answer.ts";
import { batchOf } from "./batch.ts";
import type { Catalog, PoolState } from "./catalog.ts";
import type { Assignment, JobLoop } from "./job-loop.ts";
import { Means } from "./means.ts";
import { holderOfMost } from "./near.ts";
import { orderOf } from "./order-of.ts";
import { type OrderOut, OrdersOut } from "./orders-out.ts";
import { Queue } from "./queue.ts";
import type { HeldOrder } from "./recall.ts";

/** Tasks at least this long, in milliseconds, are worth waiting for a slot that is really free. */
const aheadBelowMs = 50;
/** Jobs without a free slot that are passed over in one deal before it ends. */
const stuckMax = 64;
/** Pause after which slots that another relay filled are tried again. */
const retryMs = 5;
export interface DealerPorts {
  now(): Millis;
  /** Calls back once after this many milliseconds; the result takes it back. */
  after(ms: number, fn: () => void): () => void;
  /** Turns an order's tables into JSON for workers that know no Arrow. */
  toJson(order: Order): Promise<Order>;
  /** Turns a table from such a worker into Arrow. Throws RTL_TABLE_INVALID. */
  fromJson(table: TableRef, job: string): TableRef;
}

export class Dealer {
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #catalog: Catalog;
  readonly #ports: DealerPorts;
  readonly #queue = new Queue();
  /** Jobs of which a piece takes much too long. */
  readonly #straggling = new Set<JobLoop>();
  readonly #out = new OrdersOut();
  /** Pools whose slots the server reported taken, until something changes there. */
  readonly #full = new Set<string>();
  readonly #means = new Means();
  #next = 0;
  #stopRetry: (() => void) | undefined;
  #scheduled = false;
  #adopted: { readonly subject: string; close(): void } | undefined;
  #poolCache = new WeakMap<Stage, { generation: number; pools: readonly PoolState[] }>();

  constructor(bus: Bus, catalog: Catalog, log: Log, ports: DealerPorts) {
    this.#bus = bus;
    this.#catalog = catalog;
    this.#log = log;
    this.#ports = ports;
  }

  /** The name of the newest order. */
  get newest(): string {
    return this.#nameOf(this.#next - 1);
  }

  #nameOf(number: number): string {
    return `${this.#bus.id}/${number.toString(36)}`;
  }

  /** The loop may have ready work. */
  wake(loop: JobLoop): void {
    if (loop.over) this.#queue.remove(loop);
    else if (loop.readyStages(this.#ports.now()).length > 0) this.#queue.add(loop);
    else if (loop.straggling(this.#ports.now()) !== undefined) this.#straggling.add(loop);
    this.#schedule();
  }

  forget(loop: JobLoop): void {
    this.#queue.remove(loop);
    this.#straggling.delete(loop);
  }

  /** Nobody here waits for answers to orders of this job any more. */
  abandon(loop: JobLoop): void {
    this.forget(loop);
    this.#out.abandon(loop);
  }

  /** Slots of a pool may have come free. */
  refresh(): void {
    this.#full.clear();
    this.#schedule();
  }

  /** Where orders of other relays are answered once their jobs are ours. */
  get answerTo(): string {
    this.#adopted ??= this.#bus.openReply((answer, failure) => {
      const done = fit(doneSchema, answer);
      if (done.success) this.#answered(done.data.order, "", answer, failure);
    });
    return this.#adopted.subject;
  }

  /** An order of another relay that a node has in hand: its answer comes to us. */
  adopt(loop: JobLoop, { name, stage, works, node }: HeldOrder): void {
    const [pool] = this.poolsFor(loop.stageAt(stage));
    if (pool === undefined || this.#out.get(name) !== undefined) return;
    const about = { loop, stage, works, pool: pool.pool, sentTo: undefined, node };
    const close = () => undefined;
    this.#out.enter(name, { ...about, close, apartSince: undefined }, this.#ports.now());
  }

  /** Orders that a node says it holds: their leases begin anew. */
  renew(orders: readonly string[], node: NodeId, at: Millis): void {
    this.#out.renew(orders, node, at);
  }

  /** Orders of a lost node, and all that nobody spoke of since `since`, take up no slot any more. */
  giveUp(since: Millis, lost?: NodeId): void {
    this.#out.giveUp(since, lost);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After all that arrived in one read of the socket, so that one deal serves it all.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deal();
    });
  }

  #deal(): void {
    const at = this.#ports.now();
    const stuck = new Set<JobLoop>();
    while (stuck.size < stuckMax && this.#hasRoom()) {
      const loop = this.#queue.next((candidates) => pick(candidates, at), stuck, at);
      if (loop === undefined) break;
      if (!this.#serve(loop, at)) stuck.add(loop);
      if (loop.over || loop.readyStages(at).length === 0) this.#queue.remove(loop);
    }
    if (stuck.size > 0 && this.#out.isIdle) this.#retrySoon();
    if (this.#queue.isEmpty) this.#dealCopies(at);
    this.#straggling.clear();
  }

  /** What takes much too long goes out once more, where nobody else wants the slot. */
  #dealCopies(at: Millis): void {
    for (const loop of this.#straggling) {
      const stage = loop.straggling(at);
      if (stage === undefined) continue;
      const about = loop.stageAt(stage);
      // Another slot of the same node would hardly be faster.
      const pool = this.poolsFor(about).find(
        (one) => one.nodes > 1 && this.#routeWithRoom(one, about, undefined) === "work",
      );
      if (pool === undefined) continue;
      const assigned = loop.takeCopy(stage, at);
      if (assigned.length > 0) this.#send(loop, about, pool, "work", assigned);
    }
  }

  /** False when every pool has all it may have, which is the usual end of a deal. */
  #hasRoom(): boolean {
    for (const pool of this.#catalog.pools.values()) {
      if (this.#out.taken(pool.pool) - pool.leaving < 2 * pool.slots) return true;
    }
    return false;
  }

  #retrySoon(): void {
    this.#stopRetry ??= this.#ports.after(retryMs, () => {
      this.#stopRetry = undefined;
      this.refresh();
    });
  }

  /** Sends one order of this job, if any pool has room for one. */
  #serve(loop: JobLoop, at: Millis): boolean {
    for (const stage of loop.readyStages(at)) {
      const about = loop.stageAt(stage);
      const measured = loop.meanMs(stage);
      const expected = measured ?? this.#means.of(about);
      const mean = measured ?? this.#means.ofUnits(about, loop.unitsOf(stage));
      for (const pool of this.poolsFor(about)) {
        const route = this.#routeWithRoom(pool, about, expected);
        if (route === undefined) continue;
        const count = batchOf(loop, stage, pool, mean, at);
        const assigned = loop.take(stage, count, at);
        if (assigned.length === 0) continue;
        if (assigned[0]?.apart && this.#out.hasSuspect(at)) {
          for (const { work } of assigned) loop.post({ type: "work-refused", work, at });
          return false;
        }
        this.#send(loop, about, pool, route, assigned);
        return true;
      }
    }
    return false;
  }

  poolsFor(stage: Stage): readonly PoolState[] {
    const generation = this.#catalog.generation;
    const known = this.#poolCache.get(stage);
    if (known?.generation === generation) return known.pools;
    const pools = this.#catalog.poolsFor(stage);
    this.#poolCache.set(stage, { generation, pools });
    return pools;
  }

  /** What a piece of such work has taken so far, over all jobs, in milliseconds. */
  meanOf(stage: Stage): number | undefined {
    return this.#means.of(stage);
  }

  /** Whether work of anybody else is waiting for a slot. */
  makesOthersWait(submitter: string): boolean {
    return this.#queue.hasOthers(submitter);
  }

  /** True when no pool at all can run the stage. */
  hasNoPool(stage: Stage): boolean {
    return this.poolsFor(stage).length === 0;
  }

  #routeWithRoom(
    pool: PoolState,
    stage: Stage,
    mean: number | undefined,
  ): "work" | "workAhead" | "nodeWork" | undefined {
    // What a node that leaves is still at takes nobody else's slot.
    const out = this.#out.taken(pool.pool) - pool.leaving;
    const node = stage.where?.node;
    if (node !== undefined) {
      return out < 2 * pool.slots && !this.#full.has(`nodeWork ${node}`) ? "nodeWork" : undefined;
    }
    if (out < pool.slots && !this.#full.has(`work ${pool.pool}`)) return "work";
    const short = mean !== undefined && mean < aheadBelowMs;
    if (!short || pool.encoding === "json" || out >= 2 * pool.slots) return undefined;
    return this.#full.has(`workAhead ${pool.pool}`) ? undefined : "workAhead";
  }

  #send(
    loop: JobLoop,
    stage: Stage,
    pool: PoolState,
    found: "work" | "workAhead" | "nodeWork",
    assigned: readonly Assignment[],
  ): void {
    const name = this.#nameOf(this.#next++);
    const plain = orderOf(loop, stage, name, assigned);
    const near = stage.where?.node === undefined ? this.#nodeNear(plain, pool) : undefined;
    const order = near === undefined ? plain : { ...plain, near: true };
    const node = near ?? stage.where?.node ?? "";
    const route = near === undefined ? found : "nodeWork";
    const place = `${route} ${node || pool.pool}`;
    const reply = this.#bus.openReply((answer, failure) =>
      this.#answered(name, place, answer, failure),
    );
    const works = assigned.map(({ work }) => work);
    const at = this.#ports.now();
    const about = { loop, stage: stage.index, works, pool: pool.pool };
    const sentTo = route === "nodeWork" ? (node as NodeId) : undefined;
    const apartSince = order.apart ? at : undefined;
    const { close } = reply;
    this.#out.enter(name, { ...about, sentTo, close, node: undefined, apartSince }, at);
    const trace = loop.trace?.sent(name, stage.name, works.length);
    const publish = (ready: Order) =>
      this.#bus.publish(routes[route], { pool: pool.pool, node }, ready, {
        reply: reply.subject,
        encoding: pool.encoding,
        trace,
      });
    const fail = (error: unknown) => this.#failOrder(name, toFailure(error, "RTL_INTERNAL"));
    loop.profile?.sent(name);
    try {
      if (pool.encoding === "json") this.#ports.toJson(order).then(publish).catch(fail);
      else if (loop.profile === undefined) publish(order);
      else loop.profile.timed("sendOrder", () => publish(order));
    } catch (error) {
      fail(error);
    }
  }

  /** Work goes where its input is, as long as a slot there may be free. */
  #nodeNear(order: Order, { pool, nodes }: PoolState): NodeId | undefined {
    if (nodes < 2 || order.apart) return undefined;
    const node = holderOfMost(order);
    if (node === undefined || this.#full.has(`nodeWork ${node}`)) return undefined;
    return this.#out.taken(node) < this.#catalog.slotsOf(node, pool) ? node : undefined;
  }

  #answered(name: string, place: string, answer: unknown, failure: Failure | undefined): void {
    const out = this.#out.get(name);
    if (out === undefined) return;
    // What a node was at may be done before all have said what they have.
    if (out.loop.gathering) {
      out.loop.whenFound(() => this.#answered(name, place, answer, failure));
      return;
    }
    if (failure === noResponders) return this.#refused(name, out, place);
    if (failure !== undefined) return this.#failOrder(name, failure);
    const done = fit(doneSchema, answer);
    if (!done.success) {
      const issue = done.error.issues[0];
      const message = `a worker's answer does not fit: ${issue?.path.join(".")}: ${issue?.message}`;
      return this.#failOrder(name, { code: "RTL_MESSAGE_INVALID", message });
    }
    this.#full.clear();
    if (done.data.refused !== undefined) return this.#refused(name, out, place);
    let tables: TableRef[];
    try {
      tables = done.data.tables.map((table) => this.#ports.fromJson(table, out.loop.job));
    } catch (error) {
      return this.#failOrder(name, toFailure(error, "RTL_INTERNAL"), done.data.node as NodeId);
    }
    this.#out.close(name);
    const { profile } = out.loop;
    const finish = () => this.#finished(out, { ...done.data, tables });
    const tasks = () => out.loop.stageAt(out.stage).calls.map(({ task }) => task);
    profile?.answered(name, done.data, tasks());
    out.loop.trace?.over(name);
    if (profile === undefined) finish();
    else profile.timed("applyAnswer", finish);
    this.wake(out.loop);
  }

  #refused(name: string, out: OrderOut, place: string): void {
    this.#full.add(place);
    this.#out.close(name);
    out.loop.trace?.over(name, "refused");
    const at = this.#ports.now();
    for (const work of out.works) out.loop.post({ type: "work-refused", work, at });
    this.#queue.add(out.loop);
    if (this.#out.isIdle) this.#retrySoon();
    this.#schedule();
  }

  #failOrder(name: string, failure: Failure, node?: NodeId): void {
    const out = this.#out.get(name);
    if (out === undefined) return;
    this.#out.close(name);
    out.loop.trace?.over(name, failure.message);
    const at = this.#ports.now();
    this.#log.warn({ order: name, failure }, "order failed");
    for (const work of out.works) {
      out.loop.failed({ work, node, failure, retry: false }, at);
    }
    this.wake(out.loop);
  }

  #finished(out: OrderOut, done: Done): void {
    const at = this.#ports.now();
    // What fails at once, and the measuring of a source, would make slow work look quick, and be dealt in heaps.
    const typical = done.items.filter(({ failure, chunk }) => !failure && chunk !== MEASURE).length;
    out.loop.ran(out.stage, done.node, done.items.length, done.calls, typical);
    const ms = out.loop.meanMs(out.stage);
    if (ms !== undefined) {
      this.#means.learn(out.loop.stageAt(out.stage), { ms, units: out.loop.unitsOf(out.stage) });
    }
    applyAnswer(out.loop, out.works, done, at);
  }

  close(): void {
    this.#stopRetry?.();
    this.#adopted?.close();
    this.#out.closeAll();
  }
}
