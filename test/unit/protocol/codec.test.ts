/** Messages to bytes and back: what comes out is what went in, and junk is refused by its one error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { decodeMessage, encodingOf, pack, unpack } from "../../../src/protocol/codec.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { routes } from "../../../src/protocol/routes.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`codec seed ${seed} (set FUZZ_SEED to repeat)`);
const settings = { seed, numRuns: 2_000 };

const refused = (data: Uint8Array): void => {
  assert.throws(
    () => unpack(data),
    (error: unknown) => error instanceof RtlError && error.code === "RTL_MESSAGE_INVALID",
  );
};
const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  // Zero has one sign in msgpack.
  fc.double({ noNaN: true }).map((value) => value + 0),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 70 }),
);
const key = fc.string().filter((text) => text !== "__proto__");
const { message } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("value"), { maxLength: 4 }), tie("message")),
  message: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
}));

test("every message comes back as it went out", () => {
  fc.assert(
    fc.property(message, (value) => assert.deepEqual(unpack(pack(value)), value)),
    settings,
  );
});

test("tables lie at multiples of eight, whatever stands before them", () => {
  const sizes = fc.array(fc.nat(40), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.string(), (lengths, text) => {
      const tables = lengths.map((length, at) => new Uint8Array(length).fill(at));
      const data = pack({ text, tables });
      const back = unpack(data) as { readonly tables: Uint8Array[] };
      assert.deepEqual(back.tables, tables);
      for (const table of back.tables) {
        assert.equal((table.byteOffset - data.byteOffset) % 8, 0);
        assert.equal(table.buffer, data.buffer);
      }
    }),
    settings,
  );
});

test("more than 256 tables keep their places", () => {
  const tables = Array.from({ length: 1_000 }, (_, at) => Uint8Array.of(at & 0xff, at >> 8));
  assert.deepEqual(unpack(pack(tables)), tables);
});

test("more tables than a frame can count are refused", () => {
  const table = new Uint8Array(0);
  assert.equal((unpack(pack(Array(65_535).fill(table))) as unknown[]).length, 65_535);
  assert.throws(() => pack(Array(65_536).fill(table)), { code: "RTL_MESSAGE_TOO_LARGE" });
});

test("any bytes are a message or are refused, and nothing else is thrown", () => {
  const head = fc.constantFrom([], [0xc1], [0xc1, 1], [0xc1, 1, 1, 0], [0x7b], [0xdf], [0xc9]);
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
      try {
        unpack(Uint8Array.from([...start, ...rest]));
      } catch (error) {
        assert.ok(error instanceof RtlError, String(error));
        assert.equal(error.code, "RTL_MESSAGE_INVALID");
      }
    }),
    { ...settings, numRuns: 20_000 },
  );
});

test("a message that is cut short anywhere, or has more behind it, is refused", () => {
  const data = pack({ id: "job", table: new Uint8Array(20).fill(7), more: [1, 2, 3] });
  for (let end = 0; end < data.length; end++) refused(data.subarray(0, end));
  const plain = pack({ id: "job", list: [1, "two", null] });
  for (let end = 0; end < plain.length; end++) refused(plain.subarray(0, end));
  refused(Uint8Array.from([...plain, 0]));
});

test("JSON is told from msgpack by its first byte, and numbers of any size survive", () => {
  const data = pack({ id: "x", big: 2n ** 60n }, "json");
  assert.equal(encodingOf(data), "json");
  assert.equal(encodingOf(pack({ id: "x" })), "msgpack");
  assert.deepEqual(unpack(data), { id: "x", big: "1152921504606846976" });
});

test("nesting beyond the limit is refused in either encoding", () => {
  const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assert.doesNotThrow(() => unpack(Buffer.from(nested(limits.depthMax - 1))));
  refused(Buffer.from(nested(limits.depthMax)));
  refused(Buffer.from(nested(1_000_000)));
  assert.doesNotThrow(() => unpack(Buffer.from(`{"a": "${"[".repeat(1_000)}"}`)));
});

test("keys that would reach a prototype are refused or harmless", () => {
  unpack(Buffer.from('{"__proto__": {"polluted": true}}'));
  assert.equal("polluted" in {}, false);
  refused(Uint8Array.from([0x81, 0xa9, ...Buffer.from("__proto__"), 0x80]));
});

test("keys that a check takes for a length or a text are refused like any other misfit", () => {
  const odd = { toString: 1, valueOf: null, toJSON: "x", length: -1 };
  for (const reason of [{ length: odd }, odd, [odd]]) {
    const data = pack({ id: "job-1", by: "me", reason });
    assert.throws(
      () => decodeMessage(routes.jobRevoke.request, data),
      (error) => error instanceof RtlError && error.code === "RTL_MESSAGE_INVALID",
    );
  }
});

test("what does not fit its schema is named by its path", () => {
  const schema = z.object({ items: z.array(z.object({ rows: z.number() })) });
  assert.throws(
    () => decodeMessage(schema, pack({ items: [{ rows: 1 }, { rows: "two" }] })),
    (error: unknown) => {
      assert.ok(error instanceof RtlError);
      assert.equal(error.code, "RTL_MESSAGE_INVALID");
      assert.deepEqual(
        error.problems.map(({ path }) => path),
        ["items.1.rows"],
      );
      return true;
    },
  );
});
