/**
 * Cancelling while no relay runs, by a client, by the command line or by a bare message: it is kept, and
 * the relay that comes next ends the job instead of going on with it.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import { failureOf } from "../support/failures.ts";
import { runCli } from "../support/run-cli.ts";
import { startSystem, testTasks } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const system = await startSystem(undefined, { nodes: [{ threads: 1, tasks: testTasks }] });
const rtl = await system.connect();

test("a cancel without a relay is kept: what runs ends, what waits never runs", async () => {
  const over = await rtl.submit({ 0: { tasks: { echo: {} } } }, { id: "over" });
  await over.result();
  const begun = join(system.data, "begun");
  const running = await rtl.submit(
    { 0: { tasks: { asksWhy: { file: "begun", answer: "why" } } } },
    { id: "running" },
  );
  await waitUntil(() => existsSync(begun), "the first job did not begin");
  // The only slot is taken, so that these wait in the relay.
  const ledger = join(system.data, "ledger");
  const waiting = ["by-client", "by-command", "by-message", "not-at-all"];
  for (const id of waiting) {
    await rtl.submit({ 0: { tasks: { trace: { ledger, job: id } } } }, { id });
  }
  await system.relays[0]?.kill("SIGKILL");

  const answer = await running.cancel({ by: "ada", reason: "enough" });
  assert.deepEqual([answer.state, answer.waitsForRelay], ["cancelling", true]);
  await waitUntil(() => existsSync(join(system.data, "why")), "the node did not hear of it");
  assert.match(readFileSync(join(system.data, "why"), "utf8"), /cancelled by ada: enough/);
  assert.equal((await rtl.job("by-client").cancel({ by: "ada" })).waitsForRelay, true);
  const ended = await rtl.job("over").cancel();
  assert.deepEqual([ended.state, ended.waitsForRelay], ["completed", undefined]);
  await failureOf(rtl.job("nobody").cancel(), "RTL_JOB_UNKNOWN");

  const args = ["job", "cancel", "by-command", "nobody", "over", "--server", system.url, "--wait"];
  const cancel = await runCli(args);
  assert.deepEqual(
    { exit: cancel.exit, stdout: cancel.stdout },
    { exit: 66, stdout: "by-command\nover\n" },
  );
  assert.match(cancel.stderr, /no relay answers: the cancel is kept, and job by-command ends/);
  assert.match(cancel.stderr, /job over had ended before: it completed/);

  const log = createLog({ logLevel: "silent", logFormat: "json" });
  const bus = await connectBus({ servers: system.url, id: "bare", log });
  bus.connection.publish("rtl.v1.job.by-message.cancel", "");
  await bus.drain();

  await system.startRelay();
  const ends = await Promise.all(
    ["running", ...waiting].map((id) => rtl.job(id).done({ timeoutMs: 30_000 })),
  );
  assert.deepEqual(
    ends.map(({ state }) => state),
    ["cancelled", "cancelled", "cancelled", "cancelled", "completed"],
  );
  assert.deepEqual(
    ends
      .slice(0, 4)
      .map(({ cancelled }) => cancelled?.by)
      .toSpliced(2, 1),
    ["ada", "ada", "someone on the bus"],
  );
  assert.equal(ends[0]?.cancelled?.reason, "enough");
  assert.ok(ends.slice(0, 4).every(({ cancelled }) => (cancelled?.at ?? 0) > 0));
  const ran = readFileSync(ledger, "utf8").trim().split("\n");
  assert.deepEqual(
    ran.map((line) => line.split(" ")[0]),
    ["not-at-all"],
  );
});
