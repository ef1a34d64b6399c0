/** Memory that is used again: never while anybody uses it, and never more than is to be kept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SharedMemory, sizeClass } from "../../../src/blocks/shared-memory.ts";
import { checkProperty } from "../../support/properties.ts";

const KIB = 1024;
const pool = (keptBytesMax: number, bytesMax = Number.POSITIVE_INFINITY, dropped = none) =>
  new SharedMemory({ keptBytesMax, bytesMax, dropped });
const none = (_bytes: number): void => undefined;

test("what nobody uses any more is lent again to whoever wants as much", () => {
  const memory = pool(1_000 * KIB);
  const first = memory.take(100 * KIB);
  assert.ok(memory.take(100 * KIB).buffer !== first.buffer);
  memory.use(first);
  memory.leave(first);
  assert.equal(memory.spare(100 * KIB), undefined, "one still uses it");
  memory.leave(first);
  assert.equal(memory.keptBytes, first.buffer.byteLength);
  assert.equal(memory.spare(40 * KIB), undefined, "it is of another size");
  assert.ok(memory.take(100 * KIB - 1).buffer === first.buffer);
  assert.equal(memory.keptBytes, 0);
});

test("nothing is kept, and nothing counted, where there is no room for it", () => {
  const memory = pool(0);
  const bytes = memory.take(100 * KIB);
  assert.equal(bytes.buffer.byteLength, 100 * KIB);
  memory.use(bytes);
  memory.leave(bytes);
  memory.leave(bytes);
  assert.equal(memory.keptBytes, 0);
  assert.equal(memory.spare(100 * KIB), undefined);
});

test("sizes that differ a little are one, and little is wasted", () => {
  for (const bytes of [1, 4_096, 65_537, 100_000, 15_700_544, 2 ** 30 + 1]) {
    const size = sizeClass(bytes);
    assert.ok(size >= bytes && size <= Math.max(4_096, bytes * 1.125 + 4_096), `${bytes}: ${size}`);
    assert.equal(sizeClass(size), size);
  }
});

test("however taking, using and leaving are mixed, nobody gets what another uses", (t) => {
  const keptBytesMax = 300 * KIB;
  const step = fc.record({
    what: fc.constantFrom("take", "use", "leave", "spare", "keep"),
    which: fc.nat(20),
    kib: fc.constantFrom(70, 80, 130),
  });
  checkProperty(
    t,
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = pool(keptBytesMax, 500 * KIB);
      const inUse: Uint8Array[] = [];
      const spares: SharedArrayBuffer[] = [];
      const isFree = (buffer: ArrayBufferLike) =>
        inUse.every((other) => other.buffer !== buffer) &&
        spares.every((other) => other !== buffer);
      for (const { what, which, kib } of steps) {
        const one = inUse[which % Math.max(1, inUse.length)];
        if (what === "take") {
          const bytes = memory.take(kib * KIB);
          assert.ok(isFree(bytes.buffer), "taken while in use");
          inUse.push(bytes);
        } else if (what === "spare") {
          const spare = memory.spare(kib * KIB);
          assert.ok(spare === undefined || isFree(spare), "spared while in use");
          if (spare !== undefined) spares.push(spare);
        } else if (what === "keep") {
          const spare = spares.pop();
          if (spare !== undefined) memory.keep(spare);
        } else if (one !== undefined && what === "use") {
          memory.use(one);
          inUse.push(one);
        } else if (one !== undefined) {
          memory.leave(one);
          inUse.splice(inUse.indexOf(one), 1);
        }
        assert.ok(memory.keptBytes <= keptBytesMax, "more is kept than there is room for");
      }
    }),
    500,
  );
});

test("what there is no room for is dropped, the sizes first that nobody has asked for longest", () => {
  const dropped: number[] = [];
  const memory = pool(300 * KIB, 400 * KIB, (bytes) => dropped.push(bytes / KIB));
  const [a, b, c, d] = [128, 64, 128, 64].map((kib) => memory.take(kib * KIB));
  assert.ok(a && b && c && d);
  for (const one of [a, b, c]) memory.leave(one);
  // Of 128 and 64 KiB that lie ready the first has lain longest, and 300 is less than 320.
  assert.deepEqual([dropped, memory.keptBytes / KIB], [[128], 192]);
  const more = memory.take(256 * KIB);
  // With 320 KiB in use there is room for 80.
  assert.deepEqual([dropped, memory.keptBytes / KIB], [[128, 64, 128], 0]);
  memory.leave(more);
  assert.deepEqual(memory.keptBytes / KIB, 256);
  memory.leave(d);
  assert.deepEqual([dropped.slice(3), memory.keptBytes / KIB], [[256], 64]);
});
