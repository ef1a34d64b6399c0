// What is written down about the local services, and the one lock of their supervisor.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  clearState,
  type LocalState,
  nameOf,
  openStateDir,
  readState,
  releaseLock,
  runs,
  supervisorOf,
  takeLock,
  writeState,
} from "../../../src/host/local-state.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const state: LocalState = {
  version: 1,
  natsUrl: "nats://127.0.0.1:4222",
  services: [
    {
      role: "relay",
      name: "relay",
      pid: process.pid,
      mark: "",
      startedAt: "2026-01-01T00:00:00.000Z",
      ready: true,
      restarts: 0,
      logFile: "/tmp/relay.log",
    },
  ],
};

/** The id of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ["-e", "0"]).pid;

test("the state is read back as it was written, without leaving a draft", (t) => {
  const folder = tempFolder(t);
  assert.equal(readState(folder), undefined);
  writeState(folder, state);
  assert.deepEqual(readState(folder), state);
  assert.deepEqual(readdirSync(folder), ["services.json"]);
  clearState(folder);
  assert.equal(readState(folder), undefined);
});

test("a damaged state is told apart from none", (t) => {
  const folder = tempFolder(t);
  for (const text of ["", "{", "{}", '{"version":2}', "[]"]) {
    writeFileSync(join(folder, "services.json"), text);
    assert.equal(readState(folder), "unreadable", text);
  }
});

test("a process that took the id of another is not taken for it", () => {
  const own = nameOf(process.pid);
  assert.equal(runs(own), true);
  assert.equal(runs({ pid: deadPid(), mark: "" }), false);
  if (own.mark !== "") assert.equal(runs({ ...own, mark: `${own.mark}0` }), false);
});

test("only one supervisor holds the lock of a folder", (t) => {
  const folder = tempFolder(t);
  assert.equal(supervisorOf(folder), undefined);
  assert.equal(takeLock(folder), undefined);
  assert.equal(supervisorOf(folder)?.pid, process.pid);
  assert.equal(takeLock(folder)?.pid, process.pid);
  releaseLock(folder);
  assert.equal(supervisorOf(folder), undefined);
  assert.equal(takeLock(folder), undefined);
});

test("the lock of a dead supervisor, or a damaged one, is taken over", (t) => {
  const folder = tempFolder(t);
  for (const text of [JSON.stringify({ pid: deadPid(), mark: "" }), "rubbish", ""]) {
    writeFileSync(join(folder, "supervisor.lock"), text);
    assert.equal(supervisorOf(folder), undefined);
    assert.equal(takeLock(folder), undefined);
    assert.equal(supervisorOf(folder)?.pid, process.pid);
  }
  assert.deepEqual(readdirSync(folder).sort(), ["log", "supervisor.lock"]);
});

test("a folder that cannot be used is named with what to set", (t) => {
  const file = join(tempFolder(t), "file");
  writeFileSync(file, "");
  for (const stateDir of ["/proc/nowhere", file, join(file, "below")]) {
    assert.throws(
      () => openStateDir(stateDir),
      (error) => {
        assert.ok(error instanceof RtlError);
        assert.equal(error.code, "RTL_CONFIG_INVALID");
        assert.ok(error.message.startsWith(`the state folder ${stateDir} cannot be used: `));
        assert.match(error.fix ?? "", /RTL_STATE_DIR/);
        return true;
      },
    );
  }
});
