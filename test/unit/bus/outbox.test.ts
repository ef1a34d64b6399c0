/** What is kept for a lost connection: in order, bounded, and what was dropped is counted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../../src/bus/outbox.ts";
import { limits } from "../../../src/protocol/limits.ts";

function outbox() {
  const sent: number[] = [];
  const dropped: number[] = [];
  const box = new Outbox((messages) => void dropped.push(messages));
  const keep = (number: number, bytes: number) => box.keep(bytes, () => void sent.push(number));
  return { box, sent, dropped, keep };
}

test("what was kept is sent in its order, once", () => {
  const { box, sent, dropped, keep } = outbox();
  for (const number of [1, 2, 3]) keep(number, 10);
  box.release();
  box.release();
  assert.deepEqual(sent, [1, 2, 3]);
  assert.deepEqual(dropped, []);
});

test("the oldest make room when there are too many, and their number is told", () => {
  const { box, sent, dropped, keep } = outbox();
  for (let number = 0; number < limits.outboxMessagesMax + 5; number++) keep(number, 1);
  box.release();
  assert.equal(sent.length, limits.outboxMessagesMax);
  assert.equal(sent[0], 5);
  assert.deepEqual(dropped, [5]);
});

test("the oldest make room when they are too large, and a small one after them is kept", () => {
  const { box, sent, dropped, keep } = outbox();
  const half = limits.outboxBytesMax / 2;
  for (const number of [1, 2, 3]) keep(number, half);
  keep(4, 1);
  box.release();
  assert.deepEqual(sent, [3, 4]);
  assert.deepEqual(dropped, [2]);
});

test("what cannot be sent any more is counted as dropped, and keeps nothing else back", () => {
  const { box, sent, dropped, keep } = outbox();
  keep(1, 1);
  box.keep(1, () => {
    throw new Error("the connection is being closed");
  });
  keep(2, 1);
  box.release();
  assert.deepEqual(sent, [1, 2]);
  assert.deepEqual(dropped, [1]);
});
