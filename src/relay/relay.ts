/**
 * A relay: takes jobs in, keeps a loop for each, deals their work and tells what became of them. Any
 * number of relays share one queue group; each owns the jobs that it took. It never runs a task and
 * never touches bulk bytes.
 */
import { type BlockSettings, BlockStore } from "../blocks/blocks.ts";
import type { Bus, Subscription } from "../bus/bus.ts";
import { after } from "../host/after.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { Millis, NodeId } from "../protocol/ids.ts";
import { clocks, limits } from "../protocol/limits.ts";
import type { NodeBeat, RelayBeat } from "../protocol/messages.ts";
import { routes } from "../protocol/routes.ts";
import { serveAnswers } from "./answers.ts";
import { Catalog } from "./catalog.ts";
import type { Stores } from "./conclude.ts";
import { Dealer } from "./dealer.ts";
import { describePlan } from "./describe-plan.ts";
import { Ends } from "./ends.ts";
import { type JobSettings, Jobs } from "./jobs.ts";
import { asArrow, orderToJson } from "./json-tables.ts";
import { laneFor } from "./lanes.ts";
import { TakeOver } from "./take-over.ts";

export interface RelaySettings extends JobSettings {
  readonly version: string;
  readonly resultKeptMs: number;
  /** Where this relay's own blocks are handed out; absent: over the bus only. */
  readonly door?: BlockSettings["door"];
}

/** What a relay keeps things in; the rest of its stores it makes itself. */
type GivenStores = Pick<Stores, "cache" | "cancels" | "inputs" | "deadLetters">;

/** How long a new relay waits for the nodes to say what they offer. */
const discoverMs = 150;
const discoverLookMs = 10;
const tickMs = 50;
/** Jobs that one beat tells of. */
const tookMax = 1_000;
const clientMemoryMs = 60_000;
const stopLookMs = 20;

export class Relay {
  readonly #bus: Bus;
  readonly #stores: GivenStores;
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
  readonly #intake: Subscription[] = [];
  readonly #timers: (() => void)[] = [];
  readonly #startedAt: Millis;
  #wasCutOff = false;
  /** Jobs taken over that no beat has told of yet. */
  readonly #took: string[] = [];
  /** When all nodes were last asked what they offer. */
  #askedAt = Number.NEGATIVE_INFINITY;
  /** When we were last known to hear nobody. */
  #cutOffAt = Number.NEGATIVE_INFINITY;

  constructor(bus: Bus, given: GivenStores, clock: Clock, log: Log, settings: RelaySettings) {
    this.#bus = bus;
    this.#stores = given;
    this.#clock = clock;
    this.#log = log;
    this.#settings = settings;
    this.#startedAt = clock.now();
    const blocks = new BlockStore(bus, clock, {
      keptMs: settings.resultKeptMs,
      door: settings.door,
    });
    this.#blocks = blocks;
    this.#dealer = new Dealer(bus, this.#catalog, log, {
      now: () => clock.now(),
      after: (ms, fn) => after(clock, ms, fn),
      toJson: (order) => orderToJson(order, blocks),
      fromJson: (table, job) => asArrow(table, job, blocks),
    });
    const stores = { ...given, blocks, clock, log };
    this.#jobs = new Jobs(bus, clock, stores, this.#catalog, this.#dealer, settings);
    this.#takeOver = new TakeOver({
      cache: given.cache,
      cancels: given.cancels,
      jobs: this.#jobs,
      ends: new Ends(bus, clock, stores),
      log,
      now: () => clock.now(),
      relay: settings.id,
      life: settings.life,
      lives: (relay, life) => this.#relays.get(relay)?.beat.life === life,
      took: (job) => this.#took.push(job),
    });
    this.#takeOver.want();
  }

  /** Learns what the nodes offer, then serves. */
  async start(): Promise<void> {
    const bus = this.#bus;
    const jobs = this.#jobs;
    this.#subscriptions.push(
      bus.subscribe(routes.nodeBeat, { node: "*" }, (beat) => this.#hearNode(beat)),
      bus.subscribe(routes.relayBeat, { relay: "*" }, (beat) => this.#hearRelay(beat)),
      bus.subscribe(routes.clientBeat, { client: "*" }, ({ client }) => jobs.heardClient(client)),
      bus.subscribe(routes.jobCancel, { job: "*" }, (cancel, { tokens }) => {
        jobs.cancel({ ...cancel, id: tokens["job"] ?? "" });
      }),
      bus.subscribe(routes.jobRevoke, { job: "*" }, (revoke) => jobs.revoked(revoke)),
    );
    bus.publish(routes.nodeDiscover, {}, {});
    await bus.flush();
    await this.#discovered();
    const planning = { catalog: this.#catalog, settings: this.#settings, clock: this.#clock };
    this.#subscriptions.push(
      ...serveAnswers({
        bus,
        jobs,
        cache: this.#stores.cache,
        cancels: this.#stores.cancels,
        blocks: this.#blocks,
        catalog: this.#catalog,
        log: this.#log,
        now: () => this.#clock.now(),
        relays: () => [...this.#relays.values()].map(({ beat }) => beat),
        laneFor: (ask) => laneFor(ask, { ...planning, dealer: this.#dealer }),
        planOf: (ask) =>
          describePlan(ask, { ...planning, poolsFor: (stage) => this.#dealer.poolsFor(stage) }),
      }),
    );
    this.#intake.push(
      bus.subscribe(routes.jobSubmit, {}, (submit, info) => jobs.submit(submit, info)),
      bus.subscribe(routes.userSubmit, { user: "*" }, (submit, info) =>
        jobs.submit({ ...submit, user: info.tokens["user"] ?? "" }, info),
      ),
    );
    this.#timers.push(
      this.#clock.every(tickMs, () => this.#tick()),
      this.#clock.every(Math.min(clocks.relayBeatMs, this.#leaseMs / 4), () => this.#beat()),
    );
    this.#beat();
    await bus.flush();
  }

  /** Jobs that it has. */
  get jobs(): number {
    return this.#jobs.size;
  }

  /** Silence of a relay after which its jobs are another's. */
  get #leaseMs(): number {
    return Math.min(clocks.relayLeaseMs, this.#settings.leaseMs);
  }

  #hearRelay(beat: RelayBeat): void {
    const before = this.#relays.get(beat.relay);
    if (before === undefined && this.#relays.size >= limits.relaysMax) return;
    this.#relays.set(beat.relay, { beat, heardAt: this.#clock.now() });
    // A relay that starts again has forgotten what it had.
    if (before !== undefined && before.beat.life !== beat.life) this.#takeOver.want();
    if (beat.life !== this.#settings.life && beat.took.length > 0) void this.#verify(beat.took);
  }

  /** After a silence of ours, whatever the reason: who has our jobs, and who has none? */
  async #lookAround(): Promise<void> {
    this.#takeOver.want();
    this.#bus.publish(routes.nodeDiscover, {}, {});
    await this.#verify();
  }

  async #verify(jobs?: readonly string[]): Promise<void> {
    try {
      await this.#jobs.verify(jobs);
    } catch (error) {
      this.#log.warn({ error }, "it could not be verified whose the jobs are");
    }
  }

  #hearNode(beat: NodeBeat): void {
    const at = this.#clock.now();
    const node = beat.node as NodeId;
    // A node that starts again has neither its orders nor its blocks any more.
    const startedAt = this.#catalog.startedAt(node);
    if (startedAt !== undefined && startedAt !== beat.startedAt) this.#nodesLost([node], true);
    if (this.#catalog.hear(beat, at)) this.#discover(at);
    if (beat.leaving) this.#nodesLost([node], true);
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
    // Time that passes while the bus is away counts against no work.
    if (this.#isCutOff(at)) {
      this.#cutOffAt = at;
      this.#wasCutOff = true;
      return;
    }
    if (this.#wasCutOff) void this.#lookAround();
    this.#wasCutOff = false;
    this.#jobs.tick(at);
    // For a lease after it is back, silence says nothing of nodes and relays: they lost it, too.
    const heard = at - this.#cutOffAt;
    if (heard >= this.#settings.leaseMs) this.#lookForNodes(at);
    if (heard >= this.#leaseMs) this.#lookForRelays(at);
  }

  #lookForNodes(at: Millis): void {
    const since = (at - this.#settings.leaseMs) as Millis;
    this.#nodesLost(this.#catalog.forgetSilent(since), false);
    this.#dealer.giveUp(since);
  }

  #lookForRelays(at: Millis): void {
    const own = this.#settings.id;
    const silent = [...this.#relays]
      .filter(([relay, { heardAt }]) => relay !== own && at - heardAt > this.#leaseMs)
      .map(([relay]) => relay);
    for (const relay of silent) this.#relays.delete(relay);
    this.#sayGone("relay gone", silent);
    if (silent.length > 0) this.#takeOver.want();
    // Jobs need nodes, and at the start other relays need a beat to be heard.
    const settled = at - this.#startedAt > 1.5 * this.#leaseMs;
    if (settled && this.#catalog.pools.size > 0) void this.#takeOver.look();
  }

  /**
   * Our own beat comes back to us through the server. When it does not, all others seem silent, too,
   * long before the client of the bus notices that its connection is dead.
   */
  #isCutOff(at: Millis): boolean {
    const { id } = this.#settings;
    const heardAt = this.#relays.get(id)?.heardAt ?? this.#startedAt;
    return this.#bus.continuity.lost || at - heardAt > this.#leaseMs / 2;
  }

  #nodesLost(nodes: readonly NodeId[], known: boolean): void {
    const at = this.#clock.now();
    this.#sayGone("node gone", nodes);
    for (const node of nodes) {
      this.#jobs.nodeLost(node, at, known);
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
    const { id: relay, life, version } = this.#settings;
    const startedAt = this.#startedAt;
    const took = this.#took.splice(0, tookMax);
    const jobs = this.#jobs.size;
    const beat = { v: 1 as const, relay, life, jobs, took, version, startedAt };
    this.#bus.publish(routes.relayBeat, { relay }, beat);
    this.#blocks.sweep();
    this.#jobs.forgetClients((this.#clock.now() - clientMemoryMs) as Millis);
  }

  /** Takes no more jobs, lets those that run settle for a while, then leaves. */
  async stop(patienceMs: number): Promise<void> {
    for (const intake of this.#intake) intake.stop();
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
