/** Fetching with a real web server, a real NATS server and real threads; each test has its own paths. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { Answers } from "../../src/cache/answers.ts";
import { buckets } from "../../src/cache/bounds.ts";
import type { Clock } from "../../src/host/clock.ts";
import { limits } from "../../src/protocol/limits.ts";
import type { FetchRequest } from "../../src/task/fetching.ts";
import { type AnswerMemory, allowedFetch } from "../../src/tasknode/allowed-fetch.ts";
import { manualClock } from "../support/manual-clock.ts";
import { withNatsServer } from "../support/nats-server.ts";
import { busOn, quiet } from "../support/quiet-bus.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const answers = new Map<string, Answer>();
const asked: string[] = [];
const web = createServer((request, response) => {
  asked.push(request.url ?? "");
  const answer = answers.get(request.url ?? "");
  if (answer === undefined) response.writeHead(404).end();
  else answer(request, response);
});
let origin = "";
const nats = await withNatsServer();

before(async () => {
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
after(async () => {
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
});

const forgetful: AnswerMemory = { recall: async () => undefined, remember: () => undefined };
const request = (path: string, more: Partial<FetchRequest> = {}): FetchRequest => ({
  url: `${origin}${path}`,
  lifetimeMs: 0,
  timeoutMs: 5_000,
  ...more,
});
const fetcher = (memory = forgetful, signal = new AbortController().signal) =>
  allowedFetch([origin], memory, () => signal);
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test("an answer of an allowed origin comes with its type, and headers are sent along", async () => {
  answers.set("/plain", ({ headers }, response) => {
    response.writeHead(200, { "content-type": "text/csv" }).end(`key ${headers["x-key"]}`);
  });
  const answer = await fetcher()(request("/plain", { headers: { "X-Key": "7" } }));
  assert.equal(text(answer.bytes), "key 7");
  assert.deepEqual([answer.contentType, answer.cached], ["text/csv", false]);
});

test("other origins, other schemes and redirections to them are refused, and no secret is told", async () => {
  answers.set("/away", (_, response) => {
    response.writeHead(302, { location: "http://127.0.0.1:1/secret" }).end();
  });
  const refused = { code: "RTL_FETCH_REFUSED", fix: /RTL_FETCH_ORIGINS/ };
  await assert.rejects(fetcher()(request("/away")), refused);
  const elsewhere = { ...request(""), url: "http://user:pass@example.org/x?token=abc" };
  await assert.rejects(fetcher()(elsewhere), (error: Error) => {
    assert.match(error.message, /example\.org\/x may not be fetched/);
    assert.doesNotMatch(error.message, /pass|abc/);
    return true;
  });
  for (const url of ["file:///etc/passwd", "no address", ""]) {
    await assert.rejects(fetcher()({ ...request(""), url }), { code: "RTL_PARAMS_INVALID" });
  }
});

test("redirections within the origin are followed, but not for ever", async () => {
  answers.set("/first", (_, response) => response.writeHead(301, { location: "/last" }).end());
  answers.set("/last", (_, response) => response.end("here"));
  answers.set("/circle", (_, response) => response.writeHead(302, { location: "/circle" }).end());
  assert.equal(text((await fetcher()(request("/first"))).bytes), "here");
  await assert.rejects(fetcher()(request("/circle")), /leads in circles/);
});

test("a refusal says its status and whether trying again may help", async () => {
  answers.set("/busy", (_, response) => response.writeHead(503).end());
  const causeOf = async (path: string) => {
    const error = await fetcher()(request(path)).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error);
    return { message: error.message, cause: error.cause };
  };
  assert.deepEqual(await causeOf("/busy"), {
    message: `${origin}/busy answered with status 503`,
    cause: { retry: true },
  });
  assert.deepEqual((await causeOf("/missing")).cause, { retry: false });
});

test("a server that never answers costs the time that was allowed, and ends with the work", async () => {
  answers.set("/silent", () => undefined);
  await assert.rejects(fetcher()(request("/silent", { timeoutMs: 50 })), /within 50 ms/);
  const abort = new AbortController();
  const asking = fetcher(forgetful, abort.signal)(request("/silent"));
  abort.abort();
  await assert.rejects(asking, { code: "RTL_JOB_CANCELLED" });
});

test("an answer without an end is cut off at the limit", async () => {
  answers.set("/endless", (_, response) => {
    const part = Buffer.alloc(8 * 1024 * 1024);
    const more = () => {
      while (!response.destroyed && response.write(part));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  });
  const wanted = new RegExp(`more than ${limits.fetchBytesMax} bytes`);
  await assert.rejects(fetcher()(request("/endless", { timeoutMs: 60_000 })), wanted);
});

/** The store of one node on the test's server. */
async function store(
  name: string,
  clock: Clock,
): Promise<AnswerMemory & { settled(): Promise<void> }> {
  const kept = new Answers(await busOn(nats, name), clock, quiet);
  let last: Promise<void> = Promise.resolve();
  return {
    recall: (key) => kept.recall(key),
    remember: (key, answer, lifetimeMs) => {
      last = kept.remember(key, answer, lifetimeMs);
    },
    settled: () => last,
  };
}

test("the second of two nodes that ask the same gets the answer from the cache, for its lifetime", async () => {
  answers.set("/once", (_, response) =>
    response.writeHead(200, { "content-type": "a/b" }).end("x"),
  );
  const clock = manualClock();
  const [one, two] = [await store("n1", clock), await store("n2", clock)];
  const wanted = request("/once", { lifetimeMs: 10_000, headers: { B: "1", a: "2" } });
  assert.equal((await fetcher(one)(wanted)).cached, false);
  await one.settled();
  const again = await fetcher(two)({ ...wanted, headers: { A: "2", b: "1" } });
  assert.deepEqual([text(again.bytes), again.contentType, again.cached], ["x", "a/b", true]);
  assert.equal((await fetcher(two)({ ...wanted, headers: {} })).cached, false, "other headers");
  assert.equal((await fetcher(two)({ ...wanted, lifetimeMs: 0 })).cached, false, "asked anew");
  clock.advance(10_001);
  assert.equal((await fetcher(two)(wanted)).cached, false, "too old");
  assert.equal(asked.filter((path) => path === "/once").length, 4);
});

test("an answer of several messages is kept in parts, and comes back whole", async () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 3 * limits.frameBytesMax + 7 }, (_, i) => i));
  answers.set("/large", (_, response) => response.end(bytes));
  const memory = await store("n3", manualClock());
  const wanted = request("/large", { lifetimeMs: 10_000 });
  await fetcher(memory)(wanted);
  await memory.settled();
  const again = await fetcher(memory)(wanted);
  assert.equal(again.cached, true);
  const manager = await (await busOn(nats, "look")).connection.jetstreamManager();
  const { config } = await manager.streams.info(`KV_${buckets.answers.name}`);
  assert.equal(config.max_bytes, buckets.answers.bytesMax);
  assert.equal(Buffer.compare(bytes, again.bytes), 0);
});
