/**
 * A relay: takes jobs in, keeps a loop for each, deals their work and tells what became of them. Any
 * number of relays share one queue group; each owns the jobs that it took. It never runs a task and
 * never touches bulk bytes.
 */
import { BlockStore } from "../blocks/blocks.ts";
import type { Bus, MessageInfo, Subscription } from "../bus/bus.ts";
import type { Cache } from "../cache/cache.ts";
import type { Outcome } from "../flow/command.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { Encoding } from "../protocol/codec.ts";
import { RtlError } from "../protocol/errors.ts";
import type { JobId, Millis, NodeId } from "../protocol/ids.ts";
import type { JobSpec } from "../protocol/job-spec.ts";
import { clocks, limits } from "../protocol/limits.ts";
import type {
  Cancel,
  JobDone,
  JobRecord,
  JobSummary,
  JobWireEvent,
  RelayBeat,
  Result,
  Submit,
  TableRef,
} from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import { specDigest } from "../protocol/spec-digest.ts";
import { isTable } from "../table/table.ts";
import { Catalog } from "./catalog.ts";
import { Dealer } from "./dealer.ts";
import { type Accepted, accept, enrol, noTasknode } from "./intake.ts";
import { JobLoop, type JobPorts } from "./job-loop.ts";
import { arrowRef, asArrow, orderToJson, resultToJson } from "./json-tables.ts";
import { compact } from "./result.ts";

export interface RelaySettings {
  readonly id: string;
  readonly version: string;
  readonly leaseMs: number;
  readonly graceMs: number;
  /** Rows of a chunk where the document is silent; 0: chosen for the job. */
  readonly chunkRows: number;
  readonly resultKeptMs: number;
}

interface Running {
  readonly loop: JobLoop;
  readonly submit: Submit;
  /** The submit's: events go out in it, so that who speaks JSON understands them. */
  readonly encoding: Encoding;
  readonly input: TableRef;
  /** Absent for ephemeral jobs. */
  readonly record: { value: JobRecord; revision: number } | undefined;
  readonly notify: (event: JobWireEvent) => void;
}

/** How long a new relay waits for the nodes to say what they offer. */
const discoverMs = 150;
const tickMs = 100;

export class Relay {
  readonly #bus: Bus;
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #settings: RelaySettings;
  readonly #catalog = new Catalog();
  readonly #blocks: BlockStore;
  readonly #dealer: Dealer;
  readonly #running = new Map<string, Running>();
  readonly #relays = new Map<string, { readonly beat: RelayBeat; readonly heardAt: Millis }>();
  readonly #clients = new Map<string, Millis>();
  readonly #unplaced = new Map<JobLoop, Millis>();
  readonly #subscriptions: Subscription[] = [];
  readonly #timers: (() => void)[] = [];
  readonly #startedAt: Millis;

  constructor(bus: Bus, cache: Cache, clock: Clock, log: Log, settings: RelaySettings) {
    this.#bus = bus;
    this.#cache = cache;
    this.#clock = clock;
    this.#log = log;
    this.#settings = settings;
    this.#startedAt = clock.now();
    this.#blocks = new BlockStore(bus, clock, { keptMs: settings.resultKeptMs });
    this.#dealer = new Dealer(bus, this.#catalog, log, {
      now: () => clock.now(),
      toJson: (order) => orderToJson(order, this.#blocks),
      fromJson: (table, job) => asArrow(table, job, this.#blocks),
    });
  }

  /** Learns what the nodes offer, then serves. */
  async start(): Promise<void> {
    const bus = this.#bus;
    this.#subscriptions.push(
      bus.subscribe(routes.nodeBeat, { node: "*" }, (beat) => {
        const at = this.#clock.now();
        if (this.#catalog.hear(beat, at)) bus.publish(routes.nodeDiscover, {}, {});
        if (beat.leaving) this.#nodesLost([beat.node as NodeId]);
        this.#dealer.renew(beat.held, beat.node as NodeId, at);
        this.#dealer.refresh();
      }),
      bus.subscribe(routes.relayBeat, { relay: "*" }, (beat) => {
        this.#relays.set(beat.relay, { beat, heardAt: this.#clock.now() });
      }),
      bus.subscribe(routes.clientBeat, { client: "*" }, ({ client }) => {
        this.#clients.set(client, this.#clock.now());
      }),
      bus.subscribe(routes.jobCancel, { job: "*" }, (cancel, { tokens }) => {
        this.#cancel({ ...cancel, id: tokens["job"] ?? cancel.id });
      }),
    );
    bus.publish(routes.nodeDiscover, {}, {});
    await bus.flush();
    await this.#discovered();
    this.#serve();
    this.#timers.push(
      this.#clock.every(tickMs, () => this.#tick()),
      this.#clock.every(clocks.beatMs, () => this.#beat()),
    );
    this.#beat();
    await bus.flush();
  }

  /** Waits until a node has told its tasks, or for as long as a running one would need for it. */
  async #discovered(): Promise<void> {
    await new Promise<void>((resolve) => {
      const began = this.#clock.now();
      const stop = this.#clock.every(10, () => {
        const waited = this.#clock.now() - began;
        if (this.#catalog.pools.size === 0 && waited < discoverMs) return;
        stop();
        resolve();
      });
    });
  }

  #serve(): void {
    const bus = this.#bus;
    const answer = (info: MessageInfo, message: unknown) => {
      if (info.reply !== undefined) bus.respond(info.reply, message, info.encoding);
    };
    this.#subscriptions.push(
      bus.subscribe(routes.jobSubmit, {}, (submit, info) => this.#submit(submit, info)),
      bus.subscribe(routes.jobCancelRequest, {}, async (cancel, info) => {
        answer(info, await this.#cancelRequest(cancel));
      }),
      bus.subscribe(routes.jobStatus, {}, async ({ id }, info) => {
        answer(info, await this.#summary(id));
      }),
      bus.subscribe(routes.jobList, {}, async ({ state, limit }, info) => {
        const jobs: JobSummary[] = [];
        for await (const record of this.#cache.jobs()) jobs.push(this.#live(summaryOf(record)));
        const wanted = jobs.filter((job) => state === undefined || job.state === state);
        wanted.sort((a, b) => b.submittedAt - a.submittedAt);
        answer(info, { jobs: wanted.slice(0, limit) });
      }),
      bus.subscribe(routes.jobResult, {}, async ({ id }, info) => {
        const { state } = await this.#summary(id);
        const result = await this.#cache.getResult(id);
        if (result === undefined) throw noResult(id, state);
        const json = info.encoding === "json";
        answer(info, { state, result: json ? await resultToJson(result, this.#blocks) : result });
      }),
      bus.subscribe(routes.taskList, {}, (_, info) =>
        answer(info, { tasks: this.#catalog.list() }),
      ),
      bus.subscribe(routes.nodeList, {}, (_, info) =>
        answer(info, {
          nodes: this.#catalog.nodes,
          relays: [...this.#relays.values()].map(({ beat }) => beat),
        }),
      ),
    );
  }

  // --- taking jobs in -----------------------------------------------------------------------------

  async #submit(submit: Submit, info: MessageInfo): Promise<void> {
    if (this.#running.size >= limits.jobsPerRelayMax) {
      throw new RtlError(
        "RTL_LIMIT_EXCEEDED",
        `this relay has ${this.#running.size} jobs already`,
        {
          fix: "wait for some to settle, or start another relay",
        },
      );
    }
    const document = submit.spec ?? (await this.#cache.getSchema(submit.id));
    const at = this.#clock.now();
    const accepted = accept(submit, document, this.#catalog, this.#settings, at);
    const ephemeral = submit.mode === "ephemeral";
    let record: Running["record"];
    if (!ephemeral) {
      const value = this.#recordOf(submit, accepted.spec, info.encoding, at);
      const enrolled = await enrol(this.#cache, value);
      if ("existing" in enrolled) {
        if (info.reply !== undefined) {
          this.#bus.respond(info.reply, { id: submit.id, created: false }, info.encoding);
        }
        return;
      }
      record = { value, revision: enrolled.revision };
      if (info.reply !== undefined) {
        this.#bus.respond(info.reply, { id: submit.id, created: true }, info.encoding);
      }
    }
    this.#begin(submit, accepted, record, info, at);
  }

  #recordOf(submit: Submit, spec: JobSpec, encoding: Encoding, at: Millis): JobRecord {
    const { labels, name } = spec;
    return {
      v: 1,
      id: submit.id,
      ...(name !== undefined && { name }),
      state: "running",
      client: submit.client,
      relay: this.#settings.id,
      submittedAt: at,
      ...(labels !== undefined && { labels: { ...labels } }),
      digest: specDigest(spec),
      spec,
      encoding,
      ...(submit.input !== undefined && { input: submit.input }),
    };
  }

  #begin(
    submit: Submit,
    { plan, spec, input: given }: Accepted,
    record: Running["record"],
    info: MessageInfo,
    at: Millis,
  ): void {
    const notify = this.#notifier(submit, info);
    const ports: JobPorts = {
      publish: notify,
      revoke: (job, reason, graceMs) => this.#revoke(job, reason, graceMs),
      letGo: (job, table) => {
        if ("holder" in table) this.#release(table.holder, job, [table.block]);
      },
      settled: (loop, outcome) => this.#settled(loop, outcome),
    };
    const about = { submitter: submit.client, ephemeral: submit.mode === "ephemeral" };
    const input = isTable(given) ? arrowRef(given, submit.id, this.#blocks) : given;
    const loop = new JobLoop(plan, input, about, ports, at);
    const { encoding } = info;
    this.#running.set(submit.id, { loop, submit, encoding, input, record, notify });
    if (about.ephemeral) this.#clients.set(submit.client, at);
    else {
      loop.feed.send(
        {
          type: "job.accepted",
          ...(spec.name !== undefined && { name: spec.name }),
          relay: this.#settings.id,
          stages: plan.origins.slice(),
        },
        at,
      );
    }
    this.#dealer.wake(loop);
  }

  /** Where a job's events go: to its own subject, or, if it is ephemeral, to whoever submitted it. */
  #notifier(submit: Submit, info: MessageInfo): (event: JobWireEvent) => void {
    const { reply, encoding } = info;
    return (event) => {
      try {
        if (submit.mode === "durable")
          this.#bus.publish(routes.jobEvent, { job: submit.id }, event, { encoding });
        else if (reply !== undefined) this.#bus.respond(reply, event, encoding);
        if (event.type === "job.done" && submit.group !== undefined) {
          this.#bus.publish(routes.groupResult, { group: submit.group }, event, { encoding });
        }
      } catch (error) {
        this.#log.error({ error, job: submit.id, type: event.type }, "event not sent");
      }
    };
  }

  // --- ending jobs -----------------------------------------------------------------------------------

  #revoke(job: JobId, reason: string, graceMs: Millis): void {
    const cancel = { id: job, by: this.#settings.id, reason, graceMs };
    this.#bus.publish(routes.jobCancel, { job }, cancel);
  }

  #release(holder: string, job: string, keys?: string[]): void {
    if (holder === this.#bus.id) return this.#blocks.release(job, keys);
    this.#bus.publish(routes.blockRelease, { holder }, { job, ...(keys && { keys }) });
  }

  #settled(loop: JobLoop, outcome: Outcome): void {
    const running = this.#running.get(loop.job);
    this.#running.delete(loop.job);
    this.#unplaced.delete(loop);
    this.#dealer.forget(loop);
    if (running === undefined) return;
    const log = this.#log.child({ job: loop.job });
    this.#conclude(running, outcome).then(
      (done) => {
        log.info({ state: done.state, ms: done.ms, ...loop.counts }, "job settled");
      },
      (error) => log.error({ error }, "job could not be concluded"),
    );
  }

  /** The last event and, for a durable job, its record and result. */
  async #conclude(running: Running, outcome: Outcome): Promise<JobDone> {
    const { loop, input, record } = running;
    const at = this.#clock.now();
    let final = outcome;
    let result: Result | undefined;
    let shown: Result | undefined;
    if (outcome.state === "completed") {
      try {
        result = compact(loop.outputs.result(), loop.job, this.#blocks);
        if (record !== undefined) await this.#cache.putResult(loop.job, result);
        shown = await this.#shown(running, result);
      } catch (error) {
        const failure = error instanceof RtlError ? error.toFailure() : undefined;
        const message = `the result could not be kept: ${String(error)}`;
        final = { state: "failed", failure: failure ?? { code: "RTL_INTERNAL", message } };
      }
    }
    loop.outputs.releaseAll(new Set(result?.tables));
    if ("block" in input && input.holder === this.#bus.id) {
      this.#blocks.release(loop.job, [input.block]);
    }
    const done = {
      type: "job.done" as const,
      state: final.state,
      ms: at - loop.startedAt,
      ...(final.state === "failed" && { failure: final.failure as never }),
      ...(final.state === "cancelled" && { cancelled: { by: final.by, reason: final.reason } }),
      ...(result !== undefined && { rows: result.rows }),
      ...(shown !== undefined && { result: shown }),
      stages: loop.report.stages().slice(),
      counts: loop.counts,
    };
    if (record !== undefined) await this.#close(record, done, at);
    loop.feed.send(done, at);
    return { v: 1, seq: 0, time: "", job: loop.job, ...done };
  }

  /** The result as the last event holds it. Of a durable job it may be left out: it can be asked for. */
  async #shown({ submit, encoding }: Running, result: Result): Promise<Result | undefined> {
    if (encoding === "msgpack") return result;
    try {
      return await resultToJson(result, this.#blocks);
    } catch (error) {
      if (submit.mode === "durable") return undefined;
      throw error;
    }
  }

  /** Writes the end into the record. Whoever changed it meanwhile marked a cancellation. */
  async #close(
    record: { value: JobRecord; revision: number },
    done: Omit<JobDone, "v" | "seq" | "time" | "job">,
    at: Millis,
  ): Promise<void> {
    const { state, failure, cancelled, rows, stages } = done;
    for (let { value, revision } = record; ; ) {
      const closed: JobRecord = {
        ...value,
        state,
        settledAt: at,
        ...(failure && { failure }),
        ...(cancelled && { cancelled }),
        ...(rows !== undefined && { rows }),
        reports: stages,
      };
      if ((await this.#cache.updateJob(closed, revision)) !== undefined) return;
      const newer = await this.#cache.getJob(value.id);
      if (newer === undefined) return;
      ({ value, revision } = newer);
    }
  }

  // --- cancelling and asking -----------------------------------------------------------------------

  #cancel(cancel: Cancel): void {
    const running = this.#running.get(cancel.id);
    // Our own revocation comes back on the same subject.
    if (running === undefined || cancel.by === this.#settings.id) return;
    running.loop.post({
      type: "cancel-requested",
      by: cancel.by,
      reason: cancel.reason,
      graceMs: (cancel.graceMs ?? this.#settings.graceMs) as Millis,
      at: this.#clock.now(),
    });
    // Work done on behalf of this job ends with it.
    for (const [id, { submit }] of this.#running) {
      if (submit.origin === cancel.id) this.#cancel({ ...cancel, id });
    }
  }

  async #cancelRequest(cancel: Cancel): Promise<JobSummary> {
    if (!this.#running.has(cancel.id)) {
      const before = await this.#summary(cancel.id);
      if (before.state === "running" || before.state === "queued") {
        this.#bus.publish(routes.jobCancel, { job: cancel.id }, cancel);
      }
      return before;
    }
    this.#cancel(cancel);
    return this.#summary(cancel.id);
  }

  async #summary(id: string): Promise<JobSummary> {
    const running = this.#running.get(id);
    if (running !== undefined && running.record === undefined) {
      const { submit, loop } = running;
      return this.#live({
        id,
        state: "running",
        client: submit.client,
        relay: this.#settings.id,
        submittedAt: loop.startedAt,
      });
    }
    const record = running?.record?.value ?? (await this.#cache.getJob(id))?.value;
    if (record === undefined) {
      throw new RtlError("RTL_JOB_UNKNOWN", `no job ${id}`, {
        at: { job: id },
        fix: "list the jobs with: rtl job ls",
      });
    }
    return this.#live(summaryOf(record));
  }

  /** A summary with what only the owner knows. */
  #live(summary: JobSummary): JobSummary {
    const loop = this.#running.get(summary.id)?.loop;
    if (loop === undefined) return summary;
    const cancelling = loop.state.phase === "cancelling";
    return { ...summary, state: cancelling ? "cancelling" : "running", stages: loop.feed.latest };
  }

  // --- the passing of time ---------------------------------------------------------------------------

  #tick(): void {
    const at = this.#clock.now();
    this.#nodesLost(this.#catalog.forgetSilent((at - this.#settings.leaseMs) as Millis));
    for (const { loop, submit } of this.#running.values()) {
      loop.post({ type: "clock-ticked", at });
      if (loop.over) continue;
      loop.feed.tick(at);
      this.#checkPlacement(loop, at);
      if (loop.ephemeral) this.#checkClient(loop, submit.client, at);
      this.#dealer.wake(loop);
    }
    for (const [relay, { heardAt }] of this.#relays) {
      if (at - heardAt > this.#settings.leaseMs) this.#relays.delete(relay);
    }
  }

  #nodesLost(nodes: readonly NodeId[]): void {
    const at = this.#clock.now();
    for (const node of nodes) {
      this.#log.warn({ node }, "node lost");
      for (const { loop } of this.#running.values()) {
        for (const held of loop.outputs.heldBy(node))
          loop.post({ type: "block-lost", ...held, at });
        loop.post({ type: "node-lost", node, at });
      }
    }
  }

  /** A stage that nobody can run does not wait for ever. */
  #checkPlacement(loop: JobLoop, at: Millis): void {
    const stage = loop.readyStages(at).find((index) => this.#dealer.hasNoPool(loop.stageAt(index)));
    if (stage === undefined) return void this.#unplaced.delete(loop);
    const since = this.#unplaced.get(loop) ?? at;
    this.#unplaced.set(loop, since);
    if (at - since < clocks.queueWaitMs) return;
    const failure = noTasknode().toFailure();
    const { name } = loop.stageAt(stage);
    loop.post({
      type: "stage-unplaceable",
      stage,
      failure: { ...failure, at: { stage: name } },
      at,
    });
  }

  #checkClient(loop: JobLoop, client: string, at: Millis): void {
    const heardAt = this.#clients.get(client) ?? loop.startedAt;
    if (at - heardAt < this.#settings.leaseMs) return;
    const reason = "its client fell silent";
    this.#cancel({ id: loop.job, by: `relay ${this.#settings.id}`, reason, graceMs: 0 });
  }

  #beat(): void {
    const { id, version } = this.#settings;
    const beat = {
      v: 1 as const,
      relay: id,
      jobs: this.#running.size,
      version,
      startedAt: this.#startedAt,
    };
    this.#bus.publish(routes.relayBeat, { relay: id }, beat);
    this.#blocks.sweep();
    const before = this.#clock.now() - 60_000;
    for (const [client, at] of this.#clients) if (at < before) this.#clients.delete(client);
  }

  /** Takes no more jobs, lets those that run settle for a while, then leaves. */
  async stop(patienceMs: number): Promise<void> {
    const until = this.#clock.now() + patienceMs;
    while (this.#running.size > 0 && this.#clock.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const stop of this.#timers) stop();
    for (const subscription of this.#subscriptions) subscription.stop();
    this.#dealer.close();
    this.#blocks.close();
  }
}

function summaryOf(record: JobRecord): JobSummary {
  const { v: _v, digest: _d, spec: _s, input: _i, reports: _r, encoding: _e, ...summary } = record;
  return summary;
}

function noResult(id: string, state: JobSummary["state"]): RtlError {
  const over = state === "completed";
  return new RtlError(
    over ? "RTL_RESULT_GONE" : "RTL_JOB_UNKNOWN",
    over ? `the result of job ${id} is no longer kept` : `job ${id} is ${state}: it has no result`,
    { at: { job: id }, fix: over ? "run the job again" : `follow it with: rtl job watch ${id}` },
  );
}
