/**
 * What a client sees of a system without changing it: jobs, tasks, nodes, plans, and what the store holds.
 */
import type { Bus } from "../bus/bus.ts";
import type { BucketName } from "../cache/bounds.ts";
import { Cache } from "../cache/cache.ts";
import { type BucketStats, storeStats, Values } from "../cache/values.ts";
import { checkedToken } from "../protocol/ids.ts";
import type { JobStateName, JobSummary, TaskDescription } from "../protocol/messages.ts";
import type { NodeListReply } from "../protocol/node-messages.ts";
import type { PlanReply } from "../protocol/plan-messages.ts";
import { routes } from "../protocol/routes.ts";
import { checkedDocument } from "./checked-document.ts";
import type { TimedReport } from "./options.ts";
import type { Questions } from "./questions.ts";

export class SystemView {
  readonly #bus: Bus;
  readonly #questions: Questions;
  #cache: Promise<Cache> | undefined;

  constructor(bus: Bus, questions: Questions) {
    this.#bus = bus;
    this.#questions = questions;
  }

  /** JetStream's side of the system, opened when it is first needed; a failure is not kept. */
  async cache(): Promise<Cache> {
    this.#cache ??= Cache.open(this.#bus).catch((error: unknown) => {
      this.#cache = undefined;
      throw error;
    });
    return this.#cache;
  }

  /**
   * What the stages of a job did, in the order in which they were complete, with when that was; of a job that
   * is over for long all at the time of its end. RTL_JOB_UNKNOWN without it.
   */
  async reports(job: string): Promise<TimedReport[]> {
    const cache = await this.cache();
    const reports: TimedReport[] = [];
    for await (const event of cache.pastEvents(checkedToken(job, "job"))) {
      if (event.type === "stage.completed")
        reports.push({ time: event.time, report: event.report });
    }
    if (reports.length > 0) return reports;
    const record = (await cache.getJob(job))?.value;
    const time = new Date(record?.settledAt ?? 0).toISOString();
    return (record?.reports ?? []).map((report) => ({ time, report }));
  }

  /** The values of a bucket of the cache, to look after them. */
  values(bucket: BucketName = "schemas"): Values {
    return new Values(this.#bus, bucket);
  }

  /** How full the parts of the store are. */
  async storeStats(): Promise<BucketStats[]> {
    return storeStats(this.#bus);
  }

  /** What a document would come to if it were submitted now; throws what submitting it throws. */
  async plan(document: string | object, inputRows = 1): Promise<PlanReply> {
    const { spec } = checkedDocument(document);
    return this.#questions.ask(routes.jobPlan, { spec, inputRows });
  }

  async jobs(filter: { state?: JobStateName; limit?: number } = {}): Promise<JobSummary[]> {
    return (await this.#questions.ask(routes.jobList, filter)).jobs;
  }

  async tasks(): Promise<(TaskDescription & { nodes: string[] })[]> {
    return (await this.#questions.ask(routes.taskList, {})).tasks;
  }

  async nodes(): Promise<NodeListReply> {
    return this.#questions.ask(routes.nodeList, {});
  }
}
