/** Blocks at rest: read by others in frames, lost, let go, forgotten. The bus is a real one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BlockSettings, BlockStore } from "../../../src/blocks/blocks.ts";
import { connectBus } from "../../../src/bus/connect.ts";
import { createLog } from "../../../src/host/log.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { failureOf } from "../../support/failures.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { withNatsServer } from "../../support/nats-server.ts";

const server = await withNatsServer();
const log = createLog({ logLevel: "silent", logFormat: "json" });
const clock = manualClock();

let stores = 0;
async function store(settings: Partial<BlockSettings> = {}) {
  const bus = await connectBus({ servers: server.url, id: `store-${++stores}`, log });
  const blocks = new BlockStore(bus, clock, settings);
  await bus.flush();
  server.after(async () => {
    blocks.close();
    await bus.drain();
  });
  return { bus, blocks };
}
const pattern = (size: number, seed = 1) =>
  Uint8Array.from({ length: size }, (_, at) => (at * 31 + seed + (at >> 8)) & 0xff);

test("a block of any number of frames is read as it was put", async () => {
  const [a, b] = [await store(), await store()];
  const frame = limits.frameBytesMax;
  for (const size of [0, 1, frame - 1, frame, frame + 1, 9 * frame + 7]) {
    const bytes = pattern(size, size);
    const ref = a.blocks.put("job", bytes);
    assert.equal(ref.bytes, size);
    assert.ok(Buffer.from(await b.blocks.read(ref)).equals(bytes), `${size} bytes`);
  }
});

test("what is fetched lies in shared memory, and is fetched once for all readers", async () => {
  const [a, b] = [await store(), await store()];
  const ref = a.blocks.put("job", pattern(100_000));
  const [one, two] = await Promise.all([b.blocks.read(ref), b.blocks.read(ref)]);
  assert.ok(one.buffer instanceof SharedArrayBuffer);
  assert.equal(one, two);
  a.blocks.release("job");
  assert.equal(await b.blocks.read(ref), one);
});

test("its own blocks a store reads where they lie", async () => {
  const { blocks } = await store();
  const bytes = pattern(10);
  assert.equal(await blocks.read(blocks.put("job", bytes)), bytes);
});

test("a block that was let go, and one whose holder is gone, are lost and named", async () => {
  const [a, b] = [await store(), await store({ frameTimeoutMs: 200 })];
  const ref = a.blocks.put("job", pattern(10));
  a.blocks.release("job", [ref.block]);
  for (const reader of [a, b]) {
    const error = await failureOf(reader.blocks.read(ref), "RTL_BLOCK_LOST");
    assert.match(error.message, new RegExp(ref.block));
  }
  await failureOf(b.blocks.read({ ...ref, holder: "nobody" }), "RTL_BLOCK_LOST");
});

test("a block that is shorter than its reference says is lost, not cut", async () => {
  const [a, b] = [await store(), await store()];
  const ref = a.blocks.put("job", pattern(10));
  await failureOf(b.blocks.read({ ...ref, bytes: 11 }), "RTL_BLOCK_LOST");
});

test("a read that failed is tried anew the next time", async () => {
  const [a, b] = [await store(), await store()];
  const ref = a.blocks.put("job", pattern(10));
  await failureOf(b.blocks.read({ ...ref, bytes: 11 }), "RTL_BLOCK_LOST");
  assert.equal((await b.blocks.read(ref)).length, 10);
});

test("a job lets go of its own blocks only, by key or all of them", async () => {
  const { blocks } = await store();
  const [first, second] = [blocks.put("one", pattern(10)), blocks.put("one", pattern(20))];
  const foreign = blocks.put("two", pattern(40));
  blocks.release("two", [first.block]);
  assert.deepEqual(blocks.stats(), { blocks: 3, bytes: 70, spilledBytes: 0, fetchedBytes: 0 });
  blocks.release("one", [first.block]);
  assert.deepEqual(blocks.stats(), { blocks: 2, bytes: 60, spilledBytes: 0, fetchedBytes: 0 });
  blocks.release("one");
  assert.deepEqual(blocks.stats(), { blocks: 1, bytes: 40, spilledBytes: 0, fetchedBytes: 0 });
  await failureOf(blocks.read(second), "RTL_BLOCK_LOST");
  assert.equal((await blocks.read(foreign)).length, 40);
});

test("fetched blocks are forgotten in order of use, and only as many as it takes", async () => {
  const [a, b] = [await store(), await store({ fetchedBytesMax: 300 })];
  const refs = [1, 2, 3].map((seed) => a.blocks.put("job", pattern(100, seed)));
  for (const ref of refs) await b.blocks.read(ref);
  assert.equal(b.blocks.stats().fetchedBytes, 300);
  const [oldest, second, third] = refs;
  assert.ok(oldest && second && third);
  // Used again, so that the second is now the one used longest ago.
  await b.blocks.read(oldest);
  await b.blocks.read(a.blocks.put("job", pattern(100, 4)));
  assert.equal(b.blocks.stats().fetchedBytes, 300);
  a.blocks.release("job");
  for (const kept of [oldest, third]) assert.equal((await b.blocks.read(kept)).length, 100);
  await failureOf(b.blocks.read(second), "RTL_BLOCK_LOST");
});

test("blocks that nobody lets go are let go by time", async () => {
  const { blocks } = await store({ keptMs: 1_000 });
  blocks.put("old", pattern(10));
  clock.advance(600);
  const young = blocks.put("young", pattern(20));
  clock.advance(600);
  blocks.sweep();
  assert.deepEqual(blocks.stats(), { blocks: 1, bytes: 20, spilledBytes: 0, fetchedBytes: 0 });
  assert.equal((await blocks.read(young)).length, 20);
});
