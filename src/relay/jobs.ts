/**
 * The jobs that a relay owns, from their submit to their last event. Everything about one job
 * happens in its loop; here is what the loops share: taking in, cancelling, and the passing of time.
 */
import type { BlockStore } from "../blocks/blocks.ts";
import type { Bus, MessageInfo } from "../bus/bus.ts";
import type { Outcome } from "../flow/command.ts";
import type { Plan } from "../flow/plan.ts";
import type { Clock } from "../host/clock.ts";
import { type Failure, RtlError } from "../protocol/errors.ts";
import type { JobId, Millis, NodeId } from "../protocol/ids.ts";
import { clocks, limits } from "../protocol/limits.ts";
import type { Cancel, JobSummary, JobWireEvent, Submit, TableRef } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import { isTable, type Table } from "../table/table.ts";
import type { Catalog } from "./catalog.ts";
import { closeRecord, conclude, type OwnedJob, type Stores } from "./conclude.ts";
import type { Dealer } from "./dealer.ts";
import { accept, enrol, noTasknode } from "./intake.ts";
import { JobLoop, type JobPorts } from "./job-loop.ts";
import { recordOf, summaryOf } from "./job-record.ts";
import { arrowRef } from "./json-tables.ts";

export interface JobSettings {
  readonly id: string;
  readonly leaseMs: number;
  readonly graceMs: number;
  /** Rows of a chunk where the document is silent; 0: chosen for the job. */
  readonly chunkRows: number;
}

/** Events are numbered from here for each relay that took a job over: no relay sends so many. */
const eventsPerRelayMax = 1_000_000_000;
/** Inputs from this size on are read from the relay instead of travelling in every order. */
const keptBytesMin = 16 * 1024;

export class Jobs {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #stores: Stores;
  readonly #blocks: BlockStore;
  readonly #catalog: Catalog;
  readonly #dealer: Dealer;
  readonly #settings: JobSettings;
  readonly #owned = new Map<string, OwnedJob>();
  readonly #clients = new Map<string, Millis>();
  /** Since when nobody could run a stage of a job. */
  readonly #unplaced = new Map<JobLoop, Millis>();

  constructor(
    bus: Bus,
    clock: Clock,
    stores: Stores,
    catalog: Catalog,
    dealer: Dealer,
    settings: JobSettings,
  ) {
    this.#bus = bus;
    this.#clock = clock;
    this.#stores = stores;
    this.#blocks = stores.blocks;
    this.#catalog = catalog;
    this.#dealer = dealer;
    this.#settings = settings;
  }

  get size(): number {
    return this.#owned.size;
  }

  get(id: string): OwnedJob | undefined {
    return this.#owned.get(id);
  }

  // --- taking in ----------------------------------------------------------------------------------

  async submit(submit: Submit, info: MessageInfo): Promise<void> {
    if (this.#owned.size >= limits.jobsPerRelayMax) {
      throw new RtlError("RTL_LIMIT_EXCEEDED", `this relay has ${this.#owned.size} jobs already`, {
        fix: "wait for some to settle, or start another relay",
      });
    }
    if (submit.mode === "ephemeral" && this.#owned.has(submit.id)) {
      throw new RtlError("RTL_JOB_CONFLICT", `a job ${submit.id} is running`, {
        at: { job: submit.id },
        fix: "choose another id, or leave it out to get a new one",
      });
    }
    const document = submit.spec ?? (await this.#stores.cache.getSchema(submit.id));
    const at = this.#clock.now();
    const accepted = accept(submit, document, this.#catalog, this.#settings, at);
    const kept = this.#keep(submit, accepted.input);
    const input = kept instanceof Promise ? await kept : kept;
    let record: OwnedJob["record"];
    if (submit.mode === "durable") {
      const value = recordOf(submit, accepted.spec, input, info.encoding, this.#settings.id, at);
      const enrolled = await enrol(this.#stores.cache, value);
      const created = "revision" in enrolled;
      if (info.reply !== undefined) {
        this.#bus.respond(info.reply, { id: submit.id, created }, info.encoding);
      }
      if (!created) {
        // Only what this submit brought: under the same id lies what the job itself still needs.
        if ("block" in input) this.#release(input.holder, submit.id as JobId, [input.block]);
        return;
      }
      record = { value, revision: enrolled.revision };
    }
    this.#begin(submit, { plan: accepted.plan, input }, record, info, at);
  }

  #begin(
    submit: Submit,
    { plan, input }: { readonly plan: Plan; readonly input: TableRef },
    record: OwnedJob["record"],
    { reply, encoding }: Pick<MessageInfo, "reply" | "encoding">,
    at: Millis,
  ): void {
    const ports = this.#portsOf(submit, { reply, encoding });
    const ephemeral = submit.mode === "ephemeral";
    const after = (record?.value.takeovers ?? 0) * eventsPerRelayMax;
    const loop = new JobLoop(
      plan,
      input,
      { submitter: submit.client, ephemeral, after },
      ports,
      at,
    );
    const job = { loop, submit, encoding, record, announced: false };
    this.#owned.set(submit.id, job);
    if (ephemeral) this.#clients.set(submit.client, at);
    else this.#announce(job, at);
    this.#dealer.wake(loop);
  }

  /**
   * Begins a job anew whose relay is gone, under the record that is now ours. Throws what planning
   * throws.
   */
  resume(record: NonNullable<OwnedJob["record"]>): void {
    const { value } = record;
    const { id, client, group, origin, encoding } = value;
    const rest = { ...(group && { group }), ...(origin && { origin }) };
    const given = value.input && { input: value.input };
    const submit: Submit = { v: 1, id, mode: "durable", client, ...given, ...rest };
    const at = this.#clock.now();
    const { plan, input } = accept(submit, value.spec, this.#catalog, this.#settings, at);
    if (isTable(input)) throw new Error("a record holds no JSON tables");
    this.#begin(submit, { plan, input }, record, { reply: undefined, encoding }, at);
  }

  /** Ends a job of ours that could not even begin, as one that failed. */
  async abandon(record: NonNullable<OwnedJob["record"]>, failure: Failure): Promise<void> {
    const { value } = record;
    const at = this.#clock.now();
    const done = {
      type: "job.done" as const,
      state: "failed" as const,
      ms: at - value.submittedAt,
      failure: failure as never,
      stages: [],
      counts: { attempts: 0, retries: 0, late: 0 },
    };
    if (!(await closeRecord(this.#stores.cache, record, done, at))) return;
    const { id: job, encoding } = value;
    const seq = value.takeovers * eventsPerRelayMax + 1;
    const event = { v: 1 as const, seq, time: new Date(at).toISOString(), job, ...done };
    this.#bus.publish(routes.jobEvent, { job }, event, { encoding });
  }

  /**
   * The input of a durable job must outlive its submitter, so a relay keeps it where it is too large
   * to travel inside every message; so it does with what many chunks will read.
   */
  #keep(submit: Submit, given: TableRef | Table): TableRef | Promise<TableRef> {
    const input = isTable(given) ? arrowRef(given, submit.id, this.#blocks) : given;
    if (submit.input === undefined || "json" in input) return input;
    const { rows } = input;
    if ("inline" in input) {
      if (input.bytes < keptBytesMin) return input;
      const bytes = new Uint8Array(new SharedArrayBuffer(input.bytes));
      bytes.set(input.inline);
      return { rows, ...this.#blocks.put(submit.id, bytes) };
    }
    if (submit.mode === "ephemeral" || input.holder === this.#blocks.holder) return input;
    return this.#blocks
      .read(input)
      .then((bytes) => ({ rows, ...this.#blocks.put(submit.id, bytes) }));
  }

  #portsOf(submit: Submit, info: Pick<MessageInfo, "reply" | "encoding">): JobPorts {
    return {
      publish: (event) => this.#publish(submit, info, event),
      revoke: (job, reason, graceMs) => {
        const cancel = { id: job, by: this.#settings.id, reason, graceMs };
        this.#bus.publish(routes.jobCancel, { job }, cancel);
      },
      keep: (job, bytes) => ({ rows: 0, ...this.#blocks.put(job, bytes) }),
      letGo: (job, table) => {
        if ("holder" in table) this.#release(table.holder, job, [table.block]);
      },
      settled: (loop, outcome) => this.#settled(loop, outcome),
    };
  }

  #release(holder: string, job: JobId, keys: string[]): void {
    if (holder === this.#blocks.holder) this.#blocks.release(job, keys);
    else this.#bus.publish(routes.blockRelease, { holder }, { job, keys });
  }

  /** To the job's own subject or, if it is ephemeral, to whoever submitted it. */
  #publish(
    submit: Submit,
    { reply, encoding }: Pick<MessageInfo, "reply" | "encoding">,
    event: JobWireEvent,
  ): void {
    try {
      if (submit.mode === "durable") {
        this.#bus.publish(routes.jobEvent, { job: submit.id }, event, { encoding });
      } else if (reply !== undefined) this.#bus.respond(reply, event, encoding);
      if (event.type === "job.done" && submit.group !== undefined) {
        this.#bus.publish(routes.groupResult, { group: submit.group }, event, { encoding });
      }
    } catch (error) {
      this.#stores.log.error({ error, job: submit.id, type: event.type }, "event not sent");
    }
  }

  /** An ephemeral job is announced only when it lives on: most of them are over before. */
  #announce(job: OwnedJob, at: Millis): void {
    job.announced = true;
    const { loop, record } = job;
    const name = record?.value.name;
    const stages = loop.plan.origins.slice();
    const relay = this.#settings.id;
    const body = { type: "job.accepted" as const, ...(name !== undefined && { name }) };
    loop.feed.send({ ...body, relay, stages }, at);
  }

  // --- ending ---------------------------------------------------------------------------------------

  #settled(loop: JobLoop, outcome: Outcome): void {
    const job = this.#owned.get(loop.job);
    this.#owned.delete(loop.job);
    this.#unplaced.delete(loop);
    this.#dealer.forget(loop);
    if (job === undefined) return;
    const at = this.#clock.now();
    const log = this.#stores.log.child({ job: loop.job });
    conclude(job, outcome, this.#stores, at).then(
      (done) => {
        // Whoever took the job over meanwhile tells of its end.
        if (done === undefined) return;
        loop.feed.send(done, at);
        log.info({ state: done.state, ms: done.ms, ...loop.counts }, "job settled");
      },
      (error) => log.error({ error }, "job could not be concluded"),
    );
  }

  /**
   * Ends a job of ours. Those that were submitted on its behalf end with it, also where another
   * relay owns it: every relay hears of each cancellation.
   */
  cancel(cancel: Cancel): void {
    // Our own revocation comes back on the same subject.
    if (cancel.by !== this.#settings.id) {
      this.#owned.get(cancel.id)?.loop.post({
        type: "cancel-requested",
        by: cancel.by,
        reason: cancel.reason,
        graceMs: (cancel.graceMs ?? this.#settings.graceMs) as Millis,
        at: this.#clock.now(),
      });
    }
    for (const [id, { submit, loop }] of this.#owned) {
      // Those that end already are left alone: two jobs may name each other.
      if (submit.origin === cancel.id && loop.state.phase !== "cancelling") {
        this.cancel({ ...cancel, id, by: `job ${cancel.id}` });
      }
    }
  }

  // --- asking ---------------------------------------------------------------------------------------

  /** RTL_JOB_UNKNOWN when neither we nor the cache know it. */
  async summary(id: string): Promise<JobSummary> {
    const job = this.#owned.get(id);
    if (job !== undefined && job.record === undefined) {
      const { submit, loop } = job;
      const { client } = submit;
      const relay = this.#settings.id;
      return this.live({ id, state: "running", client, relay, submittedAt: loop.startedAt });
    }
    const record = job?.record?.value ?? (await this.#stores.cache.getJob(id))?.value;
    if (record !== undefined) return this.live(summaryOf(record));
    throw new RtlError("RTL_JOB_UNKNOWN", `no job ${id}`, {
      at: { job: id },
      fix: "list the jobs with: rtl job ls",
    });
  }

  /** A summary with what only the owner knows. */
  live(summary: JobSummary): JobSummary {
    const loop = this.#owned.get(summary.id)?.loop;
    if (loop === undefined) return summary;
    const cancelling = loop.state.phase === "cancelling";
    return { ...summary, state: cancelling ? "cancelling" : "running", stages: loop.feed.latest };
  }

  // --- the passing of time ------------------------------------------------------------------------

  /** Only of a client with ephemeral jobs does it matter whether it lives. */
  heardClient(client: string): void {
    if (this.#clients.has(client)) this.#clients.set(client, this.#clock.now());
  }

  tick(at: Millis): void {
    for (const job of this.#owned.values()) {
      const { loop, submit } = job;
      loop.post({ type: "clock-ticked", at });
      if (loop.over) continue;
      if (!job.announced) this.#announce(job, at);
      loop.feed.tick(at);
      this.#checkPlacement(loop, at);
      if (loop.ephemeral) this.#checkClient(loop, submit.client, at);
      this.#dealer.wake(loop);
    }
  }

  /** A stage that nobody can run does not wait for ever. */
  #checkPlacement(loop: JobLoop, at: Millis): void {
    const stage = loop.readyStages(at).find((index) => this.#dealer.hasNoPool(loop.stageAt(index)));
    if (stage === undefined) return void this.#unplaced.delete(loop);
    const since = this.#unplaced.get(loop) ?? at;
    this.#unplaced.set(loop, since);
    if (at - since < clocks.queueWaitMs) return;
    const failure = { ...noTasknode().toFailure(), at: { stage: loop.stageAt(stage).name } };
    loop.post({ type: "stage-unplaceable", stage, failure, at });
  }

  #checkClient(loop: JobLoop, client: string, at: Millis): void {
    const heardAt = this.#clients.get(client) ?? loop.startedAt;
    // Clients beat at their own pace, whatever the lease of this system is.
    if (at - heardAt < Math.max(this.#settings.leaseMs, clocks.leaseMs)) return;
    const by = `relay ${this.#settings.id}`;
    this.cancel({ id: loop.job, by, reason: "its client fell silent", graceMs: 0 });
  }

  forgetClients(before: Millis): void {
    for (const [client, at] of this.#clients) if (at < before) this.#clients.delete(client);
  }

  nodeLost(node: NodeId, at: Millis): void {
    for (const { loop } of this.#owned.values()) {
      for (const held of loop.outputs.heldBy(node)) loop.post({ type: "block-lost", ...held, at });
      loop.post({ type: "node-lost", node, at });
      this.#dealer.wake(loop);
    }
  }
}
