/**
 * Going on with a job that was another relay's: it is planned again, as it was planned then, and what
 * nodes still have of it is found, so that nothing is done twice that is done.
 */
import type { Bus } from "../bus/bus.ts";
import type { Plan } from "../flow/plan.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { Millis } from "../protocol/ids.ts";
import type { Submit } from "../protocol/messages.ts";
import type { JobRecord } from "../protocol/records.ts";
import { routes } from "../protocol/routes.ts";
import type { Catalog } from "./catalog.ts";
import type { Dealer } from "./dealer.ts";
import { accept } from "./intake.ts";
import type { JobLoop } from "./job-loop.ts";
import { planDigest } from "./job-record.ts";
import { type HeldOrder, recall } from "./recall.ts";

/** A job of another relay, planned here. */
export interface PreparedJob {
  readonly submit: Submit;
  readonly plan: Plan;
  /** Whether the plan is the one by which it was begun. */
  readonly same: boolean;
}

/** Throws what planning throws. */
export function prepareJob(
  record: JobRecord,
  catalog: Catalog,
  settings: { readonly leaseMs: number; readonly chunkRows: number },
): PreparedJob {
  const { id, client, group, origin, input, planned, submittedAt } = record;
  const rest = { ...(group && { group }), ...(origin && { origin }), ...(input && { input }) };
  const submit: Submit = { v: 1, id, mode: "durable", client, ...rest };
  const then = { ...settings, ...(planned && { slots: planned.slots }) };
  const { plan } = accept(submit, record.spec, catalog, then, submittedAt as Millis);
  return { submit, plan, same: planned?.digest === planDigest(plan) };
}

export interface FindPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly dealer: Dealer;
  /** The nodes that beat. */
  readonly nodes: readonly string[];
}

/** Lets the job go on with what nodes have of it; anew, where its plan has become another. */
export async function findWork(loop: JobLoop, same: boolean, ports: FindPorts): Promise<void> {
  const { bus, clock, log, dealer, nodes } = ports;
  const { job, term } = loop;
  if (!same) {
    log.warn({ job }, "the job's plan is another now: it begins anew");
    bus.publish(routes.jobForget, { job }, { id: job, term });
    loop.find([], [], clock.now());
    return dealer.wake(loop);
  }
  const held = (order: HeldOrder) => dealer.adopt(loop, order);
  const found = await recall(job, term, { bus, clock, nodes, answerTo: dealer.answerTo, held });
  if (loop.over) return;
  const { outputs, orders } = found;
  log.info({ job, outputs: outputs.length, orders: orders.length }, "job resumed");
  const works = orders.flatMap(({ works: some, node }) => some.map((work) => ({ work, node })));
  loop.find(outputs, works, clock.now());
  dealer.wake(loop);
}
