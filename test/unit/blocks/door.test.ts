/** Blocks point to point: on one machine, between two, and whatever way is left when one leads nowhere. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { type BlockSettings, BlockStore } from "../../../src/blocks/blocks.ts";
import { Door, GREETING, HEAD_BYTES } from "../../../src/blocks/door.ts";
import { digestOf } from "../../../src/blocks/fetch.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { doorIn, openPrivateFolder } from "../../../src/host/private-folder.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { routes } from "../../../src/protocol/routes.ts";
import { failureOf } from "../../support/failures.ts";
import { withNatsServer } from "../../support/nats-server.ts";
import { busOn } from "../../support/quiet-bus.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

const server = await withNatsServer();
const folder = join(tempFolder({ after }), "doors");
mkdirSync(folder, { mode: 0o700 });

let stores = 0;
async function store(host: string | undefined, settings: Partial<BlockSettings> = {}) {
  const bus = await busOn(server, `store-${++stores}`);
  const door = host === undefined ? undefined : { folder, host };
  const blocks = new BlockStore(bus, systemClock, { door, ...settings });
  await bus.flush();
  server.after(() => blocks.close());
  return { bus, blocks };
}

/** Frames that are asked for anywhere. */
const frames: { readonly offset: number }[] = [];
const spy = await busOn(server, "spy");
spy.subscribe(routes.blockRead, { holder: "*" }, (frame) => void frames.push(frame));
await spy.flush();

const pattern = (size: number, seed = 1) =>
  Uint8Array.from({ length: size }, (_, at) => (at * 31 + seed + (at >> 8)) & 0xff);
const large = pattern(3 * limits.frameBytesMax + 11);

async function assertReads(
  reader: BlockStore,
  ref: Parameters<BlockStore["read"]>[0],
  wanted = large,
) {
  const bytes = await reader.read(ref);
  assert.ok(Buffer.from(bytes).equals(wanted));
  return bytes;
}

test("on one machine a block goes through its holder's door, whole or in parts", async () => {
  const [a, b] = [await store("here"), await store("here")];
  const before = frames.length;
  await assertReads(b.blocks, a.blocks.put("job", large));
  const cuts = [0, 1, 70_001, 70_001, large.length];
  const parts = cuts.slice(1).map((end, at) => large.subarray(cuts[at], end));
  const bytes = await assertReads(b.blocks, a.blocks.put("job", parts));
  assert.ok(bytes.buffer instanceof SharedArrayBuffer);
  await spy.flush();
  assert.equal(frames.length, before, "frames were asked for");
});

test("between machines a block goes through an open address, or in frames", async () => {
  const listen = { host: "127.0.0.1", port: 0 };
  const open = await store(undefined, { door: { folder, host: "there", listen } });
  const closed = await store("there");
  const reader = await store("here");
  const before = frames.length;
  await assertReads(reader.blocks, open.blocks.put("job", large));
  await spy.flush();
  assert.equal(frames.length, before, "frames were asked for");
  await assertReads(reader.blocks, closed.blocks.put("job", large));
  await spy.flush();
  assert.ok(frames.length > before, "no frames were asked for");
});

test("what is used again afterwards is not what somebody still reads", async () => {
  const reusedBytesMax = 64 * 1024 * 1024;
  const [a, b] = [await store("here", { reusedBytesMax }), await store("here", { reusedBytesMax })];
  const own = a.blocks.memory.take(large.length);
  own.set(large);
  const ref = a.blocks.put("job", own);
  a.blocks.memory.leave(own);
  const reading = b.blocks.read(ref);
  const bytes = await reading;
  a.blocks.release("job");
  await waitUntil(() => a.blocks.memory.keptBytes > 0, "what its reader has is not used again");
  assert.ok(a.blocks.memory.take(large.length).buffer === own.buffer);
  b.blocks.forgetFetched("job");
  assert.equal(b.blocks.memory.keptBytes, 0, "it is still read");
  b.blocks.memory.leave(bytes);
  assert.ok(b.blocks.memory.take(large.length).buffer === bytes.buffer);
});

test("a door that leads nowhere is passed by", async () => {
  const [a, b] = [await store("here"), await store("here")];
  await assertReads(b.blocks, a.blocks.put("job", large));
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  await assertReads(b.blocks, a.blocks.put("job", large));
});

/** A holder that says what it likes of its one block. */
async function holder(
  t: TestContext,
  door: (reply: { path?: string; token?: string; digest?: string }) => object,
  frame: (piece: Uint8Array) => Uint8Array = (piece) => piece,
) {
  const bus = await busOn(server, `holder-${++stores}`);
  const asked: number[] = [];
  const own = { holder: bus.id };
  bus.subscribe(routes.blockOpen, own, (_, { reply }) => bus.respond(reply ?? "", door({})));
  bus.subscribe(routes.blockRead, own, ({ offset, length }, { reply }) => {
    asked.push(offset);
    bus.respondBytes(reply ?? "", frame(large.slice(offset, offset + length)));
  });
  await bus.flush();
  t.diagnostic(bus.id);
  return { asked, ref: { block: "block", holder: bus.id, bytes: large.length } };
}

test("what had come through a door that closed need not come again", async (t) => {
  const half = 2 * limits.frameBytesMax;
  const path = join(folder, `${process.pid}-half.sock`);
  const listener = createServer((socket) => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(large.length));
    socket.end(Buffer.concat([size, large.subarray(0, half)]));
  });
  await new Promise<void>((resolve) => listener.listen(path, resolve));
  t.after(() => listener.close());
  const { asked, ref } = await holder(t, () => ({ path, token: "0".repeat(32) }));
  await assertReads((await store("here")).blocks, ref);
  assert.equal(Math.min(...asked), half);
});

test("a door that offers another size, or nothing of sense, is passed by", async (t) => {
  for (const text of [
    "\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000x",
    "HTTP/1.1 400 Bad Request",
  ]) {
    const path = join(folder, `${process.pid}-${text.length}.sock`);
    const listener = createServer((socket) => void socket.on("error", () => undefined).end(text));
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    t.after(() => listener.close());
    const { ref } = await holder(t, () => ({ path, token: "0".repeat(32) }));
    await assertReads((await store("here")).blocks, ref);
  }
});

test("a block that comes spoilt in frames is fetched once more, and then lost", async (t) => {
  const digest = await digestOf([large]);
  const spoilt = (piece: Uint8Array) => piece.fill(0, 0, 1);
  let times = 0;
  const once = await holder(
    t,
    () => ({ digest }),
    (piece) => (times++ < 2 ? spoilt(piece) : piece),
  );
  const reader = await store("here");
  await assertReads(reader.blocks, once.ref);
  const always = await holder(t, () => ({ digest }), spoilt);
  const { message } = await failureOf(reader.blocks.read(always.ref), "RTL_BLOCK_LOST");
  assert.match(message, /spoilt, twice/);
});

test("a holder in another language that knows frames only is read in frames", async (t) => {
  const bus = await busOn(server, "plain");
  bus.subscribe(routes.blockRead, { holder: "plain" }, ({ offset, length }, { reply }) => {
    bus.respondBytes(reply ?? "", large.slice(offset, offset + length));
  });
  await bus.flush();
  t.diagnostic("no answer on the subject for doors");
  const ref = { block: "block", holder: "plain", bytes: large.length };
  await assertReads((await store("here")).blocks, ref);
});

test("a token is good once, and nothing is told without one", async (t) => {
  const door = new Door({ folder, host: "here" });
  t.after(() => door.close());
  let done = 0;
  const handed = { parts: [large], bytes: large.length, done: () => void done++ };
  const { path = "", token = "" } = (await door.grant("here", handed)) ?? {};
  const say = (greeting: Buffer) =>
    new Promise<number>((resolve) => {
      let heard = 0;
      const socket = connect(path, () => socket.write(greeting));
      socket.on("data", (data) => {
        heard += data.length;
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(heard));
    });
  const greeting = (text: string, first = GREETING) => {
    const head = Buffer.alloc(HEAD_BYTES);
    first.copy(head);
    head.write(text, first.length, "hex");
    return head;
  };
  assert.equal(await say(greeting("f".repeat(32))), 0);
  assert.equal(await say(Buffer.from("GET / HTTP/1.1\r\nHost: example\r\n\r\n")), 0);
  assert.equal(await say(greeting(token)), large.length + 8);
  assert.equal(await say(greeting(token)), 0);
  assert.equal(done, 1, "its reader is through with it, once");
});

test("the folder is private, and rid of what dead processes have left", (t) => {
  const own = join(tempFolder(t), "rtl");
  const { pid } = process;
  mkdirSync(own, { mode: 0o700 });
  const [gone, alive, other] = ["4194303-dead.sock", `${pid}-alive.sock`, "notes.txt"];
  for (const name of [gone, alive, other]) writeFileSync(join(own, name ?? ""), "");
  assert.equal(openPrivateFolder(own), own);
  assert.deepEqual(readdirSync(own).sort(), [alive, other].sort());
  chmodSync(own, 0o755);
  assert.equal(openPrivateFolder(own), undefined);
  assert.equal(doorIn(own), undefined);
  assert.equal(doorIn(join(own, other ?? "")), undefined);
  assert.ok(existsSync(join(own, alive)));
});
