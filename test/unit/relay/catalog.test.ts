/** What a relay knows of its nodes by their beats. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stage } from "../../../src/flow/plan.ts";
import type { Millis } from "../../../src/protocol/ids.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { type NodeBeat, nodeBeatSchema } from "../../../src/protocol/messages.ts";
import { Catalog } from "../../../src/relay/catalog.ts";
import { planned, spec } from "../flow/catalog.ts";

const at = (ms: number) => ms as Millis;
const tasks = (...names: string[]) => names.map((name) => ({ name }));

/** A node's beat with its tasks; `null` leaves them out, as ordinary beats do. */
const beatOf = (node: string, names: readonly string[] | null, changes: object = {}): NodeBeat =>
  nodeBeatSchema.parse({
    v: 1,
    node,
    pool: "p1",
    slots: 2,
    catalog: "c1",
    ...(names !== null && { tasks: tasks(...names) }),
    ...changes,
  });

const stageOf = (task: string, where?: Stage["where"]): Stage => {
  const [stage] = planned(spec(["only", [], task])).stages;
  if (stage === undefined) throw new Error("a plan without a stage");
  return { ...stage, where };
};
const poolNames = (catalog: Catalog, stage: Stage) =>
  catalog.poolsFor(stage).map(({ pool }) => String(pool));

test("a node whose tasks are not known is asked for them, and counts once it has told", () => {
  const catalog = new Catalog();
  assert.equal(catalog.hear(beatOf("n1", null), at(0)), true);
  assert.equal(catalog.pools.size, 0);
  assert.equal(catalog.hear(beatOf("n1", ["add"]), at(1)), false);
  assert.deepEqual([...catalog.pools.keys()], ["p1"]);
  assert.equal(catalog.find("add")?.name, "add");
});

test("ordinary beats change nothing, and what is derived from the catalog stays", () => {
  const catalog = new Catalog();
  catalog.hear(beatOf("n1", ["add"]), at(0));
  const { generation } = catalog;
  for (let beat = 1; beat < 5; beat++) {
    assert.equal(catalog.hear(beatOf("n1", null, { busy: beat % 2 }), at(beat)), false);
  }
  assert.equal(catalog.generation, generation);
  catalog.hear(beatOf("n1", null, { slots: 3 }), at(9));
  assert.ok(catalog.generation > generation);
  assert.equal(catalog.slots, 3);
});

test("a node with another catalog, or in another pool, is asked anew", () => {
  for (const changes of [{ catalog: "c2" }, { pool: "p2" }]) {
    const catalog = new Catalog();
    catalog.hear(beatOf("n1", ["add"]), at(0));
    assert.equal(catalog.hear(beatOf("n1", null, changes), at(1)), true);
    assert.equal(catalog.find("add"), undefined);
  }
});

test("the nodes of a pool add up, and there is never less than one slot", () => {
  const catalog = new Catalog();
  assert.equal(catalog.slots, 1);
  catalog.hear(beatOf("n1", ["add"]), at(0));
  catalog.hear(beatOf("n2", ["add"], { slots: 3 }), at(0));
  catalog.hear(beatOf("n3", ["sub"], { pool: "p2", slots: 4 }), at(0));
  assert.equal(catalog.slots, 9);
  assert.deepEqual(
    [...catalog.pools.values()].map(({ pool, slots }) => [String(pool), slots]),
    [
      ["p1", 5],
      ["p2", 4],
    ],
  );
  assert.deepEqual(
    catalog.list().map(({ name, nodes }) => [name, nodes]),
    [
      ["add", ["n1", "n2"]],
      ["sub", ["n3"]],
    ],
  );
});

test("a node that leaves, drains or falls silent offers nothing", () => {
  const catalog = new Catalog();
  for (const node of ["n1", "n2", "n3"]) catalog.hear(beatOf(node, [`of-${node}`]), at(0));
  catalog.hear(beatOf("n1", null, { leaving: true }), at(10));
  assert.equal(catalog.find("of-n1"), undefined);
  catalog.hear(beatOf("n2", null, { draining: true }), at(10));
  assert.equal(catalog.find("of-n2"), undefined);
  assert.deepEqual(catalog.forgetSilent(at(10)), ["n3"]);
  assert.equal(catalog.find("of-n3"), undefined);
  assert.deepEqual(catalog.forgetSilent(at(10)), []);
  assert.deepEqual(
    catalog.nodes.map(({ node }) => node),
    ["n2"],
  );
});

test("a task is found by its spellings, and a name of its own goes before another's alias", () => {
  const catalog = new Catalog();
  const aliased = [{ name: "filterRows", aliases: ["keep"] }, { name: "keep" }];
  catalog.hear(beatOf("n1", null, { tasks: aliased }), at(0));
  for (const spelling of ["filterRows", "task_filterRows", "filter_rows"]) {
    assert.equal(catalog.find(spelling)?.name, "filterRows", spelling);
  }
  assert.equal(catalog.find("keep")?.name, "keep");
  assert.equal(catalog.find("toString"), undefined);
  assert.equal(catalog.suggest("filterRow"), "filterRows");
});

test("parameters are checked by the schema that came with the task", () => {
  const catalog = new Catalog();
  const params = { type: "object", properties: { b: { type: "number" } }, required: ["b"] };
  catalog.hear(beatOf("n1", null, { tasks: [{ name: "add", params }] }), at(0));
  const check = catalog.find("add")?.check;
  assert.deepEqual(check?.({ b: 1 }, "at"), []);
  assert.equal(check?.({ b: "one" }, "at")[0]?.path, "at.b");
});

test("a stage goes to pools that offer all its tasks, carry its labels and have its node", () => {
  const catalog = new Catalog();
  catalog.hear(beatOf("n1", ["add"], { labels: { gpu: "yes" } }), at(0));
  catalog.hear(beatOf("n2", ["add", "double"], { pool: "p2" }), at(0));
  assert.deepEqual(poolNames(catalog, stageOf("add")), ["p1", "p2"]);
  assert.deepEqual(poolNames(catalog, stageOf("double")), ["p2"]);
  assert.deepEqual(poolNames(catalog, stageOf("add", { labels: { gpu: "yes" } })), ["p1"]);
  assert.deepEqual(poolNames(catalog, stageOf("add", { labels: { gpu: "no" } })), []);
  assert.deepEqual(poolNames(catalog, stageOf("add", { node: "n2" })), ["p2"]);
  assert.deepEqual(poolNames(catalog, stageOf("double", { node: "n1" })), []);
  assert.deepEqual(poolNames(catalog, stageOf("add", { node: "gone" })), []);
});

test("no more nodes are known than the limit, and those that are gone make room", () => {
  const catalog = new Catalog();
  for (let n = 0; n < limits.nodesMax + 5; n++) catalog.hear(beatOf(`n${n}`, null), at(n));
  assert.equal(catalog.size, limits.nodesMax);
  assert.equal(catalog.hear(beatOf("late", ["add"]), at(1)), false);
  assert.equal(catalog.find("add"), undefined);
  catalog.hear(beatOf("n0", null, { leaving: true }), at(2));
  catalog.hear(beatOf("late", ["add"]), at(3));
  assert.equal(catalog.find("add")?.name, "add");
});

test("descriptions beyond the limit are not offered until others are gone", () => {
  const catalog = new Catalog();
  const summary = "x".repeat(4_000);
  const offer = (node: string, count: number) =>
    beatOf(node, null, {
      tasks: Array.from({ length: count }, (_, task) => ({ name: `${node}_${task}`, summary })),
    });
  const half = Math.ceil(limits.offeredCharsMax / summary.length / 2);
  for (const node of ["a", "b", "c"]) catalog.hear(offer(node, half), at(0));
  assert.deepEqual([catalog.find("a_0")?.name, catalog.find("c_0")], ["a_0", undefined]);
  for (const node of ["a", "b"]) catalog.hear(beatOf(node, null, { leaving: true }), at(1));
  catalog.hear(offer("c", half), at(2));
  assert.equal(catalog.find("c_0")?.name, "c_0");
});
