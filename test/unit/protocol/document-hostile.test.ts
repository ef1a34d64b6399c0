/** Hostile and random documents: refused with a clear error, never an exception of another kind. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { parseDocument, parseSpec } from "../../../src/protocol/document.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import type { JobSpec } from "../../../src/protocol/job-spec.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { specText } from "../../../src/protocol/spec-digest.ts";

function newSeed(t: TestContext): number {
  const seed = Date.now() >>> 0;
  t.diagnostic(`seed ${seed}`);
  return seed;
}
/** The spec, or the code of the refusal; anything else thrown fails the test. */
function outcome(read: () => JobSpec): JobSpec | string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RtlError)) throw error;
    assert.ok(error.code === "RTL_DOCUMENT_TOO_LARGE" || error.problems.length > 0);
    assert.ok(error.problems.length <= 100);
    for (const { line, column, message } of error.problems) {
      assert.ok(message !== "" && message.length < 1000);
      assert.ok((line ?? 1) >= 1 && (column ?? 1) >= 1);
    }
    return error.code;
  }
}

test("a document above the limit is refused before anything is parsed", () => {
  const huge = "{".repeat(50 * 1024 * 1024);
  assert.equal(
    outcome(() => parseDocument(huge)),
    "RTL_DOCUMENT_TOO_LARGE",
  );
  assert.equal(
    outcome(() => parseDocument(Buffer.from(huge))),
    "RTL_DOCUMENT_TOO_LARGE",
  );
  // Each of these characters has three bytes.
  const wide = "€".repeat(limits.documentBytesMax / 2);
  assert.equal(
    outcome(() => parseDocument(wide)),
    "RTL_DOCUMENT_TOO_LARGE",
  );
});

test("a text that opens without end is refused, whatever it opens", () => {
  for (const opening of [
    "[",
    "{",
    "- ",
    "? ",
    "a: ",
    "{a: ",
    "[{",
    '{"a":',
    "X = {0: ",
    "X = ((",
    "&a ",
  ]) {
    assert.equal(
      outcome(() => parseDocument(opening.repeat(20_000))),
      "RTL_JOB_INVALID",
      opening,
    );
  }
  const stairs = Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n");
  assert.equal(
    outcome(() => parseDocument(stairs)),
    "RTL_JOB_INVALID",
  );
});

test("nesting is allowed up to the limit and refused above it", () => {
  const nested = (depth: number) =>
    `{"0": {"tasks": {"a": {"x": ${"[".repeat(depth)}${"]".repeat(depth)}}}}}`;
  const allowed = limits.depthMax - 3;
  assert.equal(typeof outcome(() => parseDocument(nested(allowed))), "object");
  assert.equal(typeof outcome(() => parseSpec(JSON.parse(nested(allowed)))), "object");
  assert.equal(
    outcome(() => parseDocument(nested(allowed + 1))),
    "RTL_JOB_INVALID",
  );
  assert.equal(
    outcome(() => parseSpec(JSON.parse(nested(allowed + 1)))),
    "RTL_JOB_INVALID",
  );
});

test("aliases that multiply or run in a circle are refused", () => {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(12).fill(`*a${i}`).join(", ")}]`,
  );
  const bomb = `a0: &a0 [x, x]\n${levels.join("\n")}\n`;
  assert.equal(
    outcome(() => parseDocument(bomb)),
    "RTL_DOCUMENT_TOO_LARGE",
  );
  assert.equal(
    outcome(() => parseDocument("stages: &s {a: *s}")),
    "RTL_JOB_INVALID",
  );
});

test("many keys, items, lines and faults do not take long", () => {
  const many = 50_000;
  for (const text of [
    Array.from({ length: many }, (_, i) => `k${i}: 1`).join("\n"),
    `{${Array.from({ length: many }, (_, i) => `"k${i}": 1`).join(",")}}`,
    `[${",".repeat(many * 10)}`,
    "#\n".repeat(many * 5),
    "---\n".repeat(many / 10),
    `'${"''".repeat(many)}`,
    `{"a": "${"\\".repeat(many)}`,
  ]) {
    assert.equal(typeof outcome(() => parseDocument(text)), "string");
  }
});

test("random text gives a spec or an RtlError", (t) => {
  const seed = newSeed(t);
  const piece = fc.constantFrom(
    ..."{}[]()'\"\\:,#&*!|>?-%@`\n\t <=0_.eE".split(""),
    "stages:",
    "tasks: ",
    "  ",
    "\n- ",
    "DSDSL = ",
    "None",
    "0: ",
    "needs",
    "&a ",
    "*a",
    "<<: ",
    "---",
    "\r\n",
    "\uFEFF",
    "\u0000",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(text, (document) => void outcome(() => parseDocument(document))),
    { seed, numRuns: 500 },
  );
});

test("random bytes give a spec or an RtlError", (t) => {
  const seed = newSeed(t);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      (bytes) => void outcome(() => parseDocument(bytes)),
    ),
    { seed },
  );
});

const key = fc.constantFrom(
  ...["stages", "version", "name", "needs", "tasks", "split", "rows", "cache", "timeout", "retry"],
  ...["attempts", "where", "labels", "0", "1", "a", "b", "__proto__", "constructor", "toString"],
);
const anything = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, fc.jsonValue(), tie("map"), fc.array(tie("value"))),
  map: fc.dictionary(key, tie("value"), { maxKeys: 5 }),
})).map;

test("random values give the same outcome as text and as JavaScript", (t) => {
  const seed = newSeed(t);
  fc.assert(
    fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
      // -0 and the likes do not survive JSON, so that both sides start from the text.
      const text = JSON.stringify(value);
      const parsed = outcome(() => parseDocument(text));
      assert.deepEqual(
        parsed,
        outcome(() => parseSpec(JSON.parse(text))),
      );
    }),
    { seed, numRuns: 200 },
  );
});

// A key named __proto__ is refused, so that a valid document has none.
const params = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 2 }))
  .filter((value) => !JSON.stringify(value).includes("__proto__"));
const duration = fc.tuple(
  fc.integer({ min: 1, max: 20 }),
  fc.constantFrom("ms", "s", "m", "h", "d"),
);
const validStage = fc.record(
  {
    tasks: fc.array(
      fc.oneof(
        fc.constant("null"),
        params.map((value) => ({ add: value })),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    needs: fc.constant([]),
    cache: fc.boolean(),
    timeout: duration.map(([amount, unit]) => `${amount}${unit}`),
    split: fc.oneof(fc.constant("auto"), fc.record({ rows: fc.integer({ min: 1, max: 1e9 }) })),
    retry: fc.record({ attempts: fc.integer({ min: 1, max: 100 }) }),
    where: fc.record({ node: fc.constantFrom("a", "b") }),
  },
  { requiredKeys: ["tasks"] },
);
const validDocument = fc.record(
  {
    stages: fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), validStage, {
      minKeys: 1,
      maxKeys: 5,
    }),
    name: fc.stringMatching(/^[a-z ]{1,20}$/),
    priority: fc.integer({ min: 0, max: 9 }),
    deadline: fc.constant("1h"),
  },
  { requiredKeys: ["stages"] },
);

test("valid documents are accepted, and their canonical text is stable", (t) => {
  const seed = newSeed(t);
  fc.assert(
    fc.property(validDocument, (document) => {
      const spec = parseDocument(JSON.stringify(document));
      const text = specText(spec);
      assert.equal(specText(parseDocument(text)), text);
      assert.equal(specText(parseSpec(spec)), text);
      const reversed = Object.fromEntries(Object.entries(document).reverse());
      assert.equal(specText(parseDocument(JSON.stringify(reversed, null, 2))), text);
    }),
    { seed, numRuns: 100 },
  );
});

test("mutated valid documents give a spec or an RtlError", (t) => {
  const seed = newSeed(t);
  const mutation = fc.record({
    at: fc.nat(),
    removed: fc.nat({ max: 3 }),
    added: fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom("{", "}", "[", '"', ",", ":", "\n"),
    ),
  });
  fc.assert(
    fc.property(
      validDocument,
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (document, all) => {
        let text = JSON.stringify(document, null, 1);
        for (const { at, removed, added } of all) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + added + text.slice(start + removed);
        }
        outcome(() => parseDocument(text));
      },
    ),
    { seed, numRuns: 200 },
  );
});

test("many faults below a name of thousands of letters are a refusal that fits into a message", () => {
  // Found by fuzzing: the path of each of the faults held the whole name.
  let nested: unknown = [0];
  for (let depth = 0; depth < 33; depth++) nested = [{ a: nested }];
  for (const chars of [4_000, limits.nameCharsMax]) {
    const document = { ["x".repeat(chars)]: Array.from({ length: 200 }, () => ({ a: nested })) };
    assert.throws(
      () => parseSpec(document),
      (error) => {
        assert.ok(error instanceof RtlError && error.problems.length > 10);
        return JSON.stringify(error.toFailure()).length < limits.failureBytesMax;
      },
    );
  }
});
