/** The job files that the README and the demo show, on a real system, against figures known otherwise. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { checkFlights, checkJobLog } from "../../examples/demo/check.ts";
import { root } from "../support/sources.ts";
import { exampleData, startSystem } from "../support/system.ts";

const flights = join(root, "node_modules/vega-datasets/data");
const system = await startSystem(undefined, {
  nodes: [{ threads: 2, dataRoots: [exampleData, flights] }],
});
const rtl = await system.connect();

const run = async (file: string) =>
  (await rtl.submit(readFileSync(join(root, file), "utf8"), { file })).result();
const known = join(exampleData, "demo/expected.json");

for (const file of ["examples/demo.yaml", "examples/job-times.yaml"]) {
  test(`${file} gives the table that is known for its log`, async () => {
    const { equal, differenceMax } = checkJobLog(await run(file), known);
    assert.ok(equal, `largest relative difference ${differenceMax}`);
  });
}

test("both spellings of the demo's tasks give the same table", async () => {
  const { dsdslTaskPrefixForm } = JSON.parse(readFileSync(known, "utf8")) as Record<string, object>;
  assert.ok(dsdslTaskPrefixForm);
  const table = await (await rtl.submit(dsdslTaskPrefixForm)).result();
  assert.ok(checkJobLog(table, known).equal);
});

for (const chunks of [4, 7, 23]) {
  test(`the demo's tasks over ${chunks} chunks each, on two nodes, give the same table`, async (t) => {
    const nodes = [1, 2].map(() => ({ threads: 2, dataRoots: [exampleData] }));
    const apart = await startSystem(t, { nodes });
    const stages = parse(readFileSync(join(root, "examples/demo.yaml"), "utf8")) as object;
    const cut = Object.entries(stages).map(([name, stage]) => [
      name,
      { ...stage, split: { chunks } },
    ]);
    const client = await apart.connect();
    const job = await client.submit({ version: 1, stages: Object.fromEntries(cut) });
    const { equal, differenceMax } = checkJobLog(await job.result(), known);
    assert.ok(equal, `largest relative difference ${differenceMax}`);
    const { stages: ran } = await job.done();
    assert.deepEqual(
      ran.map((stage) => stage.chunks),
      [chunks, chunks],
    );
  });
}

test("examples/flights.yaml gives the figures of a plain loop", async () => {
  const check = checkFlights(
    await run("examples/flights.yaml"),
    join(flights, "flights-200k.arrow"),
  );
  assert.ok(check.equal, JSON.stringify(check.figures));
});

test("a wrong table would be found", async () => {
  const table = await (await rtl.submit({ 0: { tasks: { null: {} } } })).result();
  assert.equal(checkJobLog(table, known).equal, false);
});
