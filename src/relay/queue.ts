/**
 * Jobs with ready work, by submitter and priority. Only the job at the head of each line is a
 * candidate, so that choosing costs the number of submitters and not the number of jobs.
 */
import type { Candidate } from "../flow/pick.ts";
import type { Millis } from "../protocol/ids.ts";
import type { JobLoop } from "./job-loop.ts";

interface Line {
  readonly submitter: string;
  readonly priority: number;
  readonly loops: Set<JobLoop>;
  lastServed: Millis;
}

export class Queue {
  readonly #lines = new Map<string, Line>();

  add(loop: JobLoop): void {
    const key = keyOf(loop);
    const line = this.#lines.get(key) ?? {
      submitter: loop.submitter,
      priority: loop.plan.priority,
      loops: new Set(),
      lastServed: loop.startedAt,
    };
    line.loops.add(loop);
    this.#lines.set(key, line);
  }

  remove(loop: JobLoop): void {
    const key = keyOf(loop);
    const line = this.#lines.get(key);
    line?.loops.delete(loop);
    if (line?.loops.size === 0) this.#lines.delete(key);
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** Whether anybody else has a job here. */
  hasOthers(submitter: string): boolean {
    for (const line of this.#lines.values()) if (line.submitter !== submitter) return true;
    return false;
  }

  /** The job that `choose` picks among the heads, moved to the end of its line. */
  next(
    choose: (candidates: readonly Candidate[]) => Candidate | undefined,
    without: ReadonlySet<JobLoop>,
    at: Millis,
  ): JobLoop | undefined {
    const candidates: Candidate[] = [];
    const heads = new Map<Candidate, readonly [Line, JobLoop]>();
    for (const line of this.#lines.values()) {
      for (const loop of line.loops) {
        if (without.has(loop)) continue;
        const { submitter, priority, lastServed } = line;
        const candidate = { job: loop.job, submitter, priority, lastServed, ready: 1, inFlight: 0 };
        candidates.push(candidate);
        heads.set(candidate, [line, loop]);
        break;
      }
    }
    const chosen = choose(candidates);
    const [line, loop] = (chosen && heads.get(chosen)) ?? [];
    if (line === undefined || loop === undefined) return undefined;
    line.lastServed = at;
    line.loops.delete(loop);
    line.loops.add(loop);
    return loop;
  }
}

const keyOf = (loop: JobLoop): string => `${loop.plan.priority} ${loop.submitter}`;
