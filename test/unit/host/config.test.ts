// The environment as a configuration: defaults, every variable, and every fault at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { configKeys, loadConfig } from "../../../src/host/config.ts";
import { RtlError } from "../../../src/protocol/errors.ts";

const faultsOf = (environment: Record<string, string>): RtlError => {
  try {
    loadConfig(environment);
  } catch (error) {
    assert.ok(error instanceof RtlError);
    return error;
  }
  return assert.fail("the configuration was accepted");
};

test("an empty environment gives the defaults", () => {
  const config = loadConfig({ HOME: "/home/someone" });
  assert.deepEqual(config.natsServers, ["nats://127.0.0.1:4222"]);
  assert.equal(config.natsGiven, false);
  assert.match(config.taskFolders[0] ?? "", /dist\/tasks$/);
  assert.deepEqual(config.dataRoots, [process.cwd()]);
  assert.ok(config.threads >= 1);
  assert.match(config.nodeId, /^[A-Za-z0-9_-]+-[0-9a-f]{6}$/);
  assert.notEqual(config.nodeId, loadConfig({}).nodeId);
  assert.equal(config.leaseMs, 3_000);
  assert.equal(config.chunkRows, 0);
  assert.equal(config.resultKeptMs, 86_400_000);
  assert.equal(config.logLevel, "info");
  assert.equal(config.logFormat, "auto");
  assert.match(config.stateFolder, /\/\.local\/state\/rtl$/);
});

test("each variable reaches its field", () => {
  const config = loadConfig({
    NATS_URL: "nats://a:4222, b:4333",
    NATS_CREDS: "/etc/rtl/nats.creds",
    RTL_TASKS: "/one:/two",
    RTL_DATA_ROOTS: "/data",
    RTL_THREADS: "3",
    RTL_NODE_ID: "pi-07",
    RTL_RELAY_ID: "relay_1",
    RTL_LABELS: "site=lab, gpio=yes",
    RTL_LEASE_MS: "1s",
    RTL_GRACE_MS: "250",
    RTL_STOP_WAIT: "5s",
    RTL_CHUNK_ROWS: "1000",
    RTL_RESULT_KEPT: "1h",
    RTL_REPLICAS: "3",
    RTL_STATE_DIR: "/var/lib/rtl",
    RTL_LOG_LEVEL: "WARNING",
    RTL_LOG_FORMAT: "json",
    RTL_PARENT_PID: "12",
  });
  assert.deepEqual(config.natsServers, ["nats://a:4222", "b:4333"]);
  assert.equal(config.natsGiven, true);
  assert.equal(config.natsIdentity.file, "/etc/rtl/nats.creds");
  assert.deepEqual(config.taskFolders, ["/one", "/two"]);
  assert.deepEqual(config.dataRoots, ["/data"]);
  assert.equal(config.threads, 3);
  assert.equal(config.nodeId, "pi-07");
  assert.equal(config.relayId, "relay_1");
  assert.deepEqual(config.labels, { site: "lab", gpio: "yes" });
  assert.equal(config.leaseMs, 1_000);
  assert.equal(config.graceMs, 250);
  assert.equal(config.stopWaitMs, 5_000);
  assert.equal(config.replicas, 3);
  assert.equal(loadConfig({}).replicas, 1);
  for (const wrong of ["0", "2", "4", "7", "three"]) {
    assert.match(faultsOf({ RTL_REPLICAS: wrong }).message, /expected 1, 3 or 5/);
  }
  assert.equal(config.chunkRows, 1_000);
  assert.equal(config.resultKeptMs, 3_600_000);
  assert.equal(config.stateFolder, "/var/lib/rtl");
  assert.equal(config.logLevel, "warn");
  assert.equal(config.logFormat, "json");
  assert.equal(config.parentPid, 12);
});

test("the configuration cannot be changed", () => {
  assert.ok(Object.isFrozen(loadConfig({})));
});

test("an empty variable counts as unset", () => {
  assert.equal(loadConfig({ RTL_LEASE_MS: "", RTL_LOG_LEVEL: " " }).leaseMs, 3_000);
});

test("DEBUG logs everything unless RTL_LOG_LEVEL says otherwise", () => {
  assert.equal(loadConfig({ DEBUG: "1" }).logLevel, "trace");
  assert.equal(loadConfig({ DEBUG: "1", RTL_LOG_LEVEL: "error" }).logLevel, "error");
  assert.equal(loadConfig({ DEBUG: "express:*", LOG_LEVEL: "warn" }).logLevel, "warn");
});

test("every fault is reported with its key, its value and a fix", () => {
  const error = faultsOf({
    NATS_URL: "http://somewhere",
    RTL_THREADS: "many",
    RTL_NODE_ID: "pi.07",
    RTL_LABELS: "site",
    RTL_LEASE_MS: "10",
    RTL_RESULT_KEPT: "60",
    RTL_LOG_LEVEL: "loud",
    RTL_LOG_FORMAT: "xml",
  });
  assert.equal(error.code, "RTL_CONFIG_INVALID");
  assert.equal(error.exitCode, 78);
  assert.deepEqual(error.problems.map((problem) => problem.path).sort(), [
    "NATS_URL",
    "RTL_LABELS",
    "RTL_LEASE_MS",
    "RTL_LOG_FORMAT",
    "RTL_LOG_LEVEL",
    "RTL_NODE_ID",
    "RTL_RESULT_KEPT",
    "RTL_THREADS",
  ]);
  const threads = error.problems.find((problem) => problem.path === "RTL_THREADS");
  assert.match(threads?.message ?? "", /^RTL_THREADS=many: expected a whole number from 1 to/);
  assert.equal(threads?.fix, "for example RTL_THREADS=4");
  assert.match(error.message, /8 faults/);
  assert.match(error.message, /RTL_LEASE_MS=10: expected a duration from 300ms to 10m/);
});

test("a password in a faulty address is not repeated", () => {
  const error = faultsOf({ NATS_URL: "http://user:secret@somewhere" });
  assert.doesNotMatch(JSON.stringify(error.toFailure()), /secret/);
});

test("each variable is described, and each default that is a text is accepted", () => {
  const keys = configKeys();
  assert.ok(keys.length >= 20);
  for (const { key, default: text, meaning } of keys) {
    assert.match(key, /^[A-Z_]+$/);
    assert.match(meaning, /\.$/, key);
    assert.doesNotMatch(text, /undefined/, key);
  }
  assert.equal(keys.find(({ key }) => key === "RTL_RESULT_KEPT")?.default, "24h");
});
