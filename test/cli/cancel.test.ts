// `rtl job cancel` as its users see it: one id or several, known or not, over or not, once or twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { jobOf, withCliSystem } from "../support/cli-system.ts";
import { jsonLines } from "../support/run-cli.ts";

const { run, submitted } = await withCliSystem();
const ISO = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const statusOf = async (id: string) =>
  JSON.parse((await run(["job", "status", id, "--json"])).stdout) as Record<string, unknown>;
const cancelledIn = (json: Record<string, unknown> | undefined) =>
  (json?.["cancelled"] ?? {}) as { readonly by?: string; readonly reason?: string };

test("several ids are cancelled in one go; one that nobody knows ends with 66 and stops none", async () => {
  const ids = [await submitted(jobOf("nap")), await submitted(jobOf("nap"))];
  const [first = "", second = ""] = ids;
  const cancel = await run(["job", "cancel", first, "nobody", second, first, "--wait"]);
  assert.deepEqual(
    { exit: cancel.exit, stdout: cancel.stdout },
    { exit: 66, stdout: `${first}\n${second}\n` },
  );
  assert.match(cancel.stderr, /^Error: .*nobody\n(At: .*\n)?Fix: .*rtl job ls/m);
  for (const id of ids) assert.equal((await statusOf(id))["state"], "cancelled");
});

test("who, when and why are in status, list and watch, for people and for programs", async () => {
  const id = await submitted(jobOf("nap"));
  const cancel = await run(["job", "cancel", id, "--wait", "--reason", "wrong input", "--json"]);
  const [line] = jsonLines(cancel.stdout);
  const status = await statusOf(id);
  const list = JSON.parse((await run(["job", "ls", "--json"])).stdout) as { id: string }[];
  const listed = list.find((job) => job.id === id) as Record<string, unknown> | undefined;
  const watch = await run(["job", "watch", id, "--json"]);
  const last = jsonLines(watch.stdout).at(-1);
  assert.equal(watch.exit, 3);
  assert.equal(last?.["type"], "job.done");
  for (const one of [line, status, listed, last]) {
    assert.equal(one?.["state"], "cancelled");
    const { by, reason } = cancelledIn(one);
    assert.match(by ?? "", /./);
    assert.equal(reason, "wrong input");
    assert.match(String(one?.["cancelledAt"]), ISO);
    assert.equal(one?.["cancelledAt"], status["cancelledAt"]);
  }
  const text = (await run(["job", "status", id])).stdout;
  assert.match(text, /^state +cancelled$/m);
  assert.match(text, /^why +cancelled by .*: wrong input$/m);
  assert.match(text, /^cancelled +20/m);
  assert.match(
    (await run(["job", "watch", id])).stderr,
    /was cancelled by .* at 20.*: wrong input/,
  );
  assert.match((await run(["job", "ls", "-o", "wide"])).stdout, /cancelled by .*: wrong input/);
});

test("cancelling twice is no error; the second says who was first", async () => {
  const id = await submitted(jobOf("nap"));
  assert.equal((await run(["job", "cancel", id, "--reason", "first", "--wait"])).exit, 0);
  const again = await run(["job", "cancel", id, "--reason", "second", "--json"]);
  assert.equal(again.exit, 0);
  assert.match(again.stderr, new RegExp(`^job ${id} was cancelled by .* at 20.*: first$`, "m"));
  const [line] = jsonLines(again.stdout);
  assert.equal(cancelledIn(line).reason, "first");
});

test("a job that is over stays what it is, and cancel says since when", async () => {
  await run(["run", "-", "--id", "done", "-q"], jobOf("null"));
  await run(["run", "-", "--id", "luckless", "-q"], jobOf("failing"));
  const cancel = await run(["job", "cancel", "done", "luckless"]);
  assert.deepEqual(
    { exit: cancel.exit, stdout: cancel.stdout },
    { exit: 0, stdout: "done\nluckless\n" },
  );
  assert.match(cancel.stderr, /^job done had ended before: it completed at 20\S+Z$/m);
  assert.match(cancel.stderr, /^job luckless had ended before: it failed at 20\S+Z$/m);
  assert.equal((await statusOf("luckless"))["state"], "failed");
});

test("a task that heeds nothing ends after its grace, or at once by force", async () => {
  for (const flags of [["--grace", "50ms"], ["--force"]]) {
    const id = await submitted(jobOf("stubborn"));
    assert.equal((await run(["job", "cancel", id, ...flags, "--wait"])).exit, 0);
    assert.equal((await statusOf(id))["state"], "cancelled");
  }
  const both = await run(["job", "cancel", "any", "--force", "--grace", "1s"]);
  assert.equal(both.exit, 2);
});
