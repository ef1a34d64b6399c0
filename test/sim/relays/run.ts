/**
 * One run: real relays on a simulated server, nodes and a client, a job, and what befalls the relay that
 * takes it in. It tells what happened; whether that is right, `verdict.ts` says.
 */
import { setImmediate as drained } from "node:timers/promises";
import { Bus } from "../../../src/bus/bus.ts";
import { eventStream } from "../../../src/cache/bounds.ts";
import { Cache } from "../../../src/cache/cache.ts";
import { Cancels } from "../../../src/cache/cancels.ts";
import { DeadLetters } from "../../../src/cache/dead-letters.ts";
import { Inputs } from "../../../src/cache/inputs.ts";
import { createLog } from "../../../src/host/log.ts";
import { decodeMessage } from "../../../src/protocol/codec.ts";
import { type JobDone, jobEventSchema, resultSchema } from "../../../src/protocol/messages.ts";
import { type JobRecord, jobRecordSchema } from "../../../src/protocol/records.ts";
import { Relay } from "../../../src/relay/relay.ts";
import { encodeTable } from "../../../src/table/ipc.ts";
import { Random } from "../random.ts";
import { World } from "../world.ts";
import { SimClient } from "./client.ts";
import { type Blow, SimConnection } from "./connection.ts";
import { SimTasknode } from "./node.ts";
import { SimServer } from "./server.ts";
import type { Setup } from "./setups.ts";
import { tableOf } from "./tasks.ts";

/** A run of one piece of work. */
export interface Execution {
  readonly piece: string;
  readonly node: string;
  readonly term: number;
  /** When its node took it. */
  readonly takenAt: number;
}

/** What befalls a run. */
export interface Fate {
  /** The first is for the relay that takes the job in, the second for the one that comes after it. */
  readonly blows: readonly Blow[];
  /** A node dies this long after the submit, and is not started again. */
  readonly nodeDiesAtMs?: number;
  /** Of the ways of messages, and of who is dealt work. */
  readonly seed: number;
}

export interface Story {
  readonly setup: Setup;
  readonly fate: Fate;
  /** What the first relay had done since the submit, up to its blow. */
  readonly effects: readonly string[];
  /** Blows that fell: a job may be over before. */
  readonly struck: number;
  /** All that the server heard, in short; for whoever has to find out what went wrong. */
  readonly heard: readonly string[];
  readonly record: JobRecord | undefined;
  /** When the server got the end into the record. */
  readonly settledAt: number | undefined;
  readonly ends: readonly JobDone[];
  readonly groupEnds: readonly JobDone[];
  readonly numbers: Float64Array | undefined;
  readonly executions: readonly Execution[];
  /** Pieces that a node had, done, when a relay asked for them, and that were done again. */
  readonly redone: readonly string[];
  readonly blocks: { readonly held: number; readonly ofResult: number };
  /** Parts of inputs that are left in the store. */
  readonly inputsKept: number;
  readonly nodes: readonly SimTasknode["idle"][];
  readonly threads: number;
  readonly stuck: boolean;
}

export const jobName = "job-1";
const log = createLog({ logLevel: "silent", logFormat: "json" });
const submitAtMs = 300;
/** Of each node. */
const threads = 2;
/** A job that takes longer is stuck. */
const virtualMsMax = 60_000;
/** After the end and after the blow, whichever is later, everything is given this long to settle. */
const restMs = 3_000;

class Run {
  readonly #world = new World();
  readonly #server: SimServer;
  readonly #setup: Setup;
  readonly #nodes: SimTasknode[] = [];
  readonly #executions: Execution[] = [];
  readonly #taken = new Map<string, number>();
  readonly #had = new Map<string, number>();
  readonly #redone: string[] = [];
  readonly #heard: string[] = [];
  #settledAt: number | undefined;
  readonly #fate: Fate;
  readonly #random: Random;

  constructor(setup: Setup, fate: Fate) {
    this.#setup = setup;
    this.#fate = fate;
    this.#random = new Random(fate.seed);
    this.#server = new SimServer(this.#world, fate.seed);
    this.#server.witness = ({ subject }) =>
      this.#heard.push(`${this.#world.now.toFixed(1)} ${subject}`);
  }

  #connection(latencyMs = 0): SimConnection {
    return new SimConnection(this.#server, latencyMs + this.#random.whole(1, 8) / 8);
  }

  async #relay(name: string): Promise<SimConnection> {
    const connection = this.#connection();
    const { clock } = connection;
    const bus = new Bus(name, connection.asNats(), log, connection.pace);
    const opening = Promise.all([Cache.open(bus), Cancels.open(bus)]);
    await this.#advance(20);
    const [cache, cancels] = await opening;
    const stores = { cache, cancels, inputs: new Inputs(bus), deadLetters: new DeadLetters(bus) };
    const relay = new Relay(bus, stores, clock, log, {
      id: name,
      life: `${name}-life`,
      version: "1.0.0",
      leaseMs: 3_000,
      graceMs: 500,
      chunkRows: 0,
      resultKeptMs: 24 * 3_600_000,
    });
    void relay.start();
    // Relays look around each at its own time.
    await this.#advance(this.#random.whole(0, 50));
    return connection;
  }

  #node(name: string): SimConnection {
    const { workMs, nodeLatencyMs } = this.#setup;
    const connection = this.#connection(nodeLatencyMs);
    this.#nodes.push(
      new SimTasknode(name, connection, { threads, workMs }, log, {
        accepted: (order) => this.#taken.set(order.order, this.#world.now),
        answered: (order, done) => {
          const takenAt = this.#taken.get(order.order) ?? 0;
          for (const { chunk, failure } of done.items) {
            const piece = `${order.job}/${order.stage}/${chunk}`;
            // What it had in hand has come to nothing, and may be done again.
            if (failure !== undefined) this.#had.delete(piece);
            if (failure !== undefined) continue;
            this.#executions.push({ piece, node: name, term: order.term, takenAt });
            if ((this.#had.get(piece) ?? Number.POSITIVE_INFINITY) < takenAt) {
              this.#redone.push(piece);
            }
          }
        },
        recalled: (job, has) => {
          for (const { stage, items } of has) {
            for (const { chunk } of items) {
              const piece = `${job}/${stage}/${chunk}`;
              if (!this.#had.has(piece)) this.#had.set(piece, this.#world.now);
            }
          }
        },
      }),
    );
    return connection;
  }

  /** Lets virtual time pass; after each happening, all that hangs on it is done. */
  async #advance(ms: number, isOver: () => boolean = () => false): Promise<void> {
    let passed = false;
    this.#world.after(ms, () => {
      passed = true;
    });
    while (!passed && !isOver()) {
      this.#world.advance();
      await drained();
    }
  }

  async run(): Promise<Story> {
    const { blows, nodeDiesAtMs } = this.#fate;
    const world = this.#world;
    const mortal = this.#node("node-1");
    for (const name of ["node-2", "node-3"]) this.#node(name);
    const relays: SimConnection[] = [];
    for (let index = 0; index <= Math.max(1, blows.length); index++) {
      relays.push(await this.#relay(`relay-${index + 1}`));
    }
    const client = new SimClient("client-1", this.#connection(), log);
    await this.#advance(submitAtMs);
    for (const [index, relay] of relays.entries()) {
      const next = relays[index + 1];
      relay.struck = () => next?.arm(blows[index + 1]);
    }
    relays[0]?.arm(blows[0]);
    this.#submit(client);
    if (nodeDiesAtMs !== undefined) world.after(nodeDiesAtMs, () => this.#killNode(mortal));
    let endedAt: number | undefined;
    const pausesMs = blows.reduce((sum, { pauseMs = 0 }) => sum + pauseMs, 0);
    const isOver = () => {
      this.#noteEnd();
      if (client.ends.length > 0) endedAt ??= world.now;
      const blowAt = Math.max(0, ...relays.map(({ struckAt = 0 }) => struckAt));
      const since = Math.max(endedAt ?? Number.POSITIVE_INFINITY, blowAt);
      return world.now - since > restMs + pausesMs;
    };
    await this.#advance(virtualMsMax, isOver);
    const record = this.#record();
    const result = this.#result(record);
    let numbers: Float64Array | undefined;
    if (result !== undefined) {
      void client.numbersIn(result).then(
        (found) => {
          numbers = found;
        },
        () => undefined,
      );
      await this.#advance(1_000);
    }
    const ofResult = (result?.tables ?? []).filter((table) => "block" in table).length;
    return {
      setup: this.#setup,
      fate: this.#fate,
      effects: relays[0]?.effects ?? [],
      struck: relays.filter(({ struckAt }) => struckAt !== undefined).length,
      heard: this.#heard,
      record,
      settledAt: this.#settledAt,
      ends: this.#ends(),
      groupEnds: client.groupEnds,
      numbers,
      executions: this.#executions,
      redone: this.#redone,
      blocks: {
        held: this.#nodes.reduce((sum, { blocks }) => sum + blocks.stats().blocks, 0),
        ofResult,
      },
      inputsKept: this.#server.store.bucket("RTL_INPUTS").size,
      nodes: this.#nodes.map(({ idle }) => idle),
      threads,
      stuck: endedAt === undefined,
    };
  }

  #killNode(mortal: SimConnection): void {
    mortal.kill();
    this.#nodes.shift();
  }

  #submit(client: SimClient): void {
    const { document, input, cancelAtMs } = this.#setup;
    const bytes = input === undefined ? undefined : encodeTable(tableOf(input));
    client.submit({
      v: 1,
      id: jobName,
      mode: "durable",
      client: "client-1",
      group: "watchers",
      spec: document,
      ...(bytes && { input: { rows: input?.length ?? 0, bytes: bytes.length, inline: bytes } }),
    });
    if (cancelAtMs !== undefined) this.#world.after(cancelAtMs, () => client.cancel(jobName));
  }

  #record(): JobRecord | undefined {
    const kept = this.#server.store.get("RTL_JOBS", jobName);
    return kept && decodeMessage(jobRecordSchema, kept.value);
  }

  #noteEnd(): void {
    if (this.#settledAt !== undefined) return;
    if (this.#record()?.settledAt !== undefined) this.#settledAt = this.#world.now;
  }

  #result(record: JobRecord | undefined) {
    if (record?.result !== undefined) return record.result;
    const key = `${jobName}.${record?.takeovers ?? 0}`;
    const kept = this.#server.store.get("RTL_RESULTS", key);
    return kept && decodeMessage(resultSchema, kept.value);
  }

  /** The last events that the server heard, whoever listened. */
  #ends(): readonly JobDone[] {
    const subject = eventStream.subject.replace("*", jobName);
    return this.#server.store
      .kept(eventStream.name, subject)
      .map(({ data }) => decodeMessage(jobEventSchema, data))
      .filter((event): event is JobDone => event.type === "job.done");
  }
}

export const run = (setup: Setup, fate: Fate): Promise<Story> => new Run(setup, fate).run();
