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
import type { Log } from "../host/log.ts";
import { type Failure, toFailure } from "../protocol/errors.ts";
import type { Millis, NodeId, Pool, StageIndex, Work } from "../protocol/ids.ts";
import { type Done, doneSchema, type Order, type TableRef } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import { applyAnswer } from "./apply-answer.ts";
import { batchOf } from "./batch.ts";
import type { Catalog, PoolState } from "./catalog.ts";
import type { Assignment, JobLoop } from "./job-loop.ts";
import { orderOf } from "./order-of.ts";
import { Queue } from "./queue.ts";
import type { HeldOrder } from "./recall.ts";

/** Tasks at least this long, in milliseconds, are worth waiting for a slot that is really free. */
const aheadBelowMs = 50;
/** Jobs without a free slot that are passed over in one deal before it ends. */
const stuckMax = 64;
/** Pause after which slots that another relay filled are tried again. */
const retryMs = 5;
/** What has run so long without ending its node holds up no other suspect. */
const suspectAloneMs = 10_000;

interface Outstanding {
  readonly loop: JobLoop;
  readonly stage: StageIndex;
  readonly works: readonly Work[];
  readonly pool: Pool;
  readonly close: () => void;
  /** Since when it is out alone among those that were lost with their nodes more than once. */
  readonly apartSince: Millis | undefined;
  /** Whose beats named it, and when it was last heard of. */
  node: NodeId | undefined;
  heardAt: Millis;
  /** False once it is given up: it takes up no slot any more, but may still be answered late. */
  counts: boolean;
}

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
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #perPool = new Map<Pool, number>();
  /** Pools whose slots the server reported taken, until something changes there. */
  readonly #full = new Set<string>();
  /** Mean time of work by its tasks, over all jobs: what to expect of a job not yet measured. */
  readonly #means = new Map<string, number>();
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
    this.#schedule();
  }

  forget(loop: JobLoop): void {
    this.#queue.remove(loop);
  }

  /** Nobody here waits for answers to orders of this job any more. */
  abandon(loop: JobLoop): void {
    this.forget(loop);
    for (const [name, out] of this.#outstanding) if (out.loop === loop) this.#close(name, out);
  }

  /** Slots of a pool may have come free. */
  refresh(): void {
    this.#full.clear();
    this.#schedule();
  }

  /** Where orders of other relays are answered once their jobs are ours. */
  get answerTo(): string {
    this.#adopted ??= this.#bus.openReply((answer, failure) => {
      const done = doneSchema.safeParse(answer);
      if (done.success) this.#answered(done.data.order, "", answer, failure);
    });
    return this.#adopted.subject;
  }

  /** An order of another relay that a node has in hand: its answer comes to us. */
  adopt(loop: JobLoop, { name, stage, works, node }: HeldOrder): void {
    const [pool] = this.poolsFor(loop.stageAt(stage));
    if (pool === undefined || this.#outstanding.has(name)) return;
    this.#enter(name, {
      loop,
      stage,
      works,
      pool: pool.pool,
      close: () => undefined,
      node,
      apartSince: undefined,
    });
  }

  #enter(name: string, order: Omit<Outstanding, "heardAt" | "counts">): void {
    this.#outstanding.set(name, { ...order, heardAt: this.#ports.now(), counts: true });
    this.#perPool.set(order.pool, (this.#perPool.get(order.pool) ?? 0) + 1);
  }

  /** Orders that a node says it holds: their leases begin anew. */
  renew(orders: readonly string[], node: NodeId, at: Millis): void {
    for (const name of orders) {
      const order = this.#outstanding.get(name);
      if (order === undefined) continue;
      order.node = node;
      order.heardAt = at;
      for (const work of order.works) order.loop.post({ type: "work-renewed", work, node, at });
    }
  }

  /** Orders of a lost node, and all that nobody spoke of since `since`, take up no slot any more. */
  giveUp(since: Millis, lost?: NodeId): void {
    for (const [name, out] of this.#outstanding) {
      if (out.heardAt >= since && (lost === undefined || out.node !== lost)) continue;
      this.#release(out);
      if (out.loop.over) this.#close(name, out);
    }
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
    if (stuck.size > 0 && this.#isIdle()) this.#retrySoon();
  }

  /** True when no answer is to come that could tell of a free slot. */
  #isIdle(): boolean {
    for (const orders of this.#perPool.values()) if (orders > 0) return false;
    return true;
  }

  /** False when every pool has all it may have, which is the usual end of a deal. */
  #hasRoom(): boolean {
    for (const pool of this.#catalog.pools.values()) {
      if ((this.#perPool.get(pool.pool) ?? 0) < 2 * pool.slots) return true;
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
      const mean = loop.meanMs(stage);
      const expected = mean ?? this.#means.get(tasksOf(about));
      for (const pool of this.poolsFor(about)) {
        const route = this.#routeWithRoom(pool, about, expected);
        if (route === undefined) continue;
        const count = batchOf(loop, stage, pool, mean, at);
        const assigned = loop.take(stage, count, at);
        if (assigned.length === 0) continue;
        if (assigned[0]?.apart && this.#suspectIsOut(at)) {
          for (const { work } of assigned) loop.post({ type: "work-refused", work, at });
          return false;
        }
        this.#send(loop, about, pool, route, assigned);
        return true;
      }
    }
    return false;
  }

  /**
   * Two suspects are never out at once: else what was lost beside work that takes its nodes along would
   * be lost beside it again, and be blamed with it.
   */
  #suspectIsOut(at: Millis): boolean {
    for (const { apartSince, counts } of this.#outstanding.values()) {
      if (counts && apartSince !== undefined && at - apartSince < suspectAloneMs) return true;
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
    return this.#means.get(tasksOf(stage));
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
    const out = this.#perPool.get(pool.pool) ?? 0;
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
    route: "work" | "workAhead" | "nodeWork",
    assigned: readonly Assignment[],
  ): void {
    const name = this.#nameOf(this.#next++);
    const order = orderOf(loop, stage, name, assigned);
    const node = stage.where?.node ?? "";
    const place = `${route} ${node || pool.pool}`;
    const reply = this.#bus.openReply((answer, failure) =>
      this.#answered(name, place, answer, failure),
    );
    const works = assigned.map(({ work }) => work);
    const about = { loop, stage: stage.index, works, pool: pool.pool };
    const apartSince = order.apart ? this.#ports.now() : undefined;
    this.#enter(name, { ...about, close: reply.close, node: undefined, apartSince });
    const publish = (ready: Order) =>
      this.#bus.publish(routes[route], { pool: pool.pool, node }, ready, {
        reply: reply.subject,
        encoding: pool.encoding,
      });
    const fail = (error: unknown) => this.#failOrder(name, toFailure(error, "RTL_INTERNAL"));
    try {
      if (pool.encoding === "json") this.#ports.toJson(order).then(publish).catch(fail);
      else publish(order);
    } catch (error) {
      fail(error);
    }
  }

  #answered(name: string, place: string, answer: unknown, failure: Failure | undefined): void {
    const out = this.#outstanding.get(name);
    if (out === undefined) return;
    // What a node was at may be done before all have said what they have.
    if (out.loop.gathering) {
      out.loop.whenFound(() => this.#answered(name, place, answer, failure));
      return;
    }
    if (failure === noResponders) return this.#refused(name, out, place);
    if (failure !== undefined) return this.#failOrder(name, failure);
    const done = doneSchema.safeParse(answer);
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
    this.#close(name, out);
    this.#finished(out, { ...done.data, tables });
    this.wake(out.loop);
  }

  #close(name: string, out: Outstanding): void {
    out.close();
    this.#outstanding.delete(name);
    this.#release(out);
  }

  #release(out: Outstanding): void {
    if (!out.counts) return;
    out.counts = false;
    this.#perPool.set(out.pool, Math.max(0, (this.#perPool.get(out.pool) ?? 1) - 1));
  }

  #refused(name: string, out: Outstanding, place: string): void {
    this.#full.add(place);
    this.#close(name, out);
    const at = this.#ports.now();
    for (const work of out.works) out.loop.post({ type: "work-refused", work, at });
    this.#queue.add(out.loop);
    if (this.#isIdle()) this.#retrySoon();
    this.#schedule();
  }

  #failOrder(name: string, failure: Failure, node?: NodeId): void {
    const out = this.#outstanding.get(name);
    if (out === undefined) return;
    this.#close(name, out);
    const at = this.#ports.now();
    this.#log.warn({ order: name, failure }, "order failed");
    for (const work of out.works) {
      out.loop.failed({ work, node, failure, retry: false }, at);
    }
    this.wake(out.loop);
  }

  #finished(out: Outstanding, done: Done): void {
    const at = this.#ports.now();
    const failed = done.items.filter(({ failure }) => failure !== undefined).length;
    out.loop.ran(out.stage, done.node, done.items.length, done.calls, failed);
    const mean = out.loop.meanMs(out.stage);
    if (mean !== undefined) this.#means.set(tasksOf(out.loop.stageAt(out.stage)), mean);
    applyAnswer(out.loop, out.works, done, at);
  }

  close(): void {
    this.#stopRetry?.();
    for (const out of this.#outstanding.values()) out.close();
    this.#adopted?.close();
    this.#outstanding.clear();
  }
}

const tasksOf = (stage: Stage): string => stage.calls.map((call) => call.task).join(" ");
