// The tables of the chaos suite: what tests reported is added up by fault and held against the aims.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../../chaos/report.ts";
import { projectPath } from "../../support/project.ts";

type Table = readonly (readonly string[])[];
interface Tables {
  rowsOf(reports: readonly Report[]): Table;
  aimsOf(reports: readonly Report[]): Table;
  asText(table: Table): string;
  isClean(reports: readonly Report[]): boolean;
  withTables(page: string, tables: readonly Table[]): string;
}
const { rowsOf, aimsOf, asText, isClean, withTables } = (await import(
  projectPath("scripts", "chaos-table.mjs")
)) as Tables;

const clean = { jobs: 1, chunks: 1_500, lost: 0, wrong: 0, doubled: 0, phantom: 0, stuck: 0 };
const figures = Array.from({ length: 100 }, (_, index) => index + 1);
const reports: Report[] = [
  {
    ...clean,
    fault: "relay killed",
    injected: 400,
    recoveryMs: figures,
    aims: [{ name: "relay-takeover", withinMs: 98 }],
  },
  { ...clean, fault: "node killed", injected: 60, executions: { doubled: 3, allowed: 120 } },
  {
    ...clean,
    fault: "relay killed",
    injected: 40,
    cancelMs: figures,
    aims: [{ name: "cancel-heeded", withinMs: 99 }],
  },
  { ...clean, fault: "simulator: node lost", simulated: true, injected: 9_000 },
];

test("reports of one fault share a line, and the last line adds up all that was real", () => {
  const [head, ...lines] = rowsOf(reports);
  assert.equal(head?.[0], "fault");
  assert.deepEqual(lines, [
    "relay killed|440|2|3,000|0|0|0|0|0|–|50 ms / 100 ms|50 ms / 99 ms".split("|"),
    "node killed|60|1|1,500|0|0|0|0|0|3 / 120|–|–".split("|"),
    "simulator: node lost|9,000|1|1,500|0|0|0|0|0|–|–|–".split("|"),
    "all on real processes|500|3|4,500|0|0|0|0|0|3 / 120||".split("|"),
  ]);
  assert.equal(asText([head ?? [], ...lines]).split("\n").length, 5);
});

test("an aim is met, missed or not measured", () => {
  const verdicts = aimsOf(reports).map((row) => row.slice(1));
  assert.deepEqual(verdicts, [
    ["at", "measured", "met"],
    ["≤ 99 ms", "99 ms (of 100)", "yes"],
    ["", "not measured", ""],
    ["", "not measured", ""],
    ["≤ 98 ms", "99 ms (of 100)", "no"],
    ["≥ 500", "500", "yes"],
    ["0", "0", "yes"],
  ]);
});

test("anything lost, wrong, doubled, phantom or stuck is no clean run", () => {
  assert.equal(isClean(reports), true);
  for (const name of ["lost", "wrong", "doubled", "phantom", "stuck"]) {
    const [first] = reports;
    assert.ok(first);
    assert.equal(isClean([...reports, { ...first, [name]: 1 }]), false, name);
    assert.equal(
      aimsOf([{ ...first, [name]: 1 }])
        .at(-1)
        ?.at(-1),
      "no",
    );
  }
});

test("the tables of a page are renewed between their marks only", () => {
  const page = "before\n<!-- chaos -->\nold\n<!-- /chaos -->\nafter\n";
  const renewed = withTables(page, [rowsOf(reports), aimsOf(reports)]);
  assert.match(renewed, /^before\n<!-- chaos -->\n\| fault \|/);
  assert.match(renewed, /\n<!-- \/chaos -->\nafter\n$/);
  assert.doesNotMatch(renewed, /old/);
  assert.equal(withTables(renewed, [rowsOf(reports), aimsOf(reports)]), renewed);
  assert.throws(() => withTables("nothing", []), /lacks/);
});
