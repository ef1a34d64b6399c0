/**
 * A tasknode: threads that run tasks, a supervisor that owns the orders, credits that bring them in,
 * and beats that tell the relays of it. Only pieces are put together here; main.ts gives them a
 * process.
 */

import { after } from "../host/after.ts";
import type { Clock } from "../host/clock.ts";
import { collectGarbage } from "../host/collect-garbage.ts";
import type { Log } from "../host/log.ts";
import { type Metrics, noMetrics } from "../host/metrics.ts";
import type { SpanExport } from "../host/tracing.ts";
import { clocks, limits } from "../protocol/limits.ts";
import type { NodeBeat } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import type { Forget, Recall } from "../protocol/take-over-messages.ts";
import { libraryDigest } from "../task/load-library.ts";
import type { Plot } from "../task/plot.ts";
import { type Catalog, createCatalog } from "./catalog.ts";
import { countWork } from "./count-work.ts";
import type { JobMemory } from "./job-memory.ts";
import { endFormerLife } from "./left-processes.ts";
import type { NodeAnswers, NodeBlockStore, NodeBus } from "./node-bus.ts";
import { OrderSpans } from "./order-spans.ts";
import { type Credits, createCredits } from "./slots.ts";
import { Supervisor } from "./supervisor.ts";
import type { ThreadCatalog } from "./thread-messages.ts";
import { ThreadPool } from "./thread-pool.ts";

export interface TasknodeSettings {
  readonly node: string;
  readonly bus: NodeBus;
  readonly blocks: NodeBlockStore;
  readonly memory: JobMemory;
  readonly clock: Clock;
  readonly log: Log;
  readonly taskFolders: readonly string[];
  readonly dataRoots: readonly string[];
  readonly fetchOrigins: readonly string[];
  readonly answers: NodeAnswers;
  readonly threads: number;
  readonly labels: Readonly<Record<string, string>>;
  /** A beat renews the leases of what the node holds: three times a lease. */
  readonly beatMs: number;
  readonly graceMs: number;
  readonly heapMbMax: number;
  readonly host: string;
  readonly version: string;
  readonly metrics?: Metrics;
  readonly spans?: SpanExport | undefined;
}

const beatsPerLease = 3;
/** Orders by name that may wait, for each slot. */
const WAITING_PER_SLOT = 4;
/** Orders ahead that have waited for so long are handed back, in milliseconds. */
const AHEAD_MS_MAX = 500;
/** All tasks in one message are many bytes: they are not sent oftener than so, in milliseconds. */
const TELL_PAUSE_MS = 50;

export class Tasknode {
  readonly #settings: TasknodeSettings;
  readonly #pool: ThreadPool;
  readonly #supervisor: Supervisor;
  readonly #credits: Credits;
  readonly #spans: OrderSpans;
  readonly #startedAt: number;
  #catalog: Catalog | undefined;
  #beatAt = 0;
  #folders: string | undefined;
  #stops: (() => void)[] = [];
  #started: (() => void) | undefined;
  #stopped: Promise<void> | undefined;
  /** Runs while no question for the tasks is answered. */
  #telling: (() => void) | undefined;
  #asked = false;
  #droppedBytes = 0;

  /** Resolves when the node offers its tasks and has told so. */
  static async start(settings: TasknodeSettings): Promise<Tasknode> {
    await endFormerLife(settings.node, settings.clock, settings.log);
    const node = new Tasknode(settings);
    node.#folders = await libraryDigest([...settings.taskFolders]);
    await new Promise<void>((resolve) => {
      node.#started = resolve;
      if (node.#catalog !== undefined) resolve();
    });
    node.#listen();
    return node;
  }

  private constructor(settings: TasknodeSettings) {
    this.#settings = settings;
    const { bus, node, threads, clock, log } = settings;
    this.#startedAt = clock.now();
    this.#spans = new OrderSpans(settings.spans);
    this.#supervisor = new Supervisor({
      ...settings,
      waitingMax: WAITING_PER_SLOT * threads,
      takeThread: (apart) => this.#pool.take(apart),
      freeThreads: () => this.#pool.free,
      offers: (task) => this.#catalog?.offers(task) ?? false,
      heeds: (job, term) => settings.memory.terms.heeds(job, term),
      answered: (order, done) => {
        settings.memory.answers.keep(order, done);
        this.#spans.answered(order, done);
        countWork(settings.metrics ?? noMetrics, order, done);
      },
      respond: (reply, done) => bus.respond(reply, done),
      show: (job, stage, plot) => bus.publish(routes.jobPlot, { job }, plotOf(job, stage, plot)),
      changed: () => this.#settle(),
    });
    this.#credits = createCredits(
      bus,
      (order, { reply, trace }, credit) => {
        this.#spans.came(order, trace);
        this.#supervisor.accept(order, reply, credit);
        // Of work that has come to grief before, somebody knows at once who is at it now.
        if (order.items.some(({ attempt }) => attempt > 1)) this.#beat();
      },
      () => this.#settle(),
    );
    const { taskFolders, dataRoots, fetchOrigins, answers, heapMbMax } = settings;
    this.#pool = new ThreadPool(
      { node, taskFolders, dataRoots, fetchOrigins, answers, heapMbMax, threads, clock, log },
      {
        catalog: (catalog) => this.#announce(catalog),
        changed: () => this.#supervisor.pump(),
        done: (thread, done) => this.#supervisor.done(thread, done),
        lost: (thread, why) => this.#supervisor.lost(thread, why),
        noProcess: (why) => this.#supervisor.refuseApart(why),
      },
    );
    log.debug({ node, threads }, "threads are starting");
    this.#tellOf(settings.metrics ?? noMetrics);
  }

  #tellOf(metrics: Metrics): void {
    metrics.read("rtl_orders_held", () => [[{}, this.#supervisor.held.length]]);
    metrics.read("rtl_draining", () => [[{}, this.draining ? 1 : 0]]);
    metrics.read("rtl_workers", () => [
      [{ state: "free" }, this.#pool.free],
      [{ state: "busy" }, this.#pool.busy],
      [{ state: "starting" }, this.#pool.size - this.#pool.warm],
    ]);
  }

  /** Whether it takes no more work. */
  get draining(): boolean {
    return this.#supervisor.draining;
  }

  #announce({ tasks, problems }: ThreadCatalog): void {
    const { labels, log } = this.#settings;
    for (const { path, message } of problems) {
      log.warn({ path, why: message }, "a task file cannot be used");
    }
    const before = this.#catalog?.digest;
    this.#catalog = createCatalog(tasks, labels);
    const { pool, digest } = this.#catalog;
    log.info({ tasks: tasks.length, pool }, "tasks loaded");
    this.#credits.move(pool);
    this.#started?.();
    if (before !== undefined && before !== digest) this.#beat({ withTasks: true });
  }

  #listen(): void {
    const { bus, node, clock, log, beatMs, memory } = this.#settings;
    const own = bus.subscribe(routes.nodeWork, { node }, (order, { reply, trace }) => {
      this.#spans.came(order, trace);
      this.#supervisor.accept(order, reply, "nodeWork");
    });
    const cancels = bus.subscribe(routes.jobCancel, { job: "*" }, (cancel, { tokens }) => {
      // Whose a job is its relay knows, which then revokes it.
      if (cancel.user === undefined)
        this.#supervisor.cancel({ ...cancel, id: tokens["job"] ?? "" });
    });
    const revocations = bus.subscribe(routes.jobRevoke, { job: "*" }, (revoke) => {
      if (memory.terms.heeds(revoke.id, revoke.term)) this.#supervisor.revoke(revoke);
    });
    const recalls = bus.subscribe(routes.jobRecall, { job: "*" }, (recall, { reply }) =>
      this.#recall(recall, reply),
    );
    const forgets = bus.subscribe(routes.jobForget, { job: "*" }, (forget) => this.#forget(forget));
    const drains = bus.subscribe(routes.nodeDrain, { node }, ({ drain }, { reply, encoding }) => {
      this.#supervisor.pause(drain);
      log.info({ drain }, "told to take work, or none");
      this.#beat();
      if (reply !== undefined) bus.respond(reply, { held: this.#supervisor.held.length }, encoding);
    });
    const discoveries = bus.subscribe(routes.nodeDiscover, {}, () => this.#tell());
    let lookedAt = clock.now();
    const stopBeats = clock.every(beatMs, () => {
      if (clock.now() - lookedAt > beatsPerLease * beatMs) this.#supervisor.stoodStill();
      lookedAt = clock.now();
      this.#supervisor.handBack(AHEAD_MS_MAX);
      this.#beat();
      void this.#look();
    });
    // Work with a lease of its own that is shorter than everybody's is spoken of oftener.
    const stopShort = clock.every(clocks.leaseMsMin / 3, () => {
      const { shortestLease } = this.#supervisor;
      if (shortestLease !== undefined && clock.now() - this.#beatAt >= shortestLease / 3) {
        this.#beat();
      }
    });
    this.#stops = [
      () => own.drain(),
      () => cancels.stop(),
      () => revocations.stop(),
      () => recalls.stop(),
      () => forgets.stop(),
      () => discoveries.stop(),
      () => drains.stop(),
      stopBeats,
      stopShort,
    ];
    this.#beat({ withTasks: true });
    this.#settle();
  }

  /** One credit per slot that is free and not spoken for; one per thread for orders ahead. */
  #settle(): void {
    const { isCrowded } = this.#settings.blocks;
    const listening = this.#stops.length > 0 && !this.#supervisor.draining && !isCrowded;
    const { waiting, waitingAhead } = this.#supervisor;
    const free = Math.max(0, this.#pool.free - waiting);
    const ahead = Math.max(0, this.#pool.warm - waitingAhead);
    this.#credits.settle(listening ? { work: free, workAhead: ahead } : noCredit);
  }

  /** Loads the task folders anew when something in them has changed. */
  async #look(): Promise<void> {
    const { taskFolders, log } = this.#settings;
    try {
      const now = await libraryDigest([...taskFolders]);
      if (now === this.#folders) return;
      this.#folders = now;
      log.info({ taskFolders }, "the task folders have changed");
      this.#pool.renew();
    } catch (error) {
      log.warn({ error }, "cannot look into the task folders");
    }
  }

  /** Tells the tasks to whoever asked: at once, and of many questions in a row the last one later. */
  #tell(): void {
    if (this.#telling !== undefined) {
      this.#asked = true;
      return;
    }
    this.#beat({ withTasks: true });
    this.#telling = after(this.#settings.clock, TELL_PAUSE_MS, () => {
      this.#telling = undefined;
      if (this.#asked) this.#tell();
    });
    this.#asked = false;
  }

  #beat({ withTasks = false, leaving = false } = {}): void {
    const { bus, node, labels, host, version } = this.#settings;
    const catalog = this.#catalog;
    if (catalog === undefined) return;
    const beat: NodeBeat = {
      v: 1,
      node,
      pool: catalog.pool,
      slots: this.#pool.size,
      busy: this.#pool.busy,
      encoding: "msgpack",
      catalog: catalog.digest,
      ...(withTasks && { tasks: catalog.tasks }),
      held: this.#supervisor.held,
      labels: { ...labels },
      host,
      version,
      startedAt: this.#startedAt,
      at: this.#settings.clock.now(),
      draining: this.#supervisor.draining,
      leaving,
    };
    this.#beatAt = this.#settings.clock.now();
    bus.publish(routes.nodeBeat, { node }, beat);
  }

  /** Tells a relay that has taken a job over what this node has of it, and answers to it from now on. */
  #recall({ id, term, answerTo }: Recall, reply: string | undefined): void {
    const { bus, node, memory, blocks } = this.#settings;
    if (reply === undefined || !memory.terms.heeds(id, term)) return;
    // What lies here of the job and nobody knows of any more was never answered, or is forgotten.
    blocks.releaseExcept(id, memory.answers.blocksOf(id));
    for (const done of memory.answers.of(id)) {
      bus.respond(reply, { v: 1, node, done, held: [], last: false });
    }
    const held = this.#supervisor.redirect(id, answerTo);
    bus.respond(reply, { v: 1, node, held, last: true });
  }

  #forget({ id, term, stage, except }: Forget): void {
    const { memory, blocks } = this.#settings;
    if (!memory.terms.heeds(id, term)) return;
    memory.answers.forget(id, stage);
    if (stage !== undefined) return;
    blocks.releaseExcept(id, new Set(except));
    blocks.forgetFetched(id);
    // Its end is told: what somebody here is still at, another was faster with.
    this.#supervisor.cancel({ id, by: "its relay", reason: "the job is over" });
  }

  /** Shared memory that nobody refers to any more is let go of before it is too much. */
  dropped(bytes: number): void {
    this.#droppedBytes += bytes;
    if (this.#droppedBytes < limits.garbageBytesMax) return;
    this.#droppedBytes = 0;
    this.#pool.collectGarbage();
    collectGarbage();
  }

  /** Memory for tables was crowded, and is no longer: what waits may begin. */
  hasRoom(): void {
    this.#supervisor.pump();
  }

  get pool(): string {
    return this.#catalog?.pool ?? "";
  }

  /** Finishes what runs, hands back what waits, says goodbye. The bus is still open afterwards. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const drained = this.#supervisor.drain();
    this.#beat();
    await drained;
    for (const stop of this.#stops) stop();
    this.#telling?.();
    await this.#pool.close();
    this.#beat({ leaving: true });
  }
}

const plotOf = (job: string, stage: string, { draws, ...plot }: Plot) => ({
  v: 1 as const,
  job,
  stage,
  ...plot,
  draws: draws.map(({ type, x, y, series }) => {
    return { type, x: [...x], y: [...y], series: series === null ? null : [...series] };
  }),
});

const noCredit = { work: 0, workAhead: 0 } as const;
