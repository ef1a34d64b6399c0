// A job that belongs to a trace: its context goes through every hop, and relays and nodes tell a collector of
// their spans. A real collector's end of the protocol, real processes.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { connect } from "nats";
import { lastFirst } from "../support/last-first.ts";
import { type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status?: { readonly code?: number };
  readonly service: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

const ending = lastFirst({ after });
const spans: Span[] = [];
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
let system: System;

/** Takes what a collector is sent, and keeps the spans. */
const collector = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  request.on("end", () => {
    for (const { resource, scopeSpans } of JSON.parse(text).resourceSpans) {
      const named = resource.attributes.find(({ key }: { key: string }) => key === "service.name");
      for (const scope of scopeSpans) {
        for (const span of scope.spans) {
          spans.push({ ...span, service: named.value.stringValue });
        }
      }
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
});

before(async () => {
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
  ending.after(() => {
    collector.close();
    collector.closeAllConnections();
  });
  const { port } = collector.address() as AddressInfo;
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: "50",
  };
  system = await startSystem(ending, { env });
});

const quick = { version: 1, stages: { only: { tasks: ["null"] } } };
const parent = `00-${traceId}-${spanId}-01`;
const namedOf = (name: string) => spans.filter((span) => span.name === name);

test("each hop is a span within the one before it, in both modes", async () => {
  const client = await system.connect();
  for (const mode of ["durable", "ephemeral"] as const) {
    spans.length = 0;
    const job = await client.submit(quick, { mode, traceparent: parent });
    await job.result();
    await waitUntil(() => spans.length >= 3, `only ${spans.length} spans were told`);
    const [submitted] = namedOf("process rtl.v1.job.submit");
    const [sent] = namedOf("send rtl.v1.work");
    const [worked] = namedOf("process rtl.v1.work");
    assert.deepEqual([submitted?.service, sent?.service], ["rtl-relay", "rtl-relay"]);
    assert.equal(worked?.service, "rtl-tasknode");
    for (const span of [submitted, sent, worked]) assert.equal(span?.traceId, traceId);
    assert.equal(submitted?.parentSpanId, spanId);
    assert.equal(sent?.parentSpanId, submitted?.spanId);
    assert.equal(worked?.parentSpanId, sent?.spanId);
    assert.deepEqual([submitted?.kind, sent?.kind, worked?.kind], [2, 4, 5]);
    const attributes = new Map(worked?.attributes.map(({ key, value }) => [key, value]));
    assert.deepEqual(attributes.get("rtl.job"), { stringValue: job.id });
    assert.deepEqual(attributes.get("rtl.tasks"), { stringValue: "null" });
  }
});

test("what goes wrong is an error in its spans", async () => {
  const client = await system.connect();
  spans.length = 0;
  const add = { add: { operations: [{ a: "nowhere", b: 1, column: "y" }] } };
  const document = { version: 1, stages: { only: { tasks: [add] } } };
  await assert.rejects((await client.submit(document, { traceparent: parent })).result());
  await waitUntil(() => spans.length >= 3, "no spans were told");
  for (const name of ["process rtl.v1.job.submit", "process rtl.v1.work"]) {
    assert.equal(namedOf(name)[0]?.status?.code, 2, name);
  }
});

test("orders carry the context in a header, for workers in any language", async () => {
  const connection = await connect({ servers: system.url });
  ending.after(() => connection.close());
  const orders = connection.subscribe("rtl.v1.work.>", { max: 1 });
  const header = (async () => {
    for await (const { headers } of orders) return headers?.get("traceparent");
    return undefined;
  })();
  await connection.flush();
  const client = await system.connect();
  await (await client.submit(quick, { traceparent: parent })).result();
  assert.match((await header) ?? "", new RegExp(`^00-${traceId}-(?!${spanId})[0-9a-f]{16}-01$`));
});

test("a context that is none, or is not sampled, tells nothing and costs the job nothing", async () => {
  const client = await system.connect();
  const odd = ["", "nonsense", `00-${"0".repeat(32)}-${spanId}-01`, `00-${traceId}-${spanId}-00`];
  const untold: string[] = [];
  for (const traceparent of odd) {
    const job = await client.submit(quick, { traceparent });
    assert.equal((await job.result()).rows, 1);
    untold.push(job.id);
  }
  const last = await client.submit(quick, { id: "last", traceparent: parent });
  await last.result();
  // Each process tells its spans in their order; those of jobs before these may still be under way.
  const jobs = () =>
    spans.flatMap(({ attributes }) =>
      attributes.flatMap(({ key, value }) => (key === "rtl.job" ? [value["stringValue"]] : [])),
    );
  const told = () =>
    new Set(spans.filter((_, at) => jobs()[at] === "last").map(({ name }) => name));
  await waitUntil(() => told().size >= 3, "no spans were told");
  for (const id of untold) assert.ok(!jobs().includes(id), id);
});
