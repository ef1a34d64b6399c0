/** Job documents from strangers: in both forms, as JSON, YAML, a Python literal and objects. */
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { plan } from "../../src/flow/plan.ts";
import { parseDocument, parseSpec } from "../../src/protocol/document.ts";
import type { JobId, Millis } from "../../src/protocol/ids.ts";
import { Catalog } from "../../src/relay/catalog.ts";
import { describeBundle } from "./bundle.ts";
import { holdsOut, reportTried } from "./hold-out.ts";
import { damagedBytes } from "./hostile-bytes.ts";
import { damagedValues } from "./hostile-values.ts";

reportTried("hostile job documents");

const tasks = await describeBundle();
const catalog = new Catalog();
catalog.hear(
  {
    ...{ v: 1, node: "node-1", pool: "pool-1", slots: 4, busy: 0, encoding: "msgpack" },
    ...{ catalog: "1", tasks: [...tasks], held: [], labels: {}, host: "", version: "" },
    ...{ startedAt: 1, draining: false, leaving: false },
  },
  1 as Millis,
);

const examples = fc.constantFrom(
  ...tasks.map(({ name, example }) => ({ [name]: example as object })),
);
const duration = fc.constantFrom("1s", "500ms", "2h", "0.5m");
const stage = fc.record(
  {
    tasks: fc.array(examples, { minLength: 1, maxLength: 3 }),
    needs: fc.constantFrom<string[]>([], ["a"], ["b"]),
    split: fc.constantFrom("auto", { rows: 10 }, { chunks: 3 }, { bytes: 1_000 }),
    timeout: duration,
    retry: fc.record({ attempts: fc.integer({ min: 1, max: 5 }) }),
    where: fc.record({ node: fc.constantFrom("node-1", "pi-*") }),
    cache: fc.boolean(),
  },
  { requiredKeys: ["tasks"], noNullPrototype: true },
);
const named = fc.record(
  {
    version: fc.constant(1),
    name: fc.string({ maxLength: 10 }),
    stages: fc.dictionary(fc.constantFrom("a", "b", "c"), stage, {
      minKeys: 1,
      noNullPrototype: true,
    }),
    deadline: duration,
    priority: fc.integer({ min: 0, max: 9 }),
  },
  { requiredKeys: ["stages"], noNullPrototype: true },
);
const original = fc
  .array(fc.array(examples, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((stages) =>
    Object.fromEntries(stages.map((list, at) => [at, { tasks: Object.assign({}, ...list) }])),
  );
const documents = fc.oneof(named, original);

const planned = (spec: ReturnType<typeof parseSpec>): void => {
  plan("job-1" as JobId, spec, catalog, {
    at: 1 as Millis,
    inputRows: 100,
    slots: 4,
    leaseMs: 3_000 as Millis,
    defaults: { attempts: 3, backoffMs: 1 as Millis, runMs: 0 as Millis, waitMs: 0 as Millis },
  });
};

test("damaged objects are documents or are refused, and what is read can be planned", (t) => {
  holdsOut(t, damagedValues(documents), (value) => planned(parseSpec(value)), 500);
});

const texts = documents.chain((document) =>
  fc.constantFrom(
    JSON.stringify(document),
    JSON.stringify(document, null, 2),
    stringify(document),
    `DSDSL = ${JSON.stringify(document)}`,
  ),
);
test("damaged texts are documents or are refused, and what is read can be planned", (t) => {
  const bytes = damagedBytes(texts.map((text) => Buffer.from(text)));
  holdsOut(t, bytes, (text) => planned(parseDocument(text)), 500);
});
