/** The page that shows what full runs measured. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { figureOf } from "../../../bench/figure.ts";
import { onPage, withSection } from "../../../bench/performance-page.ts";
import { projectPath } from "../../support/project.ts";

const machine = {
  ...{ cpu: "a processor", cores: 2, memoryGib: 8, system: "linux-x64", node: "20.0.0" },
  ...{ natsServer: "2.9", load: 0.5 },
};
const aim = { text: "≤ 1 × numpy", of: "ratio", atMost: 1 } as const;
const one = (name: string, ours: number, baseline: number, against: string) =>
  figureOf({
    ...{ name, unit: "ms", against, rounds: [{ ours: [ours], baseline: [baseline] }] },
    ...(name.endsWith("2 threads") && { aim }),
  });
const figures = [
  one("add, 1,000 rows, 2 threads", 3, 2, "numpy 1: a + b"),
  one("add, 1,000 rows, 1 thread", 4, 2, "numpy 1: a + b"),
  one("add, 1,000 rows, 2 threads", 3, 1, "numpy 1: np.add(a, b, out=out)"),
  one("filter, 2 columns, 1,000 rows, 2 threads", 3, 6, "numpy 1: c[mask]"),
  one("filter, 2 columns, 1,000 rows, 1 thread", 5, 6, "numpy 1: c[mask]"),
];

test("a section has a line for each kernel, says what falls short, and leaves the rest alone", () => {
  const page = "before\n<!-- kernels -->\nold\n<!-- /kernels -->\nafter\n";
  const text = withSection(page, "kernels", machine, figures);
  assert.match(text, /^before\n<!-- kernels -->\nMeasured on: a processor, 2 cores/);
  assert.match(text, /\n<!-- \/kernels -->\nafter\n$/);
  assert.ok(text.includes("\n| add | 1,000 | 4 | 3 | 2 | 1.5 × | missed | 1 | 3.0 × |\n"), text);
  assert.ok(
    text.includes("\n| filter, 2 columns | 1,000 | 5 | 3 | 6 | 0.50 × | reached | – | – |\n"),
    text,
  );
  assert.ok(text.includes("\n* add, 1,000 rows: 1.5 × the time of numpy\n"), text);
  assert.ok(!text.includes("* filter, 2 columns, 1,000 rows"));
  assert.ok(text.includes("\n* add: numpy 1 `a + b`; tuned: `np.add(a, b, out=out)`\n"), text);
  assert.equal(withSection(text, "kernels", machine, figures), text);
});

test("every workload of the page has its markers there", () => {
  const page = readFileSync(projectPath("docs", "performance.md"), "utf8");
  for (const workload of onPage) {
    assert.ok(page.includes(`<!-- ${workload} -->`) && page.includes(`<!-- /${workload} -->`));
  }
  assert.throws(() => withSection("", "kernels", machine, []), /no markers/);
});
