import assert from "node:assert/strict";
import { test } from "node:test";
import { checkStrike, everyStrike } from "./relays/strikes.ts";

test("a relay may die before or after anything that it does: another one ends its jobs as it would have", async () => {
  let points = 0;
  for await (const strike of everyStrike(["before", "after"])) {
    const { struck } = await checkStrike(strike);
    assert.equal(struck, 1);
    points++;
  }
  assert.ok(points >= 200, `${points} crash points`);
});

test("a relay may stand still at anything that it does, and go on when its jobs are another's", async () => {
  let turn = 0;
  for await (const strike of everyStrike(["pause"])) {
    // Each third of them, another third for each kind of job.
    if (turn++ % 3 === 0) assert.equal((await checkStrike(strike)).struck, 1);
  }
});
