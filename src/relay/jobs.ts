/**
 * The jobs that a relay owns, from their submit to their last event. Everything about one job
 * happens in its loop; here is what the loops share: taking in, cancelling, and the passing of time.
 */
import type { Bus, MessageInfo } from "../bus/bus.ts";
import type { Outcome } from "../flow/command.ts";
import type { Plan } from "../flow/plan.ts";
import type { Clock } from "../host/clock.ts";
import type { Metrics } from "../host/metrics.ts";
import type { SpanExport } from "../host/tracing.ts";
import type { BareCancel } from "../protocol/cancel-messages.ts";
import { RtlError } from "../protocol/errors.ts";
import type { Millis, NodeId, StageIndex } from "../protocol/ids.ts";
import { limits } from "../protocol/limits.ts";
import type { Cancel, JobSummary, Revoke, TableRef } from "../protocol/messages.ts";
import type { JobRecord } from "../protocol/records.ts";
import { routes } from "../protocol/routes.ts";
import { standIn } from "../table/stand-in.ts";
import { Awaited } from "./awaited.ts";
import type { Catalog } from "./catalog.ts";
import { conclude, type OwnedJob, type Stores } from "./conclude.ts";
import type { Dealer } from "./dealer.ts";
import { eventsPerRelayMax } from "./ends.ts";
import { accept, checkSame, enrol, type MemberSubmit, noTasknode } from "./intake.ts";
import { JobLoop, type JobPorts } from "./job-loop.ts";
import { dropSecond, jobPorts } from "./job-ports.ts";
import { isOfThisJob, planDigest, recordOf, summaryOf } from "./job-record.ts";
import { JobTrace } from "./job-trace.ts";
import { keepInput, recoverInput } from "./keep-input.ts";
import { demandOrigin, ownsStill } from "./origins.ts";
import { Profile } from "./profile.ts";
import { findWork, type PreparedJob, prepareJob } from "./resume-job.ts";

export interface JobSettings {
  readonly id: string;
  /** Another each time that the relay starts. */
  readonly life: string;
  readonly leaseMs: number;
  readonly graceMs: number;
  /** Rows of a chunk where the document is silent; 0: chosen for the job. */
  readonly chunkRows: number;
  readonly metrics?: Metrics;
  readonly spans?: SpanExport | undefined;
}
export class Jobs {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #stores: Stores;
  readonly #catalog: Catalog;
  readonly #dealer: Dealer;
  readonly #settings: JobSettings;
  readonly #owned = new Map<string, OwnedJob>();
  readonly #awaited: Awaited;
  readonly #unsure = new Set<string>();
  #concluding = 0;

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
    this.#catalog = catalog;
    this.#dealer = dealer;
    this.#settings = settings;
    this.#awaited = new Awaited(settings.leaseMs);
  }

  /** Jobs that run, and those whose end is being kept. */
  get size(): number {
    return this.#owned.size + this.#concluding;
  }

  /** Jobs whose record may name us though we do not have them; each is asked about once. */
  takeUnsure(): ReadonlySet<string> {
    const unsure = new Set(this.#unsure);
    this.#unsure.clear();
    return unsure;
  }

  get hasUnsure(): boolean {
    return this.#unsure.size > 0;
  }

  get(id: string): OwnedJob | undefined {
    return this.#owned.get(id);
  }

  // --- taking in ----------------------------------------------------------------------------------

  async submit(submit: MemberSubmit, info: MessageInfo): Promise<void> {
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
    if (submit.origin !== undefined) {
      await demandOrigin(submit.origin, this.#clock.now(), this.#stores);
    }
    const document = submit.spec ?? (await this.#stores.cache.getSchema(submit.id));
    const at = this.#clock.now();
    const profile = submit.profile ? new Profile(submit.id, this.#settings.id) : undefined;
    const planIt = () => accept(submit, document, this.#catalog, this.#settings, at);
    const accepted = profile?.timed("plan", planIt) ?? planIt();
    const { blocks, cache, inputs } = this.#stores;
    const keeping = keepInput(submit, accepted.input, blocks, inputs);
    const kept = keeping instanceof Promise ? await keeping : keeping;
    const { input } = kept;
    const { plan, spec } = accepted;
    let record: OwnedJob["record"];
    if (submit.mode === "durable") {
      const planned = { slots: plan.slots, digest: planDigest(plan) };
      const { id: relay, life } = this.#settings;
      const value = recordOf(submit, spec, kept, info.encoding, { relay, life }, planned, at);
      const store = () => enrol(cache, value);
      const stored = profile?.waited("storeRecord", store) ?? store();
      const enrolled = await stored.catch((error: unknown) => {
        // It may have been stored all the same, in our name, and then nobody runs it.
        this.#unsure.add(submit.id);
        throw error;
      });
      const created = "revision" in enrolled;
      if (!created) {
        dropSecond(this.#bus, this.#stores, value, enrolled.existing);
        checkSame(value, enrolled.existing);
      }
      if (info.reply !== undefined) {
        this.#bus.respond(info.reply, { id: submit.id, created }, info.encoding);
      }
      if (!created) return;
      record = { value, revision: enrolled.revision };
    }
    const loop = this.#begin(submit, { plan, input }, record, info, at, {
      profile,
      trace: info.trace && new JobTrace(info.trace, submit.id, this.#settings.spans),
    });
    this.#dealer.wake(loop);
  }

  #begin(
    submit: MemberSubmit,
    { plan, input }: { readonly plan: Plan; readonly input: TableRef },
    record: OwnedJob["record"],
    info: Pick<MessageInfo, "reply" | "encoding">,
    at: Millis,
    extras: { resumed?: boolean; profile?: Profile | undefined; trace?: JobTrace | undefined },
  ): JobLoop {
    const term = record?.value.takeovers ?? 0;
    const settled: JobPorts["settled"] = (loop, outcome) => this.#settled(loop, outcome);
    const newestOrder = () => this.#dealer.newest;
    const of = { submit, record, info, settled, newestOrder };
    const ports = jobPorts(this.#bus, this.#stores, of);
    const ephemeral = submit.mode === "ephemeral";
    const after = term * eventsPerRelayMax;
    const about = { submitter: submit.client, ephemeral, term, after, ...extras };
    const loop = new JobLoop(plan, input, about, ports, at);
    const job = { loop, submit, encoding: info.encoding, record, announced: false };
    this.#owned.set(submit.id, job);
    if (ephemeral) this.#awaited.met(submit.client, at);
    else this.#announce(job, at);
    return loop;
  }

  /** What a job that is another relay's would be here. Throws what planning throws. */
  prepare(record: JobRecord): PreparedJob {
    return prepareJob(record, this.#catalog, this.#settings);
  }

  /**
   * Goes on with a job under a record that is now ours: with what nodes still have of it, or anew where
   * the plan has become another.
   */
  async resume(
    record: NonNullable<OwnedJob["record"]>,
    { submit, plan, same }: PreparedJob,
    cancel: (BareCancel & { readonly id: string }) | undefined,
  ): Promise<void> {
    const { value } = record;
    const { blocks, inputs } = this.#stores;
    const input = (await recoverInput(value, blocks, inputs)) ?? standIn();
    const info = { reply: undefined, encoding: value.encoding };
    const loop = this.#begin(submit, { plan, input }, record, info, this.#clock.now(), {
      resumed: true,
    });
    if (cancel !== undefined) this.cancel(cancel);
    if (loop.over) return;
    await findWork(loop, same, {
      bus: this.#bus,
      clock: this.#clock,
      log: this.#stores.log,
      dealer: this.#dealer,
      nodes: this.#catalog.nodes.map(({ node }) => node),
    });
  }

  /** Another relay has the job: ours ends here without a word. */
  #yield(id: string): void {
    const job = this.#owned.get(id);
    if (job?.record === undefined) return;
    this.#owned.delete(id);
    this.#awaited.forget(job.loop);
    job.loop.abandon();
    this.#dealer.abandon(job.loop);
    this.#stores.blocks.release(id);
    this.#stores.log.warn({ job: id }, "another relay has taken the job over");
  }

  /**
   * Which of these jobs are still ours, and which were cancelled meanwhile? The record says it, and not
   * whoever claims them: a relay that stood still claims late what another has from it by now.
   */
  async verify(ids: readonly string[] = [...this.#owned.keys()]): Promise<void> {
    const { cache, cancels } = this.#stores;
    for (const id of ids) {
      const { record, loop } = this.#owned.get(id) ?? {};
      if (loop === undefined || record === undefined || loop.over) continue;
      const newest = await cache.getJob(id);
      if (this.#owned.get(id)?.loop !== loop) continue;
      if (newest !== undefined && newest.value.takeovers !== record.value.takeovers)
        this.#yield(id);
      else if (loop.state.phase === "running") {
        const mark = await cancels.of(id);
        if (mark !== undefined && isOfThisJob(mark, record.value, newest?.storedAt)) {
          this.cancel(mark.cancel);
        }
      }
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
    this.#awaited.forget(loop);
    this.#dealer.forget(loop);
    if (job === undefined) return;
    const at = this.#clock.now();
    const log = this.#stores.log.child({ job: loop.job });
    this.#concluding++;
    const end = () => conclude(job, outcome, this.#stores, at);
    (loop.profile?.waited("conclude", end) ?? end())
      .then(
        (concluded) => {
          // Whoever took the job over meanwhile tells of its end.
          if (concluded === undefined) return;
          const { done, except } = concluded;
          // Nodes need not remember what they did for the job; told before its end, they are told.
          const forget = { id: loop.job, term: loop.term, except };
          // Of an ephemeral job, too, somebody may be at work still, or hold what was fetched for it.
          if (job.record !== undefined || loop.copied || loop.outputs.hasBlocks) {
            this.#bus.publish(routes.jobForget, { job: loop.job }, forget);
          }
          for (const message of loop.profile?.messages() ?? []) {
            this.#bus.publish(routes.jobProfile, { job: loop.job }, message);
          }
          loop.feed.send(done, at);
          log.info({ state: done.state, ms: done.ms, ...loop.counts }, "job settled");
          const outcome = { outcome: done.state };
          loop.trace?.end(done.state, done.failure?.message);
          this.#settings.metrics?.count("rtl_jobs_total", outcome);
          this.#settings.metrics?.measure("rtl_job_duration_seconds", outcome, done.ms / 1_000);
        },
        (error) => log.error({ error }, "job could not be concluded"),
      )
      .finally(() => this.#concluding--);
  }

  /** Ends a job, if it is ours and the asker's, and those that were submitted on its behalf. */
  cancel(cancel: BareCancel & { readonly id: string }): void {
    const owned = this.#owned.get(cancel.id);
    // Who asks as a member ends nothing but its own, wherever that is.
    if (cancel.user !== undefined && owned?.submit.user !== cancel.user) return;
    owned?.loop.post({
      type: "cancel-requested",
      by: cancel.by,
      reason: cancel.reason,
      graceMs: (cancel.graceMs ?? this.#settings.graceMs) as Millis,
      at: this.#clock.now(),
    });
    this.endOnBehalf(cancel);
  }

  /**
   * A job is cancelled or has failed, ours or another relay's: what was submitted on its behalf ends
   * with it, and in its turn what was submitted on behalf of that.
   */
  endOnBehalf({ id: origin, reason, graceMs }: Omit<Cancel, "by">): void {
    for (const [id, { submit, loop }] of this.#owned) {
      // Those that end already are left alone: two jobs may name each other.
      if (submit.origin !== origin || loop.state.phase === "cancelling") continue;
      this.cancel({ id, by: `job ${origin}`, reason, graceMs });
    }
  }

  /** A relay ends all work of a job of its own: what is on behalf of it here ends, too. */
  async revoked(revoke: Revoke): Promise<void> {
    const { id, term } = revoke;
    const isConcerned = [...this.#owned.values()].some(({ submit }) => submit.origin === id);
    if (isConcerned && (await ownsStill(id, term, this.#stores.cache))) this.endOnBehalf(revoke);
  }

  // --- asking ---------------------------------------------------------------------------------------

  /** RTL_JOB_UNKNOWN when neither we nor the cache know it. */
  async summary(id: string): Promise<JobSummary> {
    const job = this.#owned.get(id);
    if (job !== undefined && job.record === undefined) {
      const { submit, loop } = job;
      const { client, user } = submit;
      const about = { id, client, ...(user !== undefined && { user }), relay: this.#settings.id };
      return this.live({ ...about, state: "running", submittedAt: loop.startedAt });
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
    const { state, feed } = loop;
    if (state.phase !== "cancelling") return { ...summary, state: "running", stages: feed.latest };
    const cancelled = { by: state.by, reason: state.reason, at: state.requestedAt };
    return { ...summary, state: "cancelling", cancelled, stages: feed.latest };
  }

  // --- the passing of time ------------------------------------------------------------------------

  heardClient(client: string): void {
    this.#awaited.heard(client, this.#clock.now());
  }

  tick(at: Millis): void {
    for (const job of this.#owned.values()) {
      const { loop } = job;
      loop.post({ type: "clock-ticked", at });
      if (loop.over) continue;
      if (!job.announced) this.#announce(job, at);
      loop.feed.tick(at);
      this.#checkAwaited(job, at);
      this.#dealer.wake(loop);
    }
  }

  /** A stage that nobody can run does not wait for ever, nor does anybody for a client that is gone. */
  #checkAwaited({ loop, submit }: OwnedJob, at: Millis): void {
    const hasNoPool = (index: StageIndex) => this.#dealer.hasNoPool(loop.stageAt(index));
    const stage = this.#awaited.unplaceable(loop, hasNoPool, at);
    if (stage !== undefined) {
      const failure = { ...noTasknode().toFailure(), at: { stage: loop.stageAt(stage).name } };
      loop.post({ type: "stage-unplaceable", stage, failure, at });
    }
    if (!loop.ephemeral || !this.#awaited.isSilent(submit.client, loop.startedAt, at)) return;
    const by = `relay ${this.#settings.id}`;
    this.cancel({ id: loop.job, by, reason: "its client fell silent", graceMs: 0 });
  }

  forgetClients(before: Millis): void {
    this.#awaited.forgetClients(before);
  }

  /**
   * What a node held is gone with it. Its work is lost at once when the node is known to be gone; when it
   * is only silent, when the lease of each piece is over.
   */
  nodeLost(node: NodeId, at: Millis, known: boolean): void {
    for (const { loop } of this.#owned.values()) {
      for (const held of loop.outputs.heldBy(node)) loop.post({ type: "block-lost", ...held, at });
      if (known) loop.post({ type: "node-lost", node, at });
      this.#dealer.wake(loop);
    }
  }
}
