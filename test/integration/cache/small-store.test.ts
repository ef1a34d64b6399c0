/** Stores with little room, servers that lost one, and more replicas than there are servers. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { buckets, diskBytesOfAll, eventStream } from "../../../src/cache/bounds.ts";
import { Cache } from "../../../src/cache/cache.ts";
import { ownNatsConf } from "../../../src/host/nats-server.ts";
import { failureOf } from "../../support/failures.ts";
import { withNatsServer } from "../../support/nats-server.ts";
import { busOn } from "../../support/quiet-bus.ts";
import { recordOf } from "../../support/records.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

const MIB = 2 ** 20;

async function serverWith(t: TestContext, megabytes: number) {
  const conf = join(tempFolder(t), "small.conf");
  const text = readFileSync(ownNatsConf, "utf8");
  writeFileSync(conf, text.replace(/max_file: .*/, `max_file: ${megabytes}MB`));
  return withNatsServer(t, { conf });
}

test("where there is less room all buckets are made smaller alike, and work", async (t) => {
  const server = await serverWith(t, 64);
  const bus = await busOn(server, "one");
  const cache = await Cache.open(bus);
  assert.ok((await cache.createJob(recordOf("fits"))) !== undefined);
  const { streams } = await bus.connection.jetstreamManager();
  const names: string[] = [];
  let bytes = 0;
  for await (const { config } of streams.list()) {
    names.push(config.name);
    if (config.name !== eventStream.name) bytes += config.max_bytes;
  }
  const three = [buckets.schemas, buckets.jobs, buckets.results].map(({ name }) => `KV_${name}`);
  assert.deepEqual(names.sort(), [eventStream.name, ...three].sort());
  // Room is left for the bucket that is opened later.
  assert.ok(bytes <= 64 * MIB, String(bytes));
  const jobs = (await streams.info(`KV_${buckets.jobs.name}`)).config.max_bytes;
  const share = jobs / buckets.jobs.bytesMax;
  assert.ok(share < 1 && diskBytesOfAll * share <= 64 * MIB, String(share));
});

test("a store that has no room at all is refused with what to do", async (t) => {
  const bus = await busOn(await serverWith(t, 1), "one");
  const { fix } = await failureOf(Cache.open(bus), "RTL_LIMIT_EXCEEDED");
  assert.match(fix ?? "", /max_file/);
});

test("more replicas than one server can keep are refused, and the setting is named", async (t) => {
  const bus = await busOn(await withNatsServer(t), "one");
  const { fix } = await failureOf(Cache.open(bus, { replicas: 3 }), "RTL_BUS_UNFIT");
  assert.match(fix ?? "", /RTL_REPLICAS/);
});

test("a server that comes back without its memory is given its stream of events again", async (t) => {
  const server = await withNatsServer(t);
  const bus = await busOn(server, "one");
  const cache = await Cache.open(bus);
  await cache.createJob(recordOf("kept"));
  await server.kill();
  await server.restart();
  const { streams } = await bus.connection.jetstreamManager({ checkAPI: false });
  const hasEvents = () =>
    streams.info(eventStream.name).then(
      () => true,
      () => false,
    );
  await waitUntil(hasEvents, "there is no stream of events after the restart");
  assert.equal((await cache.getJob("kept"))?.value.id, "kept");
});

test("a record whose writing was not answered is not taken for another's", async (t) => {
  const server = await withNatsServer(t);
  const bus = await busOn(server, "one");
  const cache = await Cache.open(bus);
  await server.kill();
  // Put again and again while the server is away: however often it is heard, it is ours.
  const creating = cache.createJob(recordOf("ours"));
  const other = cache.getJob("nobody");
  await server.restart();
  const revision = await creating;
  assert.ok(revision !== undefined);
  assert.equal((await cache.getJob("ours"))?.revision, revision);
  assert.equal(await other, undefined);
});
