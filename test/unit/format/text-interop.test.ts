import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableFromJson } from "../../../src/table/json.ts";
import open from "../../../tasks/open.ts";
import { openedJoined } from "../../support/open-parts.ts";
import { projectPath } from "../../support/project.ts";
import { filesOf, tableOf } from "../../support/run-task.ts";

interface Case {
  readonly file: string;
  readonly params: object;
  readonly expect: Parameters<typeof tableFromJson>[0];
}

const folder = projectPath("test", "vectors", "files", "interop");
const cases = JSON.parse(readFileSync(`${folder}/text-expected.json`, "utf8")) as readonly Case[];

test("text files that numpy and pandas wrote are read exactly, in one piece and in parts", async () => {
  const files = filesOf(folder);
  for (const { file, params, expect } of cases) {
    const expected = tableFromJson(expect);
    const wanted = { ...params, file };
    const story = JSON.stringify(wanted);
    const whole = await tableOf(open, wanted, undefined, { files });
    assert.equal(tableDifference(whole, expected), undefined, story);
    const joined = await openedJoined(wanted, files, [0.1, 0.35, 0.5, 0.8]);
    assert.equal(tableDifference(joined, expected), undefined, story);
  }
  assert.ok(cases.length >= 15);
});
