/** The page that shows what full runs measured. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { figureOf } from "../../../bench/figure.ts";
import { sectionNames, withSection } from "../../../bench/performance-page.ts";
import { charts } from "../../../bench/workload-section.ts";
import { projectPath } from "../../support/project.ts";

const machine = {
  ...{ cpu: "a processor", cores: 2, memoryGib: 8, system: "linux-x64", node: "20.0.0" },
  ...{ natsServer: "2.9", load: 0.5 },
};
const about = { machine, scale: "full" } as const;
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

const run = [{ workload: "kernels", summary: "", unsaid: "", figures }];

test("a section has a line for each kernel, says what falls short, and leaves the rest alone", () => {
  const page = "before\n<!-- kernels -->\nold\n<!-- /kernels -->\nafter\n";
  const text = withSection(page, "kernels", about, run);
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
  assert.equal(withSection(text, "kernels", about, run), text);
  const quick = withSection(page, "kernels", { machine, scale: "quick" }, run);
  assert.match(quick, /, load 0\.5\. A quick run, with fewer repetitions\.\n/);
});

test("every workload of the page has its markers there", () => {
  const page = readFileSync(projectPath("docs", "performance.md"), "utf8");
  for (const workload of sectionNames) {
    assert.ok(page.includes(`<!-- ${workload} -->`) && page.includes(`<!-- /${workload} -->`));
  }
  assert.throws(() => withSection("", "kernels", about, []), /no markers/);
});

test("the workloads' part shows every figure, what falls short, and what is not said; so do the charts", () => {
  const rounds = [{ ours: [4], baseline: [2] }];
  const late = { text: "≤ 1 × bare", of: "ratio", atMost: 1 } as const;
  const early = { text: "≤ 8 ms", of: "ours", atMost: 8 } as const;
  const shared = { unit: "ms", rounds, against: "bare <nothing>" } as const;
  const measured = [
    {
      ...{ workload: "W1", summary: "null jobs", unsaid: "anything else." },
      figures: [
        figureOf({ ...shared, name: "durable", aim: late, peers: "2 ms others", best: 2 }),
        figureOf({ ...shared, name: "ephemeral", aim: early }),
      ],
    },
  ];
  const page = "<!-- workloads -->\n<!-- /workloads -->\n";
  const text = withSection(page, "workloads", about, measured);
  for (const part of [
    "| W1 | durable | 4 ms |  | 2 ms bare <nothing> | 2.00 × | ≤ 1 × bare | missed | 2 ms others |",
    "|  | ephemeral | 4 ms |  | 2 ms bare <nothing> | 2.00 × | ≤ 8 ms | reached | – |",
    "Fall short:\n\n* durable: 2.00 ×, of ≤ 1 × bare\n",
    "* W1 (null jobs): anything else.",
  ]) {
    assert.ok(text.includes(part), text);
  }
  const drawn = charts(measured);
  for (const [file, bars] of [
    ["aims.svg", ["W1  durable", "W1  ephemeral", ">2 ×<", ">0.5 ×<"]],
    ["peers.svg", ["W1  durable", ">0.5 ×<"]],
  ] as const) {
    const chart = drawn.get(file) ?? "";
    for (const bar of bars) assert.ok(chart.includes(bar), chart);
  }
  assert.ok(!drawn.get("peers.svg")?.includes("ephemeral"), "no peer was measured");
});
