/**
 * What every decoder is held to: a value or an RtlError, in bounded time and memory. It counts what it
 * tried, and a failure tells the seed and the smallest input that shows it.
 */
import assert from "node:assert/strict";
import { after, type TestContext } from "node:test";
import fc from "fast-check";
import { RtlError } from "../../src/protocol/errors.ts";
import { long, seedOf } from "./length.ts";
import { report } from "./report.ts";

const MIB = 1024 * 1024;
/** Memory that one small input may cost, its garbage included. */
const GROWTH_BYTES_MAX = 512 * MIB;
/** The long form tries so many times more. */
const LONGER = 20;

let tried = 0;

/** Reports, once a file is through, how many inputs were tried. */
export function reportTried(fault: string): void {
  after(() => {
    const none = { lost: 0, wrong: 0, doubled: 0, phantom: 0, stuck: 0 };
    report({ fault, injected: tried, jobs: 0, chunks: 0, ...none });
  });
}

export const times = (short: number): number => (long ? LONGER * short : short);

/** How an input that is only bytes or text is told to people. */
const shown = (input: unknown): string =>
  input instanceof Uint8Array ? `bytes ${Buffer.from(input).toString("hex").slice(0, 400)}` : "";

/** Anything but an RtlError that names something is a fault of ours. */
export function assertRefusal(error: unknown, input?: unknown): asserts error is RtlError {
  const told = error instanceof Error ? error.stack : String(error);
  assert.ok(error instanceof RtlError, `not an RtlError: ${told} ${shown(input)}`);
  // What is thrown by chance inside a task comes out as its failure.
  const chance = error.code === "RTL_INTERNAL" || error.code === "RTL_TASK_FAILED";
  const cause = error.cause instanceof Error ? error.cause.stack : "";
  assert.equal(chance, false, `${told} ${cause} ${shown(input)}`);
  assert.ok(error.message.length > 0);
  // Whoever sent the input gets this back in a message.
  const bytes = Buffer.byteLength(JSON.stringify(error.toFailure()));
  assert.ok(bytes < MIB / 2, `the refusal has ${bytes} bytes: ${error.message.slice(0, 200)}`);
}

function assertBounded(before: number, input: unknown): void {
  const grown = process.memoryUsage.rss() - before;
  assert.ok(grown < GROWTH_BYTES_MAX, `it took ${Math.round(grown / MIB)} MiB ${shown(input)}`);
}

/** Gives `act` hostile inputs: it returns, or throws an RtlError. */
export function holdsOut<T>(
  t: TestContext,
  inputs: fc.Arbitrary<T>,
  act: (input: T) => unknown,
  short: number,
): void {
  const property = fc.property(inputs, (input) => {
    tried++;
    const before = process.memoryUsage.rss();
    try {
      act(input);
    } catch (error) {
      assertRefusal(error, input);
    }
    assertBounded(before, input);
  });
  fc.assert(property, { seed: seedOf(t), numRuns: times(short), includeErrorInReport: true });
}

/** The same for what takes turns of the event loop. */
export async function holdsOutAsync<T>(
  t: TestContext,
  inputs: fc.Arbitrary<T>,
  act: (input: T) => Promise<unknown>,
  short: number,
): Promise<void> {
  const property = fc.asyncProperty(inputs, async (input) => {
    tried++;
    const before = process.memoryUsage.rss();
    try {
      await act(input);
    } catch (error) {
      assertRefusal(error, input);
    }
    assertBounded(before, input);
  });
  await fc.assert(property, { seed: seedOf(t), numRuns: times(short), includeErrorInReport: true });
}
