/**
 * The client: what a program holds that hands in jobs. One connection carries any number of jobs. It
 * plans nothing and runs nothing again; it validates what is handed in before anything is sent, and
 * puts a question that got no answer again under the same id.
 */
import { hostname } from "node:os";
import type { z } from "zod";
import { BlockStore } from "../blocks/blocks.ts";
import type { Bus } from "../bus/bus.ts";
import { connectBus } from "../bus/connect.ts";
import { Cancels } from "../cache/cancels.ts";
import { systemClock } from "../host/clock.ts";
import { createLog } from "../host/log.ts";
import { type Member, memberOf } from "../host/nats-credentials.ts";
import { doorIn, runtimeFolder } from "../host/private-folder.ts";
import { RtlError } from "../protocol/errors.ts";
import { checkedToken } from "../protocol/ids.ts";
import { clocks, limits } from "../protocol/limits.ts";
import {
  type Cancel,
  type JobDone,
  jobEventSchema,
  type Result,
  type TableRef,
} from "../protocol/messages.ts";
import type { DeadLetter } from "../protocol/records.ts";
import { routes } from "../protocol/routes.ts";
import { readTrace, type TraceContext } from "../protocol/trace-context.ts";
import { tableFromContents } from "../table/contents.ts";
import { encodeTable, encodeTableParts } from "../table/ipc.ts";
import type { Table } from "../table/table.ts";
import { checkedDocument } from "./checked-document.ts";
import { DeadJobs, type RetryOptions } from "./dead-jobs.ts";
import { EphemeralJobs } from "./ephemeral-jobs.ts";
import type { EventLog } from "./event-log.ts";
import { findBus } from "./find-bus.ts";
import { FollowedJob } from "./followed-job.ts";
import { type CancelAnswer, JobHandle } from "./job-handle.ts";
import { markCancelled } from "./mark-cancelled.ts";
import type { ConnectOptions, SubmitOptions } from "./options.ts";
import { Questions } from "./questions.ts";
import { SystemView } from "./system-view.ts";
import { type Ways, waysOf } from "./ways.ts";

type Trace = TraceContext | undefined;

/** A relay first reads a large input, over a network that may be as slow as 2 MB a second. */
const inputBytesPerMs = 2_000;

export type { ConnectOptions, SubmitOptions } from "./options.ts";

export async function connect(options: ConnectOptions = {}): Promise<Rtl> {
  const log = options.log ?? createLog({ logLevel: "error", logFormat: "auto" });
  const found = await findBus(options);
  const { servers } = found;
  const credentials = options.credentials ?? found.credentials;
  const id = options.name ?? `${clientPrefix()}${shortId()}`;
  const member = memberOf(credentials.credentials);
  const bus = await connectBus({ servers, id, log, credentials, member });
  return new Rtl(bus, new Questions(bus, options.patienceMs), options.lanes);
}

/** What begins the name of every client of this machine that was given none. */
export const clientPrefix = (): string =>
  `${hostname()
    .replace(/[^A-Za-z0-9_-]/g, "-")
    .slice(0, 40)}-`;

const shortId = (): string => crypto.randomUUID().slice(0, 8);

export class Rtl extends SystemView {
  readonly #bus: Bus;
  readonly #blocks: BlockStore;
  readonly #ephemeral: EphemeralJobs;
  readonly #dead: DeadJobs;
  readonly #questions: Questions;
  readonly #ways: Ways;
  /** Inputs that lie in blocks of ours, by job: what passes through a job unchanged is here already. */
  readonly #inputs = new Map<string, { readonly block: string; readonly table: Table }>();
  readonly #followed = new Set<FollowedJob>();

  constructor(bus: Bus, questions: Questions = new Questions(bus), lanes = true) {
    super(bus, questions);
    this.#bus = bus;
    this.#ways = waysOf(bus.member);
    this.#questions = questions;
    // Nobody's work hangs on how fast a client reads; of a holder that is gone it is told at once.
    this.#blocks = new BlockStore(bus, systemClock, {
      frameTimeoutMs: clocks.patienceMs,
      door: doorIn(runtimeFolder()),
      listens: "when it holds",
    });
    this.#ephemeral = new EphemeralJobs(bus, systemClock, async (spec) => {
      if (!lanes || !this.#ways.direct) return undefined;
      const question = { spec, client: bus.id };
      return (await questions.ask(routes.laneOpen, question, { waitForRelay: false })).lane;
    });
    this.#dead = new DeadJobs(bus, this.#blocks);
  }

  /** Who this is on a bus that knows its members. */
  get member(): Member | undefined {
    return this.#bus.member;
  }

  /** The name under which this client submits. */
  get name(): string {
    return this.#bus.id;
  }

  /**
   * Hands in a job. `document` is a job document in either form, as text or as an object; its faults
   * are thrown as RTL_JOB_INVALID before anything is sent. Undefined means the stage that is stored
   * in the cache under the job's id.
   */
  async submit(
    document: string | object | undefined,
    options: SubmitOptions = {},
  ): Promise<JobHandle> {
    const { spec, text } =
      document === undefined ? nothing : checkedDocument(document, options.file);
    const id = checkedToken(options.id ?? crypto.randomUUID(), "job");
    const mode = options.mode ?? "durable";
    const input = options.input === undefined ? undefined : this.#hold(id, options.input);
    const message = {
      v: 1 as const,
      id,
      mode,
      client: this.#bus.id,
      ...(spec !== undefined && { spec }),
      ...(input !== undefined && { input }),
      ...(options.origin !== undefined && { origin: options.origin }),
      ...(options.group !== undefined && { group: options.group }),
      ...(options.profile !== undefined && { profile: true }),
    };
    const trace = readTrace(options.traceparent);
    const deaf = options.profile && this.#listenForProfile(id, options.profile);
    if (mode === "ephemeral") {
      const log = this.#ephemeral.submit(message, trace === undefined ? text : undefined, trace);
      if (deaf !== undefined) log.settled().then(deaf, deaf);
      if (input !== undefined && "block" in input) {
        const letGo = () => this.#release(id);
        log.settled().then((done) => done.state === "completed" || letGo(), letGo);
      }
      return this.#handle(id, true, async () => log, mode);
    }
    const submitted = this.#submitDurable(message, {
      answerMs: clocks.answerMs + readingMs(input),
      own: options.id === undefined,
      trace,
    });
    if (deaf !== undefined) submitted.then((job) => job.done()).then(deaf, deaf);
    return submitted;
  }

  /** `own`: the id was drawn here, so that nobody else can have submitted under it. */
  async #submitDurable(
    message: z.input<typeof routes.jobSubmit.request>,
    how: { readonly answerMs: number; readonly own: boolean; readonly trace: Trace },
  ): Promise<JobHandle> {
    const { answerMs, own, trace } = how;
    const { id } = message;
    let tries = 1;
    const again = () => void tries++;
    // Listening begins before the submit, so that not even the fastest job settles unheard.
    const followed = this.#follow(id);
    try {
      const { submit, tokens } = this.#ways;
      const { created } = await this.#questions.ask(submit, message, {
        answerMs,
        again,
        tokens,
        trace,
      });
      // An earlier try of ours may be what the relay had accepted before.
      const isNew = created || own ? true : tries === 1 ? false : undefined;
      if (isNew) return this.#handle(id, isNew, async () => followed.log, "durable");
      followed.close();
      return this.#handle(id, isNew, this.#late(id), "durable");
    } catch (error) {
      followed.close();
      throw error;
    } finally {
      // By now the relay has an input of its own, or wants none.
      this.#release(id);
    }
  }

  /** The result stops it: what is told of a job comes before its end. */
  #listenForProfile(job: string, heard: NonNullable<SubmitOptions["profile"]>): () => void {
    const profiles = this.#bus.subscribe(routes.jobProfile, { job }, ({ spans, dropped }) =>
      heard(spans, dropped),
    );
    return () => profiles.stop();
  }

  #follow(id: string): FollowedJob {
    const followed: FollowedJob = new FollowedJob(id, {
      bus: this.#bus,
      cache: () => this.cache(),
      status: (job) => this.#questions.ask(routes.jobStatus, { id: job }),
    });
    this.#followed.add(followed);
    const over = () => void this.#followed.delete(followed);
    followed.log.settled().then(over, over);
    return followed;
  }

  /** A job found by its id. Nothing is asked until one of its methods is. */
  job(id: string): JobHandle {
    const job = checkedToken(id, "job");
    return this.#handle(job, undefined, this.#late(job), "durable");
  }

  #handle(
    id: string,
    created: boolean | undefined,
    log: () => Promise<EventLog>,
    mode: "durable" | "ephemeral",
  ): JobHandle {
    return new JobHandle(id, created, {
      log,
      blocks: this.#blocks,
      own: (block) => {
        const input = this.#inputs.get(id);
        return input?.block === block ? input.table : undefined;
      },
      status: async () =>
        this.#ephemeral.status(id) ?? this.#questions.ask(routes.jobStatus, { id }),
      cancel: (cancel) => this.#cancel(id, cancel, mode),
      result: async (): Promise<Result> =>
        (await this.#questions.ask(routes.jobResult, { id })).result,
      consumed: (tables) => {
        if (mode === "ephemeral" && !this.#ephemeral.consumed(id)) this.#letGo(id, tables);
      },
    });
  }

  async #cancel(
    id: string,
    cancel: Omit<Cancel, "by"> & { readonly by?: string },
    mode: "durable" | "ephemeral",
  ): Promise<CancelAnswer> {
    const message = { ...cancel, by: cancel.by ?? this.#bus.id };
    if (mode === "durable") return this.#cancelDurable(message);
    this.#ephemeral.cancel(message);
    const state = "cancelling" as const;
    return { id, state, client: this.#bus.id, relay: "", submittedAt: 0 };
  }

  /** Where no relay answers, the mark is kept for the one that comes. */
  async #cancelDurable(cancel: Cancel): Promise<CancelAnswer> {
    try {
      const { cancel: route, tokens } = this.#ways;
      return await this.#questions.ask(route, cancel, { waitForRelay: false, tokens });
    } catch (error) {
      if (!(error instanceof RtlError) || error.code !== "RTL_NO_RELAY") throw error;
      // Whose job it is only a relay can tell.
      if (!this.#ways.direct) throw error;
      return markCancelled(await this.cache(), await Cancels.open(this.#bus), cancel);
    }
  }

  /** The events of a job that is not ours, or not new: from the stream, once somebody wants them. */
  #late(id: string): () => Promise<EventLog> {
    let log: Promise<EventLog> | undefined;
    const open = async (): Promise<EventLog> => {
      const summary = await this.#questions.ask(routes.jobStatus, { id });
      const followed = this.#follow(id);
      await followed.readPast();
      // The stream may have forgotten the job; its record has not.
      followed.take(summary);
      return followed.log;
    };
    return () => {
      // Whoever asks again after a failure deserves a new answer.
      log ??= open().catch((error: unknown) => {
        log = undefined;
        throw error;
      });
      return log;
    };
  }

  /** Small tables travel in the submit; large ones wait here until nodes ask for them. */
  #hold(job: string, contents: unknown): TableRef {
    const table = tableFromContents(contents);
    const { rows } = table;
    // The table's own memory is the block: it is not copied before somebody asks for it.
    const parts = encodeTableParts(table);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes <= limits.inlineBytesMax) return { rows, bytes, inline: encodeTable(table) };
    const ref = { rows, ...this.#blocks.put(job, parts) };
    this.#inputs.set(job, { block: ref.block, table });
    return ref;
  }

  /** What we hold of a job. */
  #release(job: string): void {
    this.#blocks.release(job);
    this.#inputs.delete(job);
  }

  #letGo(job: string, tables: readonly TableRef[]): void {
    this.#release(job);
    const holders = new Set(tables.flatMap((table) => ("holder" in table ? [table.holder] : [])));
    for (const holder of holders) this.#bus.publish(routes.blockRelease, { holder }, { job });
  }

  /** Has a node take no more work, or some again; how many orders it still has. RTL_WAIT_TIMEOUT without it. */
  async drainNode(node: string, drain = true): Promise<number> {
    const told = { timeoutMs: clocks.answerMs };
    return (await this.#bus.request(routes.nodeDrain, { node }, { drain }, told)).held;
  }

  /**
   * What is kept of work that ended its workers, or had no attempt left; the newest first. Of a letter
   * that cannot be read `unreadable` is told.
   */
  async deadLetters(
    unreadable: (job: string, error: unknown) => void = () => undefined,
  ): Promise<DeadLetter[]> {
    return this.#dead.all(unreadable);
  }

  /** The dead letter of a job; RTL_JOB_UNKNOWN when there is none. */
  async deadLetter(job: string): Promise<DeadLetter> {
    return this.#dead.get(job);
  }

  /** The input of a job that died; RTL_INPUT_LOST when it is gone, undefined when it had none. */
  async deadInput(letter: DeadLetter): Promise<Table | undefined> {
    return this.#dead.input(letter);
  }

  /**
   * Hands a job that is over in again, as a durable job with an id of its own: the same document and input.
   * RTL_JOB_CONFLICT while it runs, RTL_INPUT_LOST when its input is gone and no other is given.
   */
  async retry(job: string, options: RetryOptions = {}): Promise<JobHandle> {
    const record = (await (await this.cache()).getJob(checkedToken(job, "job")))?.value;
    return this.#dead.again(
      job,
      record,
      (document, given) => this.submit(document, given),
      options,
    );
  }

  /**
   * The same for a job that died, by its letter, which stays unless `drop` is said.
   */
  async retryDead(job: string, options: RetryOptions = {}): Promise<JobHandle> {
    return this.#dead.retry(job, (document, given) => this.submit(document, given), options);
  }

  /** Forgets the dead letter of a job; RTL_JOB_UNKNOWN when there is none. */
  async dropDead(job: string): Promise<void> {
    await this.#dead.drop(job);
  }

  /** Calls back with each settled job of a queue group of results; the group shares them out. */
  onResult(group: string, handler: (done: JobDone) => void): { stop(): void } {
    return this.#bus.subscribe(
      routes.groupResult,
      { group },
      (event) => {
        const parsed = jobEventSchema.parse(event);
        if (parsed.type === "job.done") handler(parsed);
      },
      { queue: group },
    );
  }

  /** Ephemeral jobs that still run end with their client. */
  async close(): Promise<void> {
    this.#ephemeral.close();
    for (const followed of this.#followed) followed.close();
    this.#blocks.close();
    await this.#bus.drain();
  }
}

/** Undefined as a document means the stage that is stored under the job's id. */
const nothing = { spec: undefined, text: undefined };

/** Time that a relay needs to read an input that does not travel inside its submit. */
const readingMs = (input: TableRef | undefined): number =>
  input !== undefined && "block" in input ? Math.ceil(input.bytes / inputBytesPerMs) : 0;
