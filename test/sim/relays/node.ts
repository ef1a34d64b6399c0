/**
 * A simulated tasknode: the real supervisor, credits, memory and block store, put together as
 * src/tasknode/tasknode.ts does it, over threads that take virtual time and run real tasks at its end.
 */
import { BlockStore } from "../../../src/blocks/blocks.ts";
import { Bus } from "../../../src/bus/bus.ts";
import type { Clock } from "../../../src/host/clock.ts";
import type { Log } from "../../../src/host/log.ts";
import type { Done, NodeBeat, Order } from "../../../src/protocol/messages.ts";
import { routes } from "../../../src/protocol/routes.ts";
import type { Forget, Recall } from "../../../src/protocol/take-over-messages.ts";
import { type Catalog, createCatalog } from "../../../src/tasknode/catalog.ts";
import { JobMemory } from "../../../src/tasknode/job-memory.ts";
import { runOrder } from "../../../src/tasknode/run-order.ts";
import { type Credits, createCredits } from "../../../src/tasknode/slots.ts";
import { Supervisor } from "../../../src/tasknode/supervisor.ts";
import type { Thread } from "../../../src/tasknode/thread.ts";
import { board, createBoard, type ThreadOrder } from "../../../src/tasknode/thread-messages.ts";
import type { SimConnection } from "./connection.ts";
import { library } from "./tasks.ts";

const beatMs = 1_000;
const graceMs = 500;

/** Pieces of a stage that a node has done, or has in hand. */
export interface Has {
  readonly stage: number;
  readonly items: readonly { readonly chunk: number }[];
}

export interface NodeWitness {
  /** The node took an order that it will run. */
  accepted(order: Order): void;
  answered(order: Order, done: Done): void;
  /** What the node has of a job when a relay asks for it. */
  recalled(job: string, has: readonly Has[]): void;
}

export class SimTasknode {
  readonly name: string;
  readonly blocks: BlockStore;
  readonly memory = new JobMemory();
  readonly #bus: Bus;
  readonly #connection: SimConnection;
  readonly #clock: Clock;
  readonly #witness: NodeWitness;
  readonly #supervisor: Supervisor;
  readonly #credits: Credits;
  readonly #catalog: Catalog = createCatalog(library.describe(), {});
  readonly #threads: number;
  readonly #workMs: number;
  readonly #free: Thread[] = [];
  readonly #startedAt: number;

  constructor(
    name: string,
    connection: SimConnection,
    { threads, workMs }: { readonly threads: number; readonly workMs: number },
    log: Log,
    witness: NodeWitness,
  ) {
    this.name = name;
    this.#connection = connection;
    this.#threads = threads;
    this.#workMs = workMs;
    this.#witness = witness;
    const { clock } = connection;
    this.#clock = clock;
    this.#startedAt = clock.now();
    const bus = new Bus(name, connection.asNats(), log, connection.pace);
    this.#bus = bus;
    const { terms, answers } = this.memory;
    const heeds = (job: string, term: number) => terms.heeds(job, term);
    this.blocks = new BlockStore(bus, clock, {
      heeds,
      released: (job, keys) => answers.released(job, keys),
    });
    this.#supervisor = new Supervisor({
      node: name,
      graceMs,
      waitingMax: 4 * threads,
      clock,
      log,
      blocks: this.blocks,
      takeThread: () => this.#free.pop(),
      freeThreads: () => this.#free.length,
      offers: (task) => this.#catalog.offers(task),
      heeds,
      answered: (order, done) => {
        answers.keep(order, done);
        witness.answered(order, done);
      },
      respond: (reply, done) => bus.respond(reply, done),
      show: () => undefined,
      changed: () => this.#settle(),
    });
    this.#credits = createCredits(
      bus,
      (order, { reply }, credit) => {
        if (heeds(order.job, order.term)) witness.accepted(order);
        this.#supervisor.accept(order, reply, credit);
        if (order.items.some(({ attempt }) => attempt > 1)) this.#beat(false);
      },
      () => this.#settle(),
    );
    for (let index = 0; index < threads; index++) this.#free.push(this.#thread());
    this.#credits.move(this.#catalog.pool);
    this.#listen();
  }

  #thread(): Thread {
    const shared = createBoard();
    const files = {} as never;
    const fetch = () => Promise.reject(new Error("no network here"));
    const nextSignal = () => new AbortController().signal;
    const thread = {
      place: { item: 0, call: 0 },
      run: (order: ThreadOrder) => {
        shared.fill(0);
        const ms = this.#workMs * order.items.length;
        this.#connection.wait(ms, () => {
          const bench = { library, files, fetch, board: shared, nextSignal };
          void runOrder(order, bench).then((done) => {
            // As long as it took in virtual time.
            const calls = done.calls.map((call) => ({ ...call, ms }));
            this.#free.push(thread);
            this.#supervisor.done(thread, { ...done, calls });
          });
        });
      },
      cancel: () => Atomics.store(shared, board.cancelled, 1),
      // It heeds its signal when its time is over, which is sooner than any grace.
      end: () => undefined,
      expire: () => undefined,
    } as unknown as Thread;
    return thread;
  }

  #listen(): void {
    const bus = this.#bus;
    const { terms } = this.memory;
    bus.subscribe(routes.jobCancel, { job: "*" }, (cancel, { tokens }) =>
      this.#supervisor.cancel({ ...cancel, id: tokens["job"] ?? "" }),
    );
    bus.subscribe(routes.jobRevoke, { job: "*" }, (revoke) => {
      if (terms.heeds(revoke.id, revoke.term)) this.#supervisor.revoke(revoke);
    });
    bus.subscribe(routes.jobRecall, { job: "*" }, (recall, { reply }) =>
      this.#recall(recall, reply),
    );
    bus.subscribe(routes.jobForget, { job: "*" }, (forget) => this.#forget(forget));
    bus.subscribe(routes.nodeDiscover, {}, () => this.#beat(true));
    this.#clock.every(beatMs, () => this.#beat(false));
    this.#beat(true);
    this.#settle();
  }

  #settle(): void {
    const { waiting, waitingAhead } = this.#supervisor;
    this.#credits.settle({
      work: Math.max(0, this.#free.length - waiting),
      workAhead: Math.max(0, this.#threads - waitingAhead),
    });
  }

  #beat(withTasks: boolean): void {
    const { pool, digest, tasks } = this.#catalog;
    const beat: NodeBeat = {
      v: 1,
      node: this.name,
      pool,
      slots: this.#threads,
      busy: this.#threads - this.#free.length,
      encoding: "msgpack",
      catalog: digest,
      ...(withTasks && { tasks }),
      held: this.#supervisor.held,
      labels: {},
      host: "here",
      version: "1.0.0",
      startedAt: this.#startedAt,
      draining: false,
      leaving: false,
    };
    this.#bus.publish(routes.nodeBeat, { node: this.name }, beat);
  }

  #recall({ id, term, answerTo }: Recall, reply: string | undefined): void {
    const { terms, answers } = this.memory;
    if (reply === undefined || !terms.heeds(id, term)) return;
    this.blocks.releaseExcept(id, answers.blocksOf(id));
    const done = answers.of(id).map(({ stage, answer }) => ({ stage, items: answer.items }));
    for (const one of answers.of(id)) {
      this.#bus.respond(reply, { v: 1, node: this.name, done: one, held: [], last: false });
    }
    const held = this.#supervisor.redirect(id, answerTo);
    this.#witness.recalled(id, [...done, ...held]);
    this.#bus.respond(reply, { v: 1, node: this.name, held, last: true });
  }

  #forget({ id, term, stage, except }: Forget): void {
    const { terms, answers } = this.memory;
    if (!terms.heeds(id, term)) return;
    answers.forget(id, stage);
    if (stage !== undefined) return;
    this.blocks.releaseExcept(id, new Set(except));
    this.blocks.forgetFetched(id);
    this.#supervisor.cancel({ id, by: "its relay", reason: "the job is over" });
  }

  /** What must be there of an idle node: every slot, and nothing in its hands. */
  get idle() {
    const { work, workAhead } = this.#credits.open;
    const free = this.#free.length;
    return { held: this.#supervisor.held.length, free, work, workAhead };
  }

  get threads(): number {
    return this.#threads;
  }
}
