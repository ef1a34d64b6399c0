/** Parameters against a published JSON Schema: faults found, readable, and never an exception. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { checkParams } from "../../../src/protocol/params.ts";

const filter = z.toJSONSchema(
  z.strictObject({
    operations: z
      .array(
        z.strictObject({
          column: z.string(),
          method: z.enum(["==", "eq", "less", "greater"]),
          value: z.union([z.number(), z.string()]),
        }),
      )
      .min(1),
    weight: z.number().min(0).max(5).nullable().default(null),
  }),
  { io: "input" },
);
const messages = (params: unknown, schema: object = filter) =>
  checkParams(schema, params, "stages.a.tasks[0].filter").map((p) => `${p.path}: ${p.message}`);

test("parameters that fit have no problems", () => {
  assert.deepEqual(messages({ operations: [{ column: "a", method: "eq", value: 1 }] }), []);
  assert.deepEqual(
    messages({ operations: [{ column: "a", method: "==", value: "x" }], weight: 2 }),
    [],
  );
});

test("a wrong type says what was expected and what was received", () => {
  assert.deepEqual(messages({ operations: [{ column: 3, method: "eq", value: [] }] }), [
    "stages.a.tasks[0].filter.operations[0].column: expected a text, received 3",
    "stages.a.tasks[0].filter.operations[0].value: expected a number or a text, received a list",
  ]);
  assert.deepEqual(messages(null), ["stages.a.tasks[0].filter: expected a map, received null"]);
});

test("a misspelt key names the key that was meant, once", () => {
  assert.deepEqual(messages({ operatons: [] }), [
    'stages.a.tasks[0].filter: unknown key "operatons", did you mean "operations"?',
  ]);
});

test("an unknown key without a near one lists the keys there are", () => {
  const [problem] = checkParams(filter, { operations: [], zzzz: 1 }, "x").filter((p) =>
    p.message.includes("zzzz"),
  );
  assert.equal(problem?.fix, "the keys here are operations, weight");
});

test("a missing key is called missing, also where it may have several types", () => {
  assert.deepEqual(messages({ operations: [{ column: "a", method: "eq" }] }), [
    'stages.a.tasks[0].filter.operations[0]: the key "value" is missing',
  ]);
});

test("a wrong option lists the options and the nearest", () => {
  assert.deepEqual(messages({ operations: [{ column: "a", method: "lesss", value: 1 }] }), [
    "stages.a.tasks[0].filter.operations[0].method: expected " +
      '"==", "eq", "less" or "greater", received "lesss", did you mean "less"?',
  ]);
});

test("bounds are told with what was received", () => {
  assert.deepEqual(messages({ operations: [], weight: 7 }), [
    "stages.a.tasks[0].filter.operations: must have at least 1 item",
    "stages.a.tasks[0].filter.weight: must be at most 5, received 7",
  ]);
});

test("of a union of kinds only the kind that was meant is reported", () => {
  const shapes = z.toJSONSchema(
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("a"), x: z.number() }),
      z.strictObject({ kind: z.literal("b"), y: z.number() }),
    ]),
  );
  assert.deepEqual(messages({ kind: "b", y: "1" }, shapes), [
    'stages.a.tasks[0].filter.y: expected a number, received "1"',
  ]);
});

test("a path may be empty", () => {
  assert.equal(checkParams(filter, {}, "")[0]?.path, "");
});

test("an unusable schema accepts everything", () => {
  const odd = [
    { type: "frog" },
    { $ref: "#/nope" },
    { type: "string", pattern: "(" },
    { if: {} },
    { type: "object", properties: 3 },
    [],
  ];
  for (const schema of odd) assert.deepEqual(checkParams(schema, { a: 1 }, "x"), []);
});

test("no schema and no parameters make it throw", (t) => {
  const seed = Date.now() >>> 0;
  t.diagnostic(`seed ${seed}`);
  const word = fc.constantFrom(
    "type",
    "properties",
    "anyOf",
    "items",
    "enum",
    "not",
    "object",
    "$ref",
  );
  const schema = fc.dictionary(word, fc.oneof(word, fc.jsonValue()));
  fc.assert(
    fc.property(schema, fc.jsonValue(), (odd, params) => {
      assert.ok(Array.isArray(checkParams(odd, params, "p")));
    }),
    { seed },
  );
});
