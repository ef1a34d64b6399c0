/** Every message that we read, and every frame around it, from strangers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { loadConfig } from "../../src/host/config.ts";
import {
  decodeMessage,
  joinStates,
  pack,
  packState,
  unpack,
  unpackStates,
} from "../../src/protocol/codec.ts";
import { durationMs } from "../../src/protocol/duration.ts";
import { checkedToken } from "../../src/protocol/ids.ts";
import { failureSchema, resultSchema } from "../../src/protocol/messages.ts";
import {
  deadLetterSchema,
  jobRecordSchema,
  keptAnswerSchema,
  partsHeadSchema,
} from "../../src/protocol/records.ts";
import { type Route, routes } from "../../src/protocol/routes.ts";
import { fitsWildcards } from "../../src/protocol/wildcards.ts";
import { holdsOut, reportTried } from "./hold-out.ts";
import { damagedBytes } from "./hostile-bytes.ts";
import { damagedValues, nested, oddText } from "./hostile-values.ts";
import { valuesOf } from "./values-of-schema.ts";

reportTried("hostile messages into every decoder");

/** All that comes from outside as a message: from the route table, and what the cache keeps. */
const schemas = Object.entries<Route>(routes).flatMap(([name, { request, reply }]) => [
  [name, request] as const,
  ...(reply === undefined ? [] : [[`the answer of ${name}`, reply] as const]),
]);
const all = [
  ...schemas,
  ["a failure", failureSchema],
  ["a job's record", jobRecordSchema],
  ["a result", resultSchema],
  ["a kept answer", keptAnswerSchema],
  ["a dead letter", deadLetterSchema],
  ["the head of what lies in parts", partsHeadSchema],
] as const;

const anyMessage = fc.oneof(...all.map(([, schema]) => valuesOf(schema)));

for (const [name, schema] of all) {
  const valid = valuesOf(schema).filter((value) => schema.safeParse(value).success);
  test(`${name}: a valid message is read, a damaged one is read or refused`, (t) => {
    const packed = fc
      .tuple(valid, fc.boolean())
      .map(([value, asJson]) => pack(value, asJson && !hasBytes(value) ? "json" : "msgpack"));
    holdsOut(t, packed, (bytes) => assert.ok(decodeMessage(schema, bytes) !== undefined), 5);
    holdsOut(t, damagedBytes(packed), (bytes) => decodeMessage(schema, bytes), 25);
    holdsOut(
      t,
      damagedValues(valid),
      (value) => {
        const bytes = packable(value);
        if (bytes !== undefined) decodeMessage(schema, bytes);
      },
      35,
    );
  });
}

function hasBytes(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasBytes);
}

/** What no message of ours can carry cannot come in either. */
function packable(value: unknown): Uint8Array | undefined {
  try {
    return pack(value);
  } catch {
    return undefined;
  }
}

test("frames and messages of any bytes are read or refused", (t) => {
  const tables = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 });
  const framed = fc.tuple(anyMessage, tables).map(([message, list]) => pack({ message, list }));
  holdsOut(t, damagedBytes(framed), unpack, 600);
});

test("states of folds are read or refused", (t) => {
  const one = fc
    .tuple(fc.jsonValue({ maxDepth: 2 }), fc.array(fc.double(), { maxLength: 3 }))
    .map(([state, rows]) => packState({ state, rows: Float64Array.from(rows) }));
  const states = fc.oneof(one, fc.array(one, { maxLength: 3 }).map(joinStates));
  holdsOut(t, damagedBytes(states), unpackStates, 300);
});

test("lists that are said to be longer than they are cost nothing", () => {
  // 100 kB of these once took all the memory of the process.
  const bomb = Buffer.concat(Array(40_000).fill(Uint8Array.of(0xdd, 0, 0x03, 0x0d, 0x40)));
  const before = process.memoryUsage.rss();
  assert.throws(() => unpack(bomb), { code: "RTL_MESSAGE_INVALID" });
  assert.throws(() => unpack(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)), {
    code: "RTL_MESSAGE_INVALID",
  });
  assert.ok(process.memoryUsage.rss() - before < 100 * 1024 * 1024);
});

test("msgpack nested deeper than any message is refused", () => {
  const lists = (depth: number) => Uint8Array.from([...Array(depth).fill(0x91), 0xc0]);
  assert.doesNotThrow(() => unpack(lists(64)));
  assert.throws(() => unpack(lists(65)), { code: "RTL_MESSAGE_INVALID", message: /deeper/ });
  assert.throws(() => unpack(lists(500_000)), { code: "RTL_MESSAGE_INVALID" });
  let joined = packState({ state: 1, rows: Float64Array.of(1) });
  for (let i = 0; i < 5_000; i++) joined = joinStates([joined]);
  assert.throws(() => unpackStates(joined), { code: "RTL_MESSAGE_INVALID" });
});

test("a table of a frame is handed out once, however often it is named", () => {
  const frame = pack([new Uint8Array(1_000), new Uint8Array(1_000)]);
  // The second of the two extensions names the first table.
  const at = frame.lastIndexOf(1, 8 + 4 * 2 + 8);
  const twice = Uint8Array.from(frame);
  twice[at] = 0;
  assert.equal((unpack(frame) as unknown[]).length, 2);
  assert.throws(() => unpack(twice), { code: "RTL_MESSAGE_INVALID", message: /twice/ });
});

test("names, durations and patterns of any text are taken or refused", (t) => {
  const text = fc.oneof(
    oddText,
    fc.string({ unit: fc.constantFrom(..."0123456789.smhd -+eE*?a"), maxLength: 40 }),
  );
  const taken = (given: string) => {
    const ms = durationMs(given);
    assert.ok(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0));
    fitsWildcards("a".repeat(2_000), given.slice(0, 500));
    assert.match(checkedToken(given, "job"), /^[\w-]{1,64}$/);
  };
  holdsOut(t, text, taken, 300);
});

test("an environment of any texts is a configuration or is refused by name", (t) => {
  const names = fc.constantFrom(
    ...[
      "NATS_URL",
      "RTL_TASKS",
      "RTL_DATA_ROOTS",
      "RTL_FETCH_ORIGINS",
      "RTL_THREADS",
      "RTL_LABELS",
    ],
    ...["RTL_NODE_ID", "RTL_RELAY_ID", "RTL_LEASE", "RTL_GRACE", "RTL_CHUNK_ROWS", "LOG_LEVEL"],
  );
  const text = fc.oneof(oddText, fc.string({ maxLength: 20 }));
  const environment = fc.dictionary(names, text, { maxKeys: 4 });
  holdsOut(t, environment, (given) => loadConfig(given), 200);
});

test("values that are no data are refused when they are sent", () => {
  assert.throws(() => pack(nested(1_000)));
  assert.throws(() => pack({ id: 1, bytes: new Uint8Array(1) }, "json"), { code: "RTL_INTERNAL" });
});
