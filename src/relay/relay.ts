/**
 * A relay: takes jobs in, keeps a loop for each, deals their work and tells what became of them. Any
 * number of relays share one queue group; each owns the jobs that it took. It never runs a task and
 * never touches bulk bytes.
 */
import { BlockStore } from "../blocks/blocks.ts";
import type { Bus, Subscription } from "../bus/bus.ts";
import type { Cache } from "../cache/cache.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { Millis, NodeId } from "../protocol/ids.ts";
import { clocks, limits } from "../protocol/limits.ts";
import type { NodeBeat, RelayBeat } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import { serveAnswers } from "./answers.ts";
import { Catalog } from "./catalog.ts";
import { Dealer } from "./dealer.ts";
import { type JobSettings, Jobs } from "./jobs.ts";
import { asArrow, orderToJson } from "./json-tables.ts";
import { TakeOver } from "./take-over.ts";

export interface RelaySettings extends JobSettings {
  readonly version: string;
  readonly resultKeptMs: number;
}

/** How long a new relay waits for the nodes to say what they offer. */
const discoverMs = 150;
const discoverLookMs = 10;
const tickMs = 100;
const clientMemoryMs = 60_000;
const stopLookMs = 20;

export class Relay {
  readonly #bus: Bus;
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #settings: RelaySettings;
  readonly #catalog = new Catalog();
  readonly #blocks: BlockStore;
  readonly #dealer: Dealer;
  readonly #jobs: Jobs;
  readonly #takeOver: TakeOver;
  readonly #relays = new Map<string, { readonly beat: RelayBeat; readonly heardAt: Millis }>();
  readonly #subscriptions: Subscription[] = [];
  #intake: Subscription | undefined;
  readonly #timers: (() => void)[] = [];
  readonly #startedAt: Millis;
  /** When all nodes were last asked what they offer. */
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(bus: Bus, cache: Cache, clock: Clock, log: Log, settings: RelaySettings) {
    this.#bus = bus;
    this.#cache = cache;
    this.#clock = clock;
    this.#log = log;
    this.#settings = settings;
    this.#startedAt = clock.now();
    const blocks = new BlockStore(bus, clock, { keptMs: settings.resultKeptMs });
    this.#blocks = blocks;
    this.#dealer = new Dealer(bus, this.#catalog, log, {
      now: () => clock.now(),
      toJson: (order) => orderToJson(order, blocks),
      fromJson: (table, job) => asArrow(table, job, blocks),
    });
    const stores = { cache, blocks, log };
    this.#jobs = new Jobs(bus, clock, stores, this.#catalog, this.#dealer, settings);
    this.#takeOver = new TakeOver({
      cache,
      jobs: this.#jobs,
      log,
      relay: settings.id,
      startedAt: this.#startedAt,
      lives: (relay) => this.#relays.has(relay),
    });
    this.#takeOver.want();
  }

  /** Learns what the nodes offer, then serves. */
  async start(): Promise<void> {
    const bus = this.#bus;
    const jobs = this.#jobs;
    this.#subscriptions.push(
      bus.subscribe(routes.nodeBeat, { node: "*" }, (beat) => this.#hearNode(beat)),
      bus.subscribe(routes.relayBeat, { relay: "*" }, (beat) => {
        if (!this.#relays.has(beat.relay) && this.#relays.size >= limits.relaysMax) return;
        this.#relays.set(beat.relay, { beat, heardAt: this.#clock.now() });
      }),
      bus.subscribe(routes.clientBeat, { client: "*" }, ({ client }) => jobs.heardClient(client)),
      bus.subscribe(routes.jobCancel, { job: "*" }, (cancel, { tokens }) => {
        jobs.cancel({ ...cancel, id: tokens["job"] ?? cancel.id });
      }),
    );
    bus.publish(routes.nodeDiscover, {}, {});
    await bus.flush();
    await this.#discovered();
    this.#subscriptions.push(
      ...serveAnswers({
        bus,
        jobs,
        cache: this.#cache,
        blocks: this.#blocks,
        catalog: this.#catalog,
        log: this.#log,
        relays: () => [...this.#relays.values()].map(({ beat }) => beat),
      }),
    );
    this.#intake = bus.subscribe(routes.jobSubmit, {}, (submit, info) => jobs.submit(submit, info));
    this.#timers.push(
      this.#clock.every(tickMs, () => this.#tick()),
      this.#clock.every(Math.min(clocks.beatMs, this.#settings.leaseMs / 3), () => this.#beat()),
    );
    this.#beat();
    await bus.flush();
  }

  #hearNode(beat: NodeBeat): void {
    const at = this.#clock.now();
    const node = beat.node as NodeId;
    if (this.#catalog.hear(beat, at)) this.#discover(at);
    if (beat.leaving) this.#nodesLost([node]);
    this.#dealer.renew(beat.held, node, at);
    this.#dealer.refresh();
  }

  /** Asks all nodes for their tasks, but not for every beat of one that does not tell them. */
  #discover(at: Millis): void {
    if (at - this.#askedAt < clocks.beatMs / 2) return;
    this.#askedAt = at;
    this.#bus.publish(routes.nodeDiscover, {}, {});
  }

  /** Waits until a node has told its tasks, or for as long as a running one would need for it. */
  async #discovered(): Promise<void> {
    await new Promise<void>((resolve) => {
      const began = this.#clock.now();
      const stop = this.#clock.every(discoverLookMs, () => {
        const waited = this.#clock.now() - began;
        if (this.#catalog.pools.size === 0 && waited < discoverMs) return;
        stop();
        resolve();
      });
    });
  }

  #tick(): void {
    const at = this.#clock.now();
    const since = (at - this.#settings.leaseMs) as Millis;
    this.#nodesLost(this.#catalog.forgetSilent(since));
    this.#dealer.giveUp(since);
    this.#jobs.tick(at);
    const silent = [...this.#relays].filter(
      ([, { heardAt }]) => at - heardAt > this.#settings.leaseMs,
    );
    for (const [relay] of silent) this.#relays.delete(relay);
    if (silent.length > 0) {
      this.#sayGone(
        "relay gone",
        silent.map(([relay]) => relay),
      );
      this.#takeOver.want();
    }
    // Jobs need nodes, and at the start other relays need a beat to be heard.
    const settled = at - this.#startedAt > this.#settings.leaseMs;
    if (settled && this.#catalog.pools.size > 0) void this.#takeOver.look();
  }

  #nodesLost(nodes: readonly NodeId[]): void {
    const at = this.#clock.now();
    this.#sayGone("node gone", nodes);
    for (const node of nodes) {
      this.#jobs.nodeLost(node, at);
      this.#dealer.giveUp((at - this.#settings.leaseMs) as Millis, node);
    }
  }

  /** A log that is written line by line holds the relay up: of many only the first are named. */
  #sayGone(what: "relay gone" | "node gone", names: readonly string[]): void {
    for (const gone of names.slice(0, limits.refusalsLoggedMax)) this.#log.warn({ gone }, what);
    const more = names.length - limits.refusalsLoggedMax;
    if (more > 0) this.#log.warn({ more }, "and more are gone");
  }

  #beat(): void {
    const { id: relay, version } = this.#settings;
    const startedAt = this.#startedAt;
    const beat = { v: 1 as const, relay, jobs: this.#jobs.size, version, startedAt };
    this.#bus.publish(routes.relayBeat, { relay }, beat);
    this.#blocks.sweep();
    this.#jobs.forgetClients((this.#clock.now() - clientMemoryMs) as Millis);
  }

  /** Takes no more jobs, lets those that run settle for a while, then leaves. */
  async stop(patienceMs: number): Promise<void> {
    this.#intake?.stop();
    const until = this.#clock.now() + patienceMs;
    while (this.#jobs.size > 0 && this.#clock.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, stopLookMs));
    }
    for (const stop of this.#timers) stop();
    for (const subscription of this.#subscriptions) subscription.stop();
    this.#dealer.close();
    this.#blocks.close();
  }
}
