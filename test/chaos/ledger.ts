/**
 * The ledger of the chaos suite: every execution of work writes into one file when it begins, before
 * it does anything, so that what ran twice or when it should not is known whatever became of its
 * node. The work itself is a pure function, so that every result can be compared with the truth.
 * It stands outside of the system and asks it nothing.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Ending, tempFolder } from "../support/temp-folder.ts";

/** What one execution says of itself. */
export interface Execution {
  readonly job: string;
  readonly stage: string;
  readonly chunk: number;
  /** The how-manyth execution of this chunk it is, by the ledger. */
  readonly attempt: number;
  readonly node: string;
  readonly pid: number;
  readonly beganAt: number;
}

/** What the work makes of the number in a row: small enough that sums of it are exact. */
export function mixed(x: number): number {
  let hash = Math.imul(x ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) & 0xfffff;
}

/** Called by a task. One small append of a file that was opened for appending is never torn. */
export function enter(file: string, execution: Omit<Execution, "attempt">): void {
  appendFileSync(file, `${JSON.stringify(execution)}\n`);
}

export interface Ledger {
  readonly file: string;
  /** All executions so far, in order. */
  executions(): readonly Execution[];
}

export function openLedger(t: Ending): Ledger {
  const file = join(tempFolder(t), "ledger");
  return {
    file,
    executions() {
      if (!existsSync(file)) return [];
      const attempts = new Map<string, number>();
      const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
      return lines.map((line) => {
        const execution = JSON.parse(line) as Omit<Execution, "attempt">;
        const name = chunkName(execution);
        const attempt = (attempts.get(name) ?? 0) + 1;
        attempts.set(name, attempt);
        return { ...execution, attempt };
      });
    },
  };
}

export const chunkName = ({ job, stage, chunk }: Pick<Execution, "job" | "stage" | "chunk">) =>
  `${job}/${stage}/${chunk}`;

/** Executions beyond the first of each chunk. */
export const repeated = (executions: readonly Execution[]): number =>
  executions.filter(({ attempt }) => attempt > 1).length;
