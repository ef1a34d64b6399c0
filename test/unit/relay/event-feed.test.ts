/** The order and the number of a job's events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobId, Millis } from "../../../src/protocol/ids.ts";
import type { JobWireEvent } from "../../../src/protocol/messages.ts";
import { EventFeed } from "../../../src/relay/event-feed.ts";

const at = (ms: number) => ms as Millis;
const progress = (done: number) => [{ stage: "only", done, rows: done }];
const done = {
  type: "job.done" as const,
  state: "completed" as const,
  ms: 1,
  stages: [],
  counts: { attempts: 1, retries: 0, late: 0 },
};

function feedOf(brief: boolean): { readonly feed: EventFeed; readonly heard: JobWireEvent[] } {
  const heard: JobWireEvent[] = [];
  const feed = new EventFeed("job-1" as JobId, { publish: (event) => heard.push(event) }, brief);
  return { feed, heard };
}
const typesOf = (heard: readonly JobWireEvent[]) => heard.map(({ type }) => type);

test("a job's events go out as they come, numbered from one", () => {
  const { feed, heard } = feedOf(false);
  feed.stageStarted("only", at(0));
  assert.deepEqual(typesOf(heard), ["stage.started"]);
  feed.send(done, at(1));
  assert.deepEqual(typesOf(heard), ["stage.started", "job.done"]);
  assert.deepEqual(
    heard.map(({ seq }) => seq),
    [1, 2],
  );
});

test("the events of a brief job come together with its end, without any progress", () => {
  const { feed, heard } = feedOf(true);
  feed.stageStarted("only", at(0));
  feed.progress(progress(1), at(500));
  feed.flush(at(501));
  assert.deepEqual(heard, []);
  feed.send(done, at(502));
  assert.deepEqual(typesOf(heard), ["stage.started", "job.done"]);
});

test("a brief job that lives on tells its events and its progress from the next tick on", () => {
  const { feed, heard } = feedOf(true);
  feed.stageStarted("only", at(0));
  feed.progress(progress(1), at(0));
  feed.tick(at(100));
  assert.deepEqual(typesOf(heard), ["stage.started", "job.progress"]);
  feed.progress(progress(2), at(210));
  feed.send(done, at(211));
  assert.deepEqual(typesOf(heard).slice(2), ["job.progress", "job.done"]);
  assert.deepEqual(
    heard.map(({ seq }) => seq),
    [1, 2, 3, 4],
  );
});

test("progress is told at most ten times a second, in its newest form", () => {
  const { feed, heard } = feedOf(false);
  for (let ms = 0; ms <= 1_000; ms += 10) feed.progress(progress(ms), at(ms));
  assert.equal(heard.length, 10);
  const last = heard.at(-1);
  assert.ok(last?.type === "job.progress");
  assert.equal(last.stages[0]?.done, 1_000);
});
