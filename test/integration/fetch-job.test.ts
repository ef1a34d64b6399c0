/** A job that fetches, on a real system: the second one like it is answered without the call. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { tableToJson } from "../../src/index.ts";
import { startSystem } from "../support/system.ts";

let calls = 0;
const web = createServer((request, response) => {
  calls++;
  const known = request.url === "/prices.csv";
  response.writeHead(known ? 200 : 500, { "content-type": "text/csv" });
  response.end(known ? "price,name\n1.5,a\n2.5,b\n" : "");
});
await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
after(() => {
  web.closeAllConnections();
  web.close();
});
const origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
const system = await startSystem(undefined, { env: { RTL_FETCH_ORIGINS: origin } });
const rtl = await system.connect();

const documentOf = (params: object, retry: object = {}) => ({
  version: 1,
  stages: { get: { tasks: [{ fetch: params }, { limit: { n: 10 } }], ...retry } },
});

test("the second identical query is answered from the cache, without the call", async () => {
  const document = documentOf({ url: `${origin}/prices.csv`, lifetime: "1h" });
  for (let time = 1; time <= 2; time++) {
    const job = await rtl.submit(document);
    const { columns } = tableToJson(await job.result());
    assert.deepEqual(columns["price"]?.values, [1.5, 2.5]);
    const lines = (await job.done()).stages.flatMap(({ tasks }) => tasks[0]?.lines ?? []);
    assert.match(lines[0] ?? "", time === 1 ? /from its server/ : /from the cache/);
  }
  assert.equal(calls, 1);
});

test("an origin that is not allowed fails the job, with the setting that allows it", async () => {
  const job = await rtl.submit(documentOf({ url: "http://127.0.0.1:1/x" }));
  const { failure } = await job.done();
  assert.equal(failure?.code, "RTL_FETCH_REFUSED");
  assert.match(failure?.fix ?? "", /RTL_FETCH_ORIGINS/);
});

test("a server that fails is asked again as often as the document says", async () => {
  const before = calls;
  const retry = { retry: { attempts: 3, backoff: "1ms" } };
  const job = await rtl.submit(documentOf({ url: `${origin}/broken` }, retry));
  const { failure } = await job.done();
  assert.equal(failure?.code, "RTL_FETCH_FAILED");
  assert.equal(calls - before, 3);
});
