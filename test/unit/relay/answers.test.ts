/** A list of jobs fits into one message, whatever the jobs failed with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../../../src/protocol/codec.ts";
import { limits } from "../../../src/protocol/limits.ts";
import type { JobSummary } from "../../../src/protocol/messages.ts";
import { listed } from "../../../src/relay/answers.ts";
import { summaryOf } from "../../../src/relay/job-record.ts";
import { recordOf } from "../../support/records.ts";

function failed(id: string, message: string): JobSummary {
  const problems = [{ path: "stages.a", message: "a problem" }];
  const failure = { code: "RTL_TASK_FAILED" as const, message, at: { stage: "a" }, problems };
  return summaryOf(recordOf(id, { state: "failed", failure }));
}

test("jobs are listed as they are, but for the length of their failures", () => {
  const running = summaryOf(recordOf("running", { name: "a name", labels: { team: "ours" } }));
  const [first, second, third] = listed(
    [running, failed("short", "no luck"), failed("long", "blah ".repeat(10_000))],
    "msgpack",
  );
  assert.deepEqual(first, running);
  const where = { code: "RTL_TASK_FAILED", at: { stage: "a" } };
  assert.deepEqual(second?.failure, { ...where, message: "no luck" });
  assert.match(third?.failure?.message ?? "", /^(blah ){40}…$/);
});

test("a thousand jobs with long failures fit into one message", () => {
  const jobs = Array.from({ length: 1_000 }, (_, at) => failed(`job-${at}`, "x".repeat(60_000)));
  for (const encoding of ["msgpack", "json"] as const) {
    const list = listed(jobs, encoding);
    assert.equal(list.length, 1_000);
    assert.ok(pack({ jobs: list }, encoding).length < limits.payloadBytesMax);
  }
});

test("where even short entries are too many, the newest of them are told", () => {
  const labels = { much: "x".repeat(4_000) };
  const jobs = Array.from({ length: 1_000 }, (_, at) => summaryOf(recordOf(`j-${at}`, { labels })));
  const list = listed(jobs, "json");
  assert.ok(list.length > 100 && list.length < 1_000);
  assert.deepEqual(list, jobs.slice(0, list.length));
  assert.ok(pack({ jobs: list }, "json").length < limits.payloadBytesMax);
});
