/**
 * What a test of the chaos suite has to say at its end: which fault it injected how often, what of
 * the five things that must never happen it saw, and how long recovery took. Times are reported and
 * never asserted: the suite's table shows them beside what is aimed at.
 */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";

/** Each must be 0, whatever was done to the system. */
export interface Counts {
  /** Results that are missing, whole or in part. */
  readonly lost: number;
  /** Results that are not what the tasks alone make of the input. */
  readonly wrong: number;
  /** Commits that happened twice: rows that are there twice, a job that ended twice. */
  readonly doubled: number;
  /** Results or work of jobs that were cancelled, had settled or are unknown. */
  readonly phantom: number;
  /** Jobs without an end. */
  readonly stuck: number;
}

/** What the times of a report are held against in the suite's table. */
export interface Aim {
  /** The first two look at `cancelMs`, the second without the grace; the others at `recoveryMs`. */
  readonly name: "cancel-heeded" | "cancel-unheeded" | "worker-loss" | "relay-takeover";
  /** With this system's settings, such as its lease, in milliseconds. */
  readonly withinMs: number;
}

export interface Report extends Counts {
  /** In words, as it stands in the table; reports of the same fault share a line. */
  readonly fault: string;
  readonly injected: number;
  /** True of faults that only the simulator knows: they are not counted among the real ones. */
  readonly simulated?: boolean;
  readonly jobs: number;
  readonly chunks: number;
  /** Work that ran more often than once, and how often that is allowed: kills times slots. */
  readonly executions?: { readonly doubled: number; readonly allowed: number };
  readonly recoveryMs?: readonly number[];
  readonly cancelMs?: readonly number[];
  readonly aims?: readonly Aim[];
}

/** Hands the report to the suite, if it runs, and then fails unless the five counts are 0. */
export function report(given: Report): void {
  const file = process.env["RTL_CHAOS_REPORT"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(given)}\n`);
  const { fault, lost, wrong, doubled, phantom, stuck, executions } = given;
  assert.deepEqual(
    { lost, wrong, doubled, phantom, stuck },
    { lost: 0, wrong: 0, doubled: 0, phantom: 0, stuck: 0 },
    fault,
  );
  if (executions !== undefined) {
    assert.ok(
      executions.doubled <= executions.allowed,
      `${fault}: ${executions.doubled} executions too many, ${executions.allowed} are allowed`,
    );
  }
}
