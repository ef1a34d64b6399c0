// What a service shows to whoever watches over it: health, readiness and metrics over HTTP, and itself as a
// service of NATS. Real processes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "nats";
import { lastFirst } from "../support/last-first.ts";
import { type Service, type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const ending = lastFirst({ after });
const document = { version: 1, stages: { only: { tasks: ["null"] } } };
let system: System;

before(async () => {
  system = await startSystem(ending, { env: { RTL_HTTP_LISTEN: "127.0.0.1:0" } });
});

/** Where a service said that it shows its page. */
function addressOf(service: Service | undefined): string {
  const line = service
    ?.log()
    .split("\n")
    .find((text) => text.includes("metrics and health are shown"));
  assert.ok(line !== undefined, "the service did not say where");
  return (JSON.parse(line) as { address: string }).address;
}

const get = async (service: Service | undefined, path: string) => {
  const response = await fetch(`http://${addressOf(service)}${path}`);
  return { status: response.status, text: await response.text() };
};

/** The value of a metric with these labels, in any order. */
function metricOf(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const line = text.split("\n").find((one) => {
    return (
      one.startsWith(`${name}{`) &&
      Object.entries(labels).every(([key, value]) => one.includes(`${key}="${value}"`))
    );
  });
  return Number(line?.split(" ").at(-1) ?? Number.NaN);
}

test("what jobs and tasks came to is counted, with how long they took", async () => {
  const client = await system.connect();
  for (let job = 0; job < 3; job++) await (await client.submit(document)).result();
  const failing = {
    version: 1,
    stages: { only: { tasks: [{ add: { operations: [{ a: "nowhere", b: 1, column: "y" }] } }] } },
  };
  await assert.rejects((await client.submit(failing)).result());
  const relay = (await get(system.relays[0], "/metrics")).text;
  assert.equal(metricOf(relay, "rtl_jobs_total", { outcome: "completed" }), 3);
  assert.equal(metricOf(relay, "rtl_jobs_total", { outcome: "failed" }), 1);
  assert.equal(metricOf(relay, "rtl_job_duration_seconds_count", { outcome: "completed" }), 3);
  assert.equal(metricOf(relay, "rtl_jobs_active", { service: "relay" }), 0);
  const node = (await get(system.nodes[0], "/metrics")).text;
  assert.equal(metricOf(node, "rtl_tasks_total", { task: "null", outcome: "completed" }), 3);
  assert.equal(metricOf(node, "rtl_tasks_total", { task: "add", outcome: "failed" }), 1);
  assert.equal(metricOf(node, "rtl_task_duration_seconds_count", { task: "null" }), 3);
  assert.equal(metricOf(node, "rtl_workers", { state: "free" }), 2);
  assert.ok(metricOf(node, "rtl_block_bytes", { where: "memory" }) >= 0);
  assert.equal(metricOf(node, "rtl_block_bytes", { where: "disk" }), 0);
  for (const text of [relay, node]) {
    assert.equal(metricOf(text, "rtl_nats_connected", {}), 1);
    assert.equal(metricOf(text, "rtl_build_info", { version: "1.0.0" }), 1);
    assert.ok(metricOf(text, "rtl_transfer_bytes_total", { direction: "in" }) > 0);
    assert.match(text, /^rtl_process_cpu_seconds_total/m);
  }
});

test("a node that takes no more work is well, but not ready", async () => {
  const [node] = system.nodes;
  const client = await system.connect();
  assert.deepEqual(await get(node, "/readyz"), { status: 200, text: "ready\n" });
  await client.drainNode("node-1", true);
  assert.deepEqual(await get(node, "/readyz"), { status: 503, text: "it takes no more work\n" });
  assert.deepEqual(await get(node, "/healthz"), { status: 200, text: "ok\n" });
  await client.drainNode("node-1", false);
  assert.equal((await get(node, "/readyz")).status, 200);
  assert.equal((await get(node, "/nothing")).status, 404);
  const posted = await fetch(`http://${addressOf(node)}/metrics`, { method: "POST" });
  assert.equal(posted.status, 405);
});

test("relays and tasknodes answer as services of NATS", async () => {
  const connection = await connect({ servers: system.url });
  ending.after(() => connection.close());
  const micro = connection.services.client();
  const found: string[] = [];
  for await (const { name, id } of await micro.ping()) found.push(`${name} ${id}`);
  assert.deepEqual(found.sort(), ["rtl-relay relay-1", "rtl-tasknode node-1"]);
  for await (const info of await micro.info("rtl-relay")) {
    assert.equal(info.version, "1.0.0");
    const submit = info.endpoints.find(({ subject }) => subject === "rtl.v1.job.submit");
    assert.equal(submit?.queue_group, "relays");
  }
  for await (const stats of await micro.stats("rtl-relay", "relay-1")) {
    const submit = stats.endpoints?.find(({ subject }) => subject === "rtl.v1.job.submit");
    assert.ok((submit?.num_requests ?? 0) >= 4 && (submit?.average_processing_time ?? 0) > 0);
  }
});

test("a service whose bus is away is well, but not ready, and ready again when it is back", async () => {
  const [relay] = system.relays;
  await system.server.stop();
  const isReady = async () => (await get(relay, "/readyz")).status === 200;
  await waitUntil(async () => !(await isReady()), "it stays ready");
  assert.equal((await get(relay, "/healthz")).status, 200);
  await system.server.restart();
  await waitUntil(isReady, "it is not ready again");
  const { text } = await get(relay, "/metrics");
  assert.ok(metricOf(text, "rtl_nats_reconnects_total", {}) >= 1);
});
