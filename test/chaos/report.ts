/**
 * What a chaos test found, in the terms of its oracle: one line of JSON for the suite's table, where one
 * is wanted. The five counts are zero, or the test fails; figures of time are only noted.
 */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";

export interface Findings {
  /** What was done to the system. */
  readonly fault: string;
  /** How often. */
  readonly injected: number;
  readonly jobs: number;
  readonly chunks: number;
  /** Jobs or chunks that were accepted and of which there is no result. */
  readonly lost: number;
  /** Results that differ from what they should be. */
  readonly wrong: number;
  /** Commits of what had been committed. */
  readonly doubled: number;
  /** Results or work of jobs that are cancelled or unknown. */
  readonly phantom: number;
  /** Jobs without an end, slots that never came back, processes that were left. */
  readonly stuck: number;
  /** How often chunks were run, all attempts together. */
  readonly executions?: number;
  readonly recoveryMs?: readonly number[];
  readonly cancelMs?: readonly number[];
}

export function report(findings: Findings): void {
  const file = process.env["RTL_CHAOS_REPORT"];
  if (file) appendFileSync(file, `${JSON.stringify(findings)}\n`);
  const { lost, wrong, doubled, phantom, stuck } = findings;
  assert.deepEqual(
    { lost, wrong, doubled, phantom, stuck },
    { lost: 0, wrong: 0, doubled: 0, phantom: 0, stuck: 0 },
    findings.fault,
  );
}
