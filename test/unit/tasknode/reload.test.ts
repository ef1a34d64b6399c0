/** What happens when files in the task folders change while a node runs. */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Done, NodeBeat } from "../../../src/protocol/messages.ts";
import { fakeBus } from "../../support/fake-bus.ts";
import { callOf, numbersOf, orderOf } from "../../support/orders.ts";
import { nodeTasks, runningNode } from "../../support/running-node.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

const door = import.meta.resolve("../../../src/task/index.js");

const taskFile = (name: string, factor: number): string => `
  import { defineTask, z } from ${JSON.stringify(door)};
  import { makeTable, numericColumn } from ${JSON.stringify(door)};
  export default defineTask({
    name: ${JSON.stringify(name)}, summary: "For tests.", shape: "map", params: z.any(), example: {},
    run: (table) => makeTable([
      numericColumn("x", table.column("x").values.map((value) => ${factor} * value)),
    ]),
  });
`;

test("a file dropped into a task folder is a task soon, without a pause in the work", async (t) => {
  const bus = fakeBus();
  const folder = tempFolder(t);
  const taskFolders = [nodeTasks, folder];
  const { node, data } = await runningNode(t, { bus, taskFolders, beatMs: 250 });
  const work = () => `rtl.v1.work.${node.pool}`;
  const oldWork = work();
  const reply = (order: { order: string }) => `answer.${order.order.replace("/", "-")}`;
  const run = async (order: ReturnType<typeof orderOf>) => {
    await waitUntil(() => bus.open(work()) > 0, "no slot became free");
    bus.deal(work(), order, reply(order));
    return (await bus.next(reply(order))) as Done;
  };

  const running = orderOf([callOf("gate", { file: "go" })]);
  bus.deal(oldWork, running, reply(running));
  writeFileSync(join(folder, "triple.js"), taskFile("triple", 3));
  await waitUntil(() => work() !== oldWork, "the node did not notice the file");
  const beats = bus.sent.map(({ message }) => message as NodeBeat);
  const told = beats.find(({ tasks }) => tasks?.some(({ name }) => name === "triple"));
  assert.equal(told?.pool, node.pool);
  assert.equal(bus.open(oldWork), 0, "the credits of the old pool are withdrawn");
  assert.equal(bus.open(`${oldWork}.ahead`), 0);
  assert.deepEqual(numbersOf(await run(orderOf([callOf("triple")]))), [3, 6, 9]);
  writeFileSync(join(data, "go"), "");
  assert.deepEqual(numbersOf((await bus.next(reply(running))) as Done), [1, 2, 3]);

  // The same description with other code: no new pool, but new threads.
  const newWork = work();
  writeFileSync(join(folder, "triple.js"), taskFile("triple", 30));
  let last: number[] = [];
  await waitUntil(async () => {
    last = numbersOf(await run(orderOf([callOf("triple")])));
    return last[0] === 30;
  }, "the new code was not used");
  assert.deepEqual(last, [30, 60, 90]);
  assert.equal(work(), newWork);

  // A file that cannot be loaded is reported; the others serve.
  writeFileSync(join(folder, "broken.js"), "this is no JavaScript");
  rmSync(join(folder, "triple.js"));
  assert.equal(existsSync(join(folder, "triple.js")), false);
  await waitUntil(() => work() === oldWork, "the node still offers what is gone");
  const refused = await run(orderOf([callOf("triple")]));
  assert.match(refused.refused ?? "", /does not offer triple any more/);
  assert.deepEqual(numbersOf(await run(orderOf([callOf("double")]))), [2, 4, 6]);
});
