/**
 * A lane under way: jobs of one document that a client hands to free slots itself, many in one order.
 * Whatever does not come back as a result or as a fault of the job's own goes to a relay instead, under
 * the same id: that no slot is free, that a node leaves or falls silent, that a thread ends. Of a job
 * the first end counts. It never decides whether there is a lane.
 */
import { noResponders } from "../bus/answer.ts";
import type { Bus } from "../bus/bus.ts";
import { after } from "../host/after.ts";
import type { Clock } from "../host/clock.ts";
import { errorKinds, type Failure } from "../protocol/errors.ts";
import { fit } from "../protocol/fit.ts";
import type { LaneTerms } from "../protocol/lane-messages.ts";
import { clocks, limits } from "../protocol/limits.ts";
import { type Done, doneSchema, type Order, type TableRef } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import { type LaneJob, settleFailed, settleWith } from "./lane-job.ts";

/** An order is filled up to about this much work, in milliseconds. */
const orderMs = 20;
/** Inputs of one order, in bytes. */
const inputBytesMax = 4 * limits.inlineBytesMax;
/** Fewer jobs than this are not worth another order. */
const shareMin = 8;

interface Out {
  readonly id: string;
  readonly jobs: readonly LaneJob[];
  readonly close: () => void;
}

export interface LanePorts {
  readonly bus: Bus;
  readonly clock: Clock;
  /** No slot was free, or one fell silent: the lane had better rest for a while. */
  readonly rest: (ms: number) => void;
}

/** After a refusal the next jobs go to a relay for this long, in milliseconds. */
const restMs = 50;
/** A slot that falls silent may be one of many on a node that is gone. */
const silentRestMs = 10_000;

export class Lane {
  terms: LaneTerms;
  readonly #ports: LanePorts;
  readonly #name: string;
  readonly #out = new Map<string, Out>();
  #waiting: LaneJob[] = [];
  #next = 0;
  #dealing = false;

  constructor(terms: LaneTerms, name: string, ports: LanePorts) {
    this.terms = terms;
    this.#name = name;
    this.#ports = ports;
  }

  run(job: LaneJob): void {
    this.#waiting.push(job);
    if (this.#dealing) return;
    this.#dealing = true;
    // Whoever waits for many results hands in as many new jobs in one turn.
    this.#ports.bus.atEndOfTurn(() => {
      this.#dealing = false;
      this.#deal();
    });
  }

  #deal(): void {
    const { slots, meanMs } = this.terms;
    while (this.#waiting.length > 0 && this.#out.size < 2 * slots) {
      const share = Math.max(shareMin, Math.ceil(this.#waiting.length / (2 * slots)));
      const most = Math.min(limits.batchMax, Math.ceil(orderMs / Math.max(meanMs, 0.01)));
      const jobs = this.#waiting.splice(0, fitting(this.#waiting, Math.min(share, most)));
      this.#send(jobs, this.#out.size < slots ? "work" : "workAhead");
    }
  }

  #send(jobs: readonly LaneJob[], route: "work" | "workAhead"): void {
    const { bus, clock } = this.#ports;
    const id = `${this.#name}-${(this.#next++).toString(36)}`;
    const reply = bus.openReply((answer, failure) => this.#answered(id, route, answer, failure));
    const stop = after(clock, clocks.laneAnswerMs, () => this.#giveUp(id));
    const close = () => {
      stop();
      reply.close();
    };
    this.#out.set(id, { id, jobs, close });
    try {
      bus.publish(routes[route], { pool: this.terms.pool }, orderOf(id, jobs, this.terms), {
        reply: reply.subject,
      });
    } catch {
      // Too many small tables for one message, or the connection is closing: a relay says it better.
      this.#hand(this.#take(id)?.jobs ?? []);
    }
  }

  #take(id: string): Out | undefined {
    const out = this.#out.get(id);
    this.#out.delete(id);
    out?.close();
    return out;
  }

  #giveUp(id: string): void {
    this.#ports.rest(silentRestMs);
    this.#hand(this.#take(id)?.jobs ?? []);
    this.#deal();
  }

  /** A relay gets what is not settled. */
  #hand(jobs: readonly LaneJob[]): void {
    for (const job of jobs) if (job.log.done === undefined) handOver(job);
  }

  #answered(
    id: string,
    route: "work" | "workAhead",
    answer: unknown,
    failure: Failure | undefined,
  ): void {
    const out = this.#take(id);
    if (out === undefined) return;
    if (failure === noResponders) return this.#refused(out, route);
    const done = failure === undefined ? fit(doneSchema, answer) : undefined;
    if (!done?.success || done.data.refused !== undefined) this.#hand(out.jobs);
    else this.#settle(out, done.data);
    this.#deal();
  }

  /** Other slots are about to be free, or an answer will tell of one that is; else it is a relay's turn. */
  #refused({ jobs }: Out, route: "work" | "workAhead"): void {
    if (route === "work") return this.#send(jobs, "workAhead");
    this.#waiting = [...jobs, ...this.#waiting];
    if (this.#out.size > 0) return;
    this.#ports.rest(restMs);
    this.#hand(this.#waiting.splice(0));
  }

  #settle({ id, jobs }: Out, done: Done): void {
    const at = this.#ports.clock.now();
    const items = new Map(done.items.map((item) => [item.chunk, item]));
    const inBlocks = new Set<TableRef>(done.tables.filter((table) => "block" in table));
    let readers = 0;
    const consumed = () => {
      if (--readers === 0) this.#release(id, done.tables);
    };
    for (const [place, job] of jobs.entries()) {
      if (job.log.done !== undefined) continue;
      const item = items.get(place);
      const table = item?.output && done.tables[item.output[0]];
      if (item?.failure !== undefined && isFinal(item.failure as Failure, item.retry)) {
        settleFailed(job, this.terms, item, done.node, at);
      } else if (item?.output === undefined || table === undefined) handOver(job);
      else {
        if (inBlocks.has(table)) {
          readers++;
          job.inBlock(consumed);
        }
        settleWith(job, this.terms, { item, table, output: item.output, node: done.node, at });
      }
    }
    if (inBlocks.size > 0 && readers === 0) this.#release(id, done.tables);
  }

  #release(job: string, tables: readonly TableRef[]): void {
    const holders = new Set(tables.flatMap((table) => ("block" in table ? [table.holder] : [])));
    for (const holder of holders) {
      this.#ports.bus.publish(routes.blockRelease, { holder }, { job });
    }
  }

  /** Ends what runs of a job; the others that went out with it come back and go to a relay. */
  cancel(job: LaneJob, graceMs: number | undefined): void {
    this.#waiting = this.#waiting.filter((other) => other !== job);
    for (const { id, jobs } of this.#out.values()) if (jobs.includes(job)) this.#end(id, graceMs);
  }

  #end(id: string, graceMs: number | undefined): void {
    const { bus } = this.#ports;
    const why = { by: bus.id, reason: "its client ends it" };
    const cancel = { id, ...why, ...(graceMs !== undefined && { graceMs }) };
    bus.publish(routes.jobCancel, { job: id }, cancel);
  }

  /** Ends all that runs; what waits is forgotten. */
  close(): void {
    this.#waiting = [];
    for (const { id } of [...this.#out.values()]) {
      this.#end(id, 0);
      this.#take(id);
    }
  }
}

function handOver({ over, relay }: LaneJob): void {
  over();
  relay();
}

/** How many of the first jobs fit into one message with their inputs; at least one. */
function fitting(jobs: readonly LaneJob[], most: number): number {
  let bytes = 0;
  for (let count = 0; count < most; count++) {
    const input = jobs[count]?.input;
    bytes += input !== undefined && "bytes" in input ? input.bytes : 0;
    if (bytes > inputBytesMax && count > 0) return count;
  }
  return most;
}

/** What the job itself got wrong, and what its task does not want to try again. */
function isFinal({ code }: Failure, retry = false): boolean {
  const { kind } = errorKinds[code];
  if (code === "RTL_JOB_CANCELLED") return false;
  return kind === "user" || (kind === "task" && !retry);
}

function orderOf(id: string, jobs: readonly LaneJob[], terms: LaneTerms): Order {
  const tables: TableRef[] = [];
  return {
    v: 1,
    order: id,
    job: id,
    stage: 0,
    name: terms.name,
    calls: terms.calls.map(({ task, params }) => ({ task, params, part: "run" })),
    measure: false,
    runMs: terms.runMs,
    term: 0,
    keep: false,
    leaseMs: 0,
    apart: false,
    near: false,
    items: jobs.map((job, chunk) => {
      const { id: own, input } = job;
      const place = tables.indexOf(input);
      const at = place < 0 ? tables.push(input) - 1 : place;
      return { chunk, attempt: 1, job: own, inputs: [[[at, 0, input.rows]]] };
    }),
    tables,
  };
}
