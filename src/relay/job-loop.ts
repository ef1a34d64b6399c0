/**
 * One job in a relay: events go into the core one at a time, and what it commands is carried out
 * through ports. The loop keeps the outputs and the report, which the core does not need; it decides
 * nothing itself, and reads no clock.
 */
import type { JobCommand, Outcome, Range } from "../flow/command.ts";
import { nowAt } from "../flow/draft.ts";
import type { Extent, JobEvent } from "../flow/event.ts";
import type { Plan, Stage } from "../flow/plan.ts";
import { readyCount, readyStages } from "../flow/ready.ts";
import { flowLimits, type JobState, MEASURE } from "../flow/state.ts";
import { begin, step } from "../flow/step.ts";
import { stragglerOf } from "../flow/straggler.ts";
import { toFailure } from "../protocol/errors.ts";
import {
  type JobId,
  type Millis,
  type NodeId,
  type StageIndex,
  type Work,
  workId,
} from "../protocol/ids.ts";
import type { CallReport, TableRef } from "../protocol/messages.ts";
import { cancellerIn, located } from "./ending.ts";
import { EventFeed, type EventSink } from "./event-feed.ts";
import type { JobTrace } from "./job-trace.ts";
import { bytesOf, Outputs, type Piece, type StateRef } from "./outputs.ts";
import type { Profile } from "./profile.ts";
import { Report } from "./report.ts";

/** What a loop needs of the world. */
export interface JobPorts extends EventSink {
  /** Everything of the job that runs anywhere is to end; `by` is empty where it has failed. */
  revoke(job: JobId, by: string, reason: string, graceMs: Millis): void;
  /** Nobody of this job will read this table again. */
  letGo(job: JobId, table: TableRef): void;
  /** Nobody of this job will ask what nodes remember of this stage. */
  stageReleased(job: JobId, stage: StageIndex): void;
  /** Puts bytes into a block of the job that this relay holds. */
  keep(job: JobId, bytes: Uint8Array): TableRef;
  /** Nobody could do this work, and the job fails for it; resolves when that is kept, or cannot be. */
  bury(loop: JobLoop, buried: Buried, at: Millis): Promise<void>;
  /** The job is over; called once. */
  settled(loop: JobLoop, outcome: Outcome): void;
}

/** A piece of work on its way out. */
export interface Assignment {
  readonly work: Work;
  readonly range: Range | undefined;
  readonly measure: boolean;
  readonly apart: boolean;
}

export type Buried = Omit<Extract<JobCommand, { type: "bury-work" }>, "type">;

/** What came back for one piece of work. */
export interface Finished {
  readonly work: Work;
  readonly node: NodeId;
  readonly rows: number;
  readonly piece: Piece | undefined;
  readonly state: StateRef | undefined;
  readonly extent: Extent | undefined;
}

export type Failed = Omit<Extract<JobEvent, { type: "work-failed" }>, "type" | "at">;

/** Work that a node has in hand. */
export interface Found {
  readonly work: Work;
  readonly node: NodeId;
}

export class JobLoop {
  readonly job: JobId;
  readonly plan: Plan;
  readonly submitter: string;
  readonly ephemeral: boolean;
  /** How often the job has changed its relay before it came here. */
  readonly term: number;
  readonly startedAt: Millis;
  /** Keeps where its time goes, if the job asks for it. */
  readonly profile: Profile | undefined;
  /** The trace that it belongs to, if its submitter said one. */
  readonly trace: JobTrace | undefined;
  readonly input: TableRef;
  readonly outputs: Outputs;
  readonly report: Report;
  readonly feed: EventFeed;
  /** The keeping of what nobody could do; absent where the job did not fail for such work. */
  burial: Promise<void> | undefined;
  readonly #ports: JobPorts;
  readonly #assigned: Assignment[] = [];
  readonly #arrived = new Map<string, Finished>();
  readonly #completed = new Set<StageIndex>();
  /** Mean time of one piece of each stage inside its tasks, in milliseconds. */
  readonly #meanMs: (number | undefined)[] = [];
  #state: JobState;
  #attempts = 0;
  #retries = 0;
  #late = 0;
  #over = false;
  #abandoned = false;
  #copied = false;
  #gathering: boolean;
  /** What was found in nodes and cannot be placed before it is known how its stage is cut. */
  #outputsFound: readonly Finished[] = [];
  #worksFound: readonly Found[] = [];
  readonly #whenFound: (() => void)[] = [];

  constructor(
    plan: Plan,
    input: TableRef,
    about: {
      readonly submitter: string;
      readonly ephemeral: boolean;
      readonly term?: number;
      /** A number that no event of the job has reached. */
      readonly after?: number;
      /** What nodes have of it is not known yet: until `find` nothing is handed out. */
      readonly resumed?: boolean;
      readonly profile?: Profile | undefined;
      readonly trace?: JobTrace | undefined;
    },
    ports: JobPorts,
    at: Millis,
  ) {
    this.job = plan.job;
    this.plan = plan;
    this.submitter = about.submitter;
    this.ephemeral = about.ephemeral;
    this.term = about.term ?? 0;
    this.#gathering = about.resumed === true;
    this.startedAt = at;
    this.profile = about.profile;
    this.trace = about.trace;
    this.input = input;
    this.#ports = ports;
    this.outputs = new Outputs(
      plan,
      input,
      (table) => ports.letGo(plan.job, table),
      (bytes) => ports.keep(plan.job, bytes),
    );
    this.report = new Report(plan);
    this.feed = new EventFeed(plan.job, ports, about.ephemeral, about.after);
    const [state, commands] = begin(plan, at);
    this.#state = state;
    this.#perform(commands, at);
  }

  get state(): JobState {
    return this.#state;
  }

  get over(): boolean {
    return this.#over;
  }

  get counts() {
    return { attempts: this.#attempts, retries: this.#retries, late: this.#late };
  }

  readyStages(at: Millis): readonly StageIndex[] {
    return this.#over || this.#gathering ? [] : readyStages(this.#state, at);
  }

  readyCount(stage: StageIndex, at: Millis, max: number): number {
    return readyCount(this.#state, stage, at, max);
  }

  meanMs(stage: StageIndex): number | undefined {
    return this.#meanMs[stage];
  }

  /** Rows or bytes of a chunk; 0 where that is not known, or chunks are taken as they come. */
  unitsOf(stage: StageIndex): number {
    const { cut, units } = this.#state.stages[stage] ?? {};
    return cut === undefined || units === 0 ? 0 : cut.size;
  }

  /** Takes up to `count` pieces of ready work of this stage. */
  take(stage: StageIndex, count: number, at: Millis): readonly Assignment[] {
    this.post({ type: "work-wanted", stage, count, at });
    return this.#assigned.splice(0);
  }

  /** A stage of which a piece takes much too long, if there is one. */
  straggling(at: Millis): StageIndex | undefined {
    if (this.#over || this.#gathering || this.#state.phase !== "running") return undefined;
    const view = { ...this.#state, now: nowAt(this.#state, at) };
    return this.plan.stages.find(({ index }) => stragglerOf(view, index, flowLimits))?.index;
  }

  /** Takes a copy of what takes much too long. */
  takeCopy(stage: StageIndex, at: Millis): readonly Assignment[] {
    this.post({ type: "copy-wanted", stage, at });
    this.#copied ||= this.#assigned.length > 0;
    return this.#assigned.splice(0);
  }

  /** Whether two nodes may have been at the same work, so that one may be at it still. */
  get copied(): boolean {
    return this.#copied;
  }

  /**
   * An order was answered: what its calls did, and how many of its pieces say how long such a piece takes.
   * Told before its pieces are posted.
   */
  ran(
    stage: StageIndex,
    node: string,
    chunks: number,
    calls: readonly CallReport[],
    typical: number,
  ): void {
    this.report.ran(stage, node, chunks, calls);
    if (typical === 0) return;
    const ms = calls.reduce((sum, call) => sum + call.ms, 0) / typical;
    const known = this.#meanMs[stage] ?? ms;
    // The more pieces an order has, the more it says of what is usual.
    this.#meanMs[stage] = ms + (known - ms) * 0.9 ** typical;
  }

  finish(finished: Finished, at: Millis): void {
    const { work, node, rows, piece, extent } = finished;
    this.#arrived.set(workId(work), finished);
    const bytes = piece && { bytes: bytesOf(piece, rows) };
    this.post({ type: "work-finished", work, node, rows, ...bytes, ...(extent && { extent }), at });
    this.#arrived.delete(workId(work));
  }

  /** What nodes have of a job that was taken over; from now on the rest is handed out. */
  find(outputs: readonly Finished[], works: readonly Found[], at: Millis): void {
    this.#gathering = false;
    this.#outputsFound = [...outputs].sort(
      (a, b) => a.work.stage - b.work.stage || a.work.chunk - b.work.chunk,
    );
    this.#worksFound = works;
    this.#placeFound(at);
    for (const run of this.#whenFound.splice(0)) run();
  }

  /** Whether what nodes have of the job is still being found out. */
  get gathering(): boolean {
    return this.#gathering;
  }

  /** Runs this once all is found that nodes have of the job. */
  whenFound(run: () => void): void {
    this.#whenFound.push(run);
  }

  #placeFound(at: Millis): void {
    const outputs = this.#outputsFound;
    const works = this.#worksFound;
    this.#outputsFound = outputs.filter((found) => {
      if (!this.#isPlaceable(found.work)) return true;
      const { work, node, rows, extent } = found;
      this.#arrived.set(workId(work), found);
      this.post({ type: "output-found", work, node, rows, ...(extent && { extent }), at });
      this.#arrived.delete(workId(work));
      return false;
    });
    this.#worksFound = works.filter(({ work, node }) => {
      if (!this.#isPlaceable(work)) return true;
      this.post({ type: "work-found", work, node, at });
      return false;
    });
  }

  #isPlaceable({ stage, chunk }: Work): boolean {
    const { opened, cut } = this.#state.stages[stage] ?? {};
    return chunk === MEASURE ? opened === true : cut !== undefined;
  }

  /** Another relay has the job: nothing more is said or done of it here. */
  abandon(): void {
    this.#over = true;
    this.#abandoned = true;
  }

  /** A lost input is made again before the work that wanted it is tried again. */
  failed(failed: Failed, at: Millis): void {
    const { failure, node = "a node" } = failed;
    if (failure.code === "RTL_JOB_CANCELLED" && this.#state.phase === "running") {
      // Its nodes have heard what we have not.
      const reason = `${node} has heard that the job is cancelled`;
      this.post({ type: "cancel-requested", by: "a client", reason, graceMs: 0 as Millis, at });
    }
    if (failure.code !== "RTL_BLOCK_LOST") return this.post({ type: "work-failed", ...failed, at });
    const keys = (failure.problems ?? []).map(({ message }) => message);
    for (const chunk of keys.flatMap((key) => this.outputs.within(key))) {
      this.post({ type: "block-lost", ...chunk, at });
    }
    const ofInput = "block" in this.input && keys.includes(this.input.block);
    // Nobody can make the job's own input again; and what names no block must cost an attempt.
    const code = ofInput ? "RTL_INPUT_LOST" : keys.length === 0 ? "RTL_WORK_LOST" : failure.code;
    this.post({ type: "work-failed", ...failed, failure: { ...failure, code }, at });
  }

  post(event: JobEvent): void {
    if (this.#abandoned) return;
    if (event.type === "work-failed") this.#retries++;
    // Nobody has tried what nobody took.
    if (event.type === "work-refused") this.#attempts--;
    try {
      const next = () => step(this.#state, event);
      const [state, commands] = this.profile?.timed(`step(${event.type})`, next) ?? next();
      this.#state = state;
      this.#perform(commands, event.at);
      const isWaiting = this.#outputsFound.length + this.#worksFound.length > 0;
      if (isWaiting && event.type === "work-finished") this.#placeFound(event.at);
    } catch (error) {
      // A broken invariant ends this job with its story, and no other.
      if (this.#over) return;
      this.#settle({ state: "failed", failure: toFailure(error, "RTL_INTERNAL") }, event.at);
    }
  }

  #perform(commands: readonly JobCommand[], at: Millis): void {
    for (const command of commands) this.#performOne(command, at);
  }

  #performOne(command: JobCommand, at: Millis): void {
    switch (command.type) {
      case "assign-work": {
        this.#attempts++;
        const { work, range, measure, apart } = command;
        this.#assigned.push({ work, range, measure, apart });
        for (const stage of this.report.started(work.stage, at)) this.feed.stageStarted(stage, at);
        return;
      }
      case "commit-output": {
        const arrived = this.#arrived.get(workId(command.work));
        if (arrived === undefined) return;
        const { stage, chunk } = command.work;
        if (chunk === MEASURE) this.outputs.learn(stage, arrived.state);
        else this.outputs.commit(stage, chunk, arrived.piece, arrived.rows, arrived.state);
        return;
      }
      case "discard-output":
        this.#late++;
        this.#discard(this.#arrived.get(workId(command.work)));
        return;
      case "publish-progress":
        this.#progress(command, at);
        return;
      case "release-outputs":
        this.outputs.release(command.stage, command.chunk);
        if (command.chunk === undefined) this.#ports.stageReleased(this.job, command.stage);
        return;
      case "revoke-work":
        if (this.#state.phase === "cancelling") this.feed.cancelling(this.#state, at);
        this.#ports.revoke(this.job, cancellerIn(this.#state), command.reason, command.graceMs);
        return;
      case "bury-work":
        this.burial = this.#ports.bury(this, command, at);
        return;
      case "settle-job":
        this.#settle(command.outcome, at);
    }
  }

  #discard(finished: Finished | undefined): void {
    if (finished !== undefined) this.outputs.discard(finished.piece, finished.state);
  }

  #progress(command: Extract<JobCommand, { type: "publish-progress" }>, at: Millis): void {
    command.stages.forEach((progress, index) => {
      const stage = index as StageIndex;
      if (progress.total !== progress.done || this.#completed.has(stage)) return;
      this.#completed.add(stage);
      for (const report of this.report.completed(stage, progress.done, progress.rows, at)) {
        this.feed.stageCompleted(report, at);
      }
    });
    const stages = this.report.progress().map(({ name, stage }) => {
      const { done = 0, total, rows = 0 } = command.stages[stage] ?? {};
      return { stage: name, done, rows, ...(total !== undefined && { total }) };
    });
    this.feed.progress(stages, at);
  }

  #settle(outcome: Outcome, at: Millis): void {
    if (this.#over) return;
    this.#over = true;
    this.feed.flush(at);
    this.#ports.settled(this, located(outcome, this.plan));
  }

  /** The plan stage's name for people, for the messages of failures. */
  stageAt(index: StageIndex): Stage {
    const stage = this.plan.stages[index];
    if (stage === undefined) throw new Error(`job ${this.job} has no stage ${index}`);
    return stage;
  }
}
