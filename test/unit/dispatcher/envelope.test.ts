/** The envelope of older clients, version 3 and version 0.4, without any bus. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Envelope, Meta, Pipeline, stageOf, Tools } from "../../../src/dispatcher/envelope.ts";
import type { ErrorCode } from "../../../src/protocol/errors.ts";
import { TOKEN } from "../../../src/protocol/ids.ts";
import { numbersIn, tableOf } from "../../support/orders.ts";

const refused = (code: ErrorCode, make: () => unknown) => assert.throws(make, { code });
const pipelineOf = (...tasks: string[]) => Object.assign(new Pipeline(), { tasks }).extract();

test("an envelope has an id of its own that may stand in a subject", () => {
  const [one, two] = [new Envelope(), new Envelope()];
  assert.notEqual(one.getId(), two.getId());
  assert.match(one.getId(), TOKEN);
  assert.match(Tools.create_id(), TOKEN);
  assert.notEqual(Tools.createId(), Tools.createId());
});

test("version 3 packs a lifespan and sets the contents apart", () => {
  const envelope = new Envelope().pack(2).setContents({ x: [1, 2, 3] });
  assert.deepEqual([envelope.lifespan, envelope.length], [2, 3]);
  assert.equal(envelope.getPipeline(), undefined);
  assert.deepEqual(numbersIn(envelope.getContents()), [1, 2, 3]);
});

test("a lifespan that is no count is refused", () => {
  for (const lifespan of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    refused("RTL_USAGE_INVALID", () => new Envelope().pack(lifespan));
  }
});

test("version 0.4 packs header, meta, pipeline and data at once", () => {
  const meta = Object.assign(new Meta(), { times: { add: 1.5 }, stage: "first" }).extract();
  const rows = [
    [1.5, "a"],
    [2.5, null],
  ];
  const envelope = new Envelope().pack("header-1", meta, pipelineOf("null", "sum"), rows);
  assert.deepEqual([envelope.getId(), envelope.getHeader()], ["header-1", "header-1"]);
  assert.deepEqual(envelope.getContents().names, ["0", "1"]);
  assert.deepEqual(envelope.getData(), rows);
  const { size, ...rest } = envelope.getMeta();
  assert.deepEqual(rest, { length: 2, lifespan: 2, times: { add: 1.5 }, stage: "first" });
  assert.equal(size, envelope.size);
});

test("a header that is no name and a pipeline without tasks are refused", () => {
  const meta = new Meta().extract();
  refused("RTL_USAGE_INVALID", () => new Envelope().pack("a.b", meta, pipelineOf("null"), [[1]]));
  const without = {} as ReturnType<typeof pipelineOf>;
  refused("RTL_USAGE_INVALID", () => new Envelope().pack("header", meta, without, [[1]]));
});

test("rows of different lengths and what is no table are refused, and change nothing", () => {
  const envelope = new Envelope().setContents([[0.5, 1.5]]);
  const ragged = [[1, 2], [3]];
  for (const contents of [ragged, 7, "text", null]) {
    refused("RTL_TABLE_INVALID", () => envelope.setContents(contents));
  }
  assert.deepEqual(envelope.getData(), [[0.5, 1.5]]);
});

test("what went in does not change with the lists that it was made of", () => {
  const pipeline = new Pipeline();
  pipeline.tasks.push("null");
  pipeline.kwargs["a"] = 1;
  const extracted = pipeline.extract();
  pipeline.tasks.push("sum");
  pipeline.kwargs["a"] = 2;
  assert.deepEqual(extracted, { tasks: ["null"], completed: [], kwargs: { a: 1 } });
});

test("the answer goes in, its tasks are completed, and nothing is left to run", () => {
  const meta = new Meta().extract();
  const pipeline = { ...pipelineOf("add", "sum"), completed: ["open"], kwargs: { a: "x" } };
  const envelope = new Envelope().pack("header", meta, pipeline, { x: [1] });
  envelope.finish(tableOf(5, 6));
  assert.deepEqual(numbersIn(envelope.result()), [5, 6]);
  assert.equal(envelope.lifespan, 0);
  assert.deepEqual(envelope.getPipeline(), {
    tasks: [],
    completed: ["open", "add", "sum"],
    kwargs: { a: "x" },
  });
});

test("task_multiply of version 0.4 multiplies rows by themselves, and other names stay", () => {
  const kwargs = { any: 1 };
  const pipeline = { ...pipelineOf("task_multiply", "multiply", "task_sum"), kwargs };
  const rows = { multiplyRows: { any: 1, by: "itself" } };
  assert.deepEqual(stageOf(pipeline).tasks, [rows, rows, { task_sum: kwargs }]);
});

test("a multiply with operations is that of version 3, also in a pipeline", () => {
  const kwargs = { operations: [{ a: "x", b: 2, column: "y" }] };
  const { tasks } = stageOf({ ...pipelineOf("task_multiply"), kwargs });
  assert.deepEqual(tasks, [{ task_multiply: kwargs }]);
});
