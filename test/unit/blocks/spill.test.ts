/** Blocks that memory has no room for: on disk and back, the bus a real one. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { type BlockSettings, BlockStore } from "../../../src/blocks/blocks.ts";
import { HeldBlocks } from "../../../src/blocks/held-blocks.ts";
import { Spill } from "../../../src/blocks/spill.ts";
import { connectBus } from "../../../src/bus/connect.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { createLog } from "../../../src/host/log.ts";
import { doorIn, spillIn } from "../../../src/host/private-folder.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { withNatsServer } from "../../support/nats-server.ts";
import { sharedMemory } from "../../support/shared-memory.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

const server = await withNatsServer();
const log = createLog({ logLevel: "silent", logFormat: "json" });
const FRAME = limits.frameBytesMax;
const GIB = 1024 ** 3;

let stores = 0;
async function store(t: TestContext, settings: Partial<BlockSettings> = {}) {
  const bus = await connectBus({ servers: server.url, id: `spill-${++stores}`, log });
  const blocks = new BlockStore(bus, systemClock, settings);
  await bus.flush();
  t.after(async () => {
    blocks.close();
    await bus.drain();
  });
  return blocks;
}

const shared = (size: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(new SharedArrayBuffer(size));
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + seed + (at >> 8)) & 0xff;
  return bytes;
};
const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other);

/** A holder with little memory, and its folder. */
async function holder(t: TestContext, settings: Partial<BlockSettings> = {}) {
  const place = spillIn(join(tempFolder(t), "spill"), { bytes: GIB });
  assert.ok(place !== undefined);
  const blocks = await store(t, {
    heldBytesMax: 2_000_000,
    fetchedBytesMax: 1_000_000,
    reusedBytesMax: 1_000_000,
    spill: place,
    ...settings,
  });
  const filesIn = () => (existsSync(place.folder) ? readdirSync(place.folder).length : 0);
  return { blocks, place, filesIn };
}

const settled = (blocks: BlockStore, bytes: number) =>
  waitUntil(() => blocks.stats().spilledBytes === bytes, `not ${bytes} bytes on disk`);

test("what was used longest ago goes to disk, and all is read as it was put", async (t) => {
  const { blocks, filesIn } = await holder(t);
  const folder = tempFolder(t);
  const far = await store(t);
  const near = await store(t, { door: doorIn(join(folder, "near")) });
  const contents = [1, 2, 3, 4].map((seed) => shared(FRAME + 7 * seed, seed));
  const refs = contents.slice(0, 3).map((bytes) => blocks.put("job", bytes));
  blocks.memory.leave(await blocks.read(refs[0] as never));
  refs.push(blocks.put("job", contents[3] as Uint8Array));
  // Of four blocks three fit. The first was used last, so the second is the oldest.
  await settled(blocks, FRAME + 14);
  assert.equal(filesIn(), 1);
  for (const reader of [blocks, far, near, blocks]) {
    for (const [place, ref] of refs.entries()) {
      const bytes = await reader.read(ref);
      assert.ok(isSame(bytes, contents[place] as Uint8Array), `block ${place}`);
      reader.memory.leave(bytes);
    }
  }
  blocks.release("job");
  assert.deepEqual(blocks.stats(), { blocks: 0, bytes: 0, spilledBytes: 0, fetchedBytes: 0 });
  await waitUntil(() => filesIn() === 0, "files of blocks that were let go stay");
});

test("a block on disk goes through the door of its holder", async (t) => {
  const folder = join(tempFolder(t), "door");
  const { blocks } = await holder(t, { door: doorIn(folder), heldBytesMax: 0 });
  const near = await store(t, { door: doorIn(folder) });
  const bytes = shared(3 * FRAME + 5, 9);
  const ref = blocks.put("job", bytes);
  await settled(blocks, bytes.length);
  assert.ok(isSame(await near.read(ref), bytes));
  assert.equal(readdirSync(folder).length, 1, "a socket");
});

test("memory is bounded however many blocks are put, in any order of putting, reading and letting go", async (t) => {
  const seed = Date.now() >>> 0;
  t.diagnostic(`seed ${seed}`);
  const place = spillIn(join(tempFolder(t), "spill"), { bytes: GIB });
  assert.ok(place !== undefined);
  const step = fc.record({
    what: fc.constantFrom("put", "put", "read", "release"),
    at: fc.nat({ max: 30 }),
    size: fc.integer({ min: 1, max: 60_000 }),
  });
  const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const memory = sharedMemory(50_000);
    const spill = new Spill({ ...place, folder: join(place.folder, crypto.randomUUID()) });
    let rooms = 0;
    const held = new HeldBlocks({ memory, bytesMax: 100_000, spill, hasRoom: () => rooms++ });
    const model = new Map<string, Uint8Array>();
    for (const [number, { what, at, size }] of steps.entries()) {
      const key = [...model.keys()][at % Math.max(1, model.size)];
      if (what === "put") {
        const bytes = shared(size, number);
        model.set(`b${number}`, bytes);
        assert.equal(held.put(`b${number}`, "job", [bytes]), size);
      } else if (key !== undefined && what === "read") {
        const found = held.find(key);
        const wanted = model.get(key);
        assert.ok(found !== undefined && wanted !== undefined);
        const offset = size % wanted.length;
        const piece = await held.piece(found, offset, wanted.length - offset, true);
        assert.ok(isSame(piece, wanted.subarray(offset)));
      } else if (key !== undefined) {
        assert.equal(held.remove(key), model.get(key)?.length);
        model.delete(key);
      }
    }
    const bytes = [...model.values()].reduce((sum, { length }) => sum + length, 0);
    const inMemory = () => bytes - held.stats().spilledBytes;
    await waitUntil(() => inMemory() <= 100_000, "too much is in memory");
    assert.equal(held.stats().bytes, bytes);
    assert.equal(held.isCrowded, false);
    for (const key of model.keys()) held.remove(key);
    assert.deepEqual(held.stats(), { blocks: 0, bytes: 0, spilledBytes: 0 });
    await waitUntil(() => spill.bytes === 0, "something stays on disk");
    held.close();
  });
  await fc.assert(property, { seed, numRuns: 60 });
});

test("while the disk is busy with far too much, memory is crowded, and then has room", async (t) => {
  let rooms = 0;
  const { blocks } = await holder(t, { hasRoom: () => rooms++ });
  for (let seed = 0; seed < 10; seed++) blocks.put("job", shared(FRAME, seed));
  assert.equal(blocks.isCrowded, true);
  await waitUntil(() => !blocks.isCrowded, "it stays crowded");
  assert.ok(rooms > 0);
});

test("a table that neither memory nor the disk has room for is refused until there is some", async (t) => {
  const place = { bytes: 2 * FRAME };
  const spill = spillIn(join(tempFolder(t), "spill"), place);
  const { blocks } = await holder(t, { spill, heldBytesMax: 2 * FRAME });
  const put = (seed: number) => blocks.put("job", shared(FRAME, seed));
  for (let seed = 0; seed < 4; seed++) put(seed);
  await settled(blocks, 2 * FRAME);
  put(4);
  await waitUntil(() => {
    try {
      put(5);
      return false;
    } catch (error) {
      assert.ok(error instanceof RtlError);
      assert.equal(error.code, "RTL_LIMIT_EXCEEDED");
      assert.match(error.message, /no room for a table of 524288 bytes: .* may lie in /);
      assert.match(error.fix ?? "", /RTL_BLOCK_MEMORY or RTL_SPILL_MAX/);
      return true;
    }
  }, "nothing is refused");
  blocks.release("job");
  await waitUntil(() => {
    try {
      return put(6).bytes === FRAME;
    } catch {
      return false;
    }
  }, "it stays full");
});

test("a holder without a disk refuses what its memory has no room for", async (t) => {
  const blocks = await store(t, { heldBytesMax: FRAME, spill: undefined });
  blocks.put("job", shared(FRAME, 1));
  assert.throws(() => blocks.put("job", shared(1, 1)), /and none may go to disk/);
  blocks.release("job");
  assert.equal(blocks.put("job", shared(1, 1)).bytes, 1);
});

test("a block whose file is gone is lost, and so it is told", async (t) => {
  const { blocks, place } = await holder(t, { heldBytesMax: 0 });
  const other = await store(t);
  const ref = blocks.put("job", shared(FRAME, 1));
  await settled(blocks, FRAME);
  rmSync(place.folder, { recursive: true });
  for (const reader of [blocks, other]) {
    await assert.rejects(reader.read(ref), (error) => {
      assert.ok(error instanceof RtlError);
      assert.equal(error.code, "RTL_BLOCK_LOST");
      assert.equal(error.problems[0]?.message, ref.block);
      return true;
    });
  }
});

test("nothing goes to disk where none is wanted, or where the folder is not private", (t) => {
  const folder = join(tempFolder(t), "spill");
  assert.equal(spillIn(folder, { bytes: 0 }), undefined);
  const place = spillIn(folder, { share: 0.5 });
  assert.ok(place !== undefined && place.bytesMax > 0);
  assert.ok(place.folder.startsWith(`${folder}/${process.pid}-`));
  assert.equal(spillIn("/proc/nowhere", { bytes: 1 }), undefined);
});

test("a block on disk comes whole to another machine, which checks it, and its memory is let go of", async (t) => {
  const folder = tempFolder(t);
  // No address is open to other machines: it goes in frames, with a digest.
  const here = { folder: join(folder, "here"), host: "here" };
  mkdirSync(here.folder, { mode: 0o700 });
  const { blocks } = await holder(t, { door: here, heldBytesMax: 0, fetchedBytesMax: 0 });
  const away = await store(t, { door: { folder: join(folder, "away"), host: "away" } });
  const bytes = shared(2 * FRAME + 3, 5);
  const ref = blocks.put("job", bytes);
  await settled(blocks, bytes.length);
  for (let time = 0; time < 3; time++) {
    assert.ok(isSame(await away.read(ref), bytes));
    away.forgetFetched("job");
  }
  await waitUntil(
    () => blocks.memory.usedBytes === 0,
    "memory that it was read into is still in use",
  );
});

test("what is read of blocks in memory leaves nothing in use, with a door and without", async (t) => {
  for (const settings of [{}, { door: { folder: tempFolder(t), host: "here" } }]) {
    const { blocks } = await holder(t, settings);
    const away = await store(t, { door: { folder: tempFolder(t), host: "away" } });
    const ref = blocks.put("job", shared(2 * FRAME, 1));
    await away.read(ref);
    blocks.release("job");
    await waitUntil(() => blocks.memory.usedBytes === 0, "somebody uses it for ever");
  }
});
