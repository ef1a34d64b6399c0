/** A client's log of a job: what each reader is told, and when. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventLog } from "../../../src/dispatcher/event-log.ts";
import type { JobWireEvent } from "../../../src/protocol/messages.ts";

const base = (seq: number) => ({ v: 1 as const, seq, time: "2020-01-01T00:00:00.000Z", job: "j" });
const started = (seq: number): JobWireEvent => ({
  ...base(seq),
  type: "stage.started",
  stage: `stage-${seq}`,
});
const progress = (seq: number): JobWireEvent => ({
  ...base(seq),
  type: "job.progress",
  stages: [],
});
const done = (seq: number): JobWireEvent => ({
  ...base(seq),
  type: "job.done",
  state: "completed",
  ms: 1,
  stages: [],
  counts: { attempts: 1, retries: 0, late: 0 },
});

function logOf(...events: readonly JobWireEvent[]): EventLog {
  const log = new EventLog();
  for (const event of events) log.push(event);
  return log;
}
async function numbersOf(events: AsyncIterable<JobWireEvent>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { seq } of events) numbers.push(seq);
  return numbers;
}

test("every reader is told all events from where it likes, up to the end", async () => {
  const log = logOf(started(1), started(2), done(3));
  assert.deepEqual(await numbersOf(log.read()), [1, 2, 3]);
  assert.deepEqual(await numbersOf(log.read(1)), [2, 3]);
  assert.deepEqual(await numbersOf(log.read(3)), []);
});

test("a reader that is early is told what comes, each event once", async () => {
  const log = new EventLog();
  const early = numbersOf(log.read());
  const event = log.read();
  const first = event.next();
  log.push(started(1));
  assert.equal((await first).value?.seq, 1);
  log.push(started(2));
  log.push(done(3));
  assert.deepEqual(await early, [1, 2, 3]);
});

test("what was heard before, or comes after the end, is dropped", async () => {
  const log = logOf(started(1), started(2), started(1), started(2), done(3), started(4), done(5));
  assert.deepEqual(await numbersOf(log.read()), [1, 2, 3]);
  assert.equal(log.done?.seq, 3);
});

test("of progress only the newest is kept, and other events stay where they were", async () => {
  const log = logOf(started(1), progress(2), progress(3), started(4), progress(5), progress(6));
  const late = numbersOf(log.read());
  log.push(done(7));
  assert.deepEqual(await late, [1, 3, 4, 6, 7]);
});

test("a reader that is behind the newest progress is told of it", async () => {
  const log = logOf(progress(1));
  const reader = log.read();
  assert.equal((await reader.next()).value?.seq, 1);
  log.push(progress(2));
  log.push(progress(3));
  assert.equal((await reader.next()).value?.seq, 3);
});

test("a log that fails tells what it has, then the error, to readers early and late", async () => {
  const log = new EventLog();
  const early = log.read();
  const settled = log.settled();
  const next = early.next();
  log.push(started(1));
  await next;
  log.fail(new Error("the relay is gone"));
  log.fail(new Error("a second reason"));
  await assert.rejects(early.next(), /the relay is gone/);
  await assert.rejects(settled, /the relay is gone/);
  const late = log.read();
  assert.equal((await late.next()).value?.seq, 1);
  await assert.rejects(late.next(), /the relay is gone/);
});

test("a job that is done cannot fail any more", async () => {
  const log = logOf(done(1));
  log.fail(new Error("too late"));
  assert.equal((await log.settled()).state, "completed");
  assert.deepEqual(await numbersOf(log.read()), [1]);
});

test("waiting ends with its signal, and others wait on", async () => {
  const log = new EventLog();
  const impatience = new AbortController();
  const waits = [log.settled(impatience.signal), numbersOf(log.read(0, impatience.signal))];
  const patient = log.settled();
  impatience.abort();
  for (const wait of waits) await assert.rejects(wait, { name: "AbortError" });
  await assert.rejects(log.settled(impatience.signal), { name: "AbortError" });
  log.push(done(1));
  assert.equal((await patient).seq, 1);
});
