/**
 * The benchmark program: `npm run bench -- [names] [--quick] [--json] [--write] [--profile folder]`.
 * Figures go to stdout, what goes on meanwhile to stderr. A missed aim is no error; a wrong result is.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { peersNote } from "./figure.ts";
import { figureTable } from "./figure-table.ts";
import { kernels } from "./kernels.ts";
import { describeMachine, type Machine, machineLine } from "./machine.ts";
import { type Measured, type Section, withSection } from "./performance-page.ts";
import type { Scale, Workload } from "./workload.ts";
import { charts } from "./workload-section.ts";
import { workloads } from "./workloads.ts";

const EXIT_USAGE = 2;

const usage = [
  "npm run bench -- [names] [--quick] [--json] [--write] [--profile folder]",
  "",
  ...workloads.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`),
  "",
  "  --quick         fewer repetitions",
  "  --json          one JSON document instead of a table",
  "  --write         renews docs/performance.md: of kernels its own part, of all others theirs",
  "  --profile       leaves CPU profiles of the services in the folder",
].join("\n");

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        profile: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(EXIT_USAGE);
  }
}

function choose(names: readonly string[]): readonly Workload[] {
  const isNamed = (name: string) => (one: Workload) =>
    one.name.toLowerCase() === name.toLowerCase();
  const unknown = names.filter((name) => !workloads.some(isNamed(name)));
  if (unknown.length > 0) {
    say(`no workload is named ${unknown.join(", ")}\n\n${usage}`);
    return process.exit(EXIT_USAGE);
  }
  return names.length === 0
    ? workloads
    : workloads.filter((one) => names.some((name) => isNamed(name)(one)));
}

const page = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const chartFolder = fileURLToPath(new URL("../../docs/performance/", import.meta.url));

/** Parts of the page that a run of these is enough for. */
function partsOf(chosen: readonly Workload[]): readonly Section[] {
  const others = workloads.filter((one) => one !== kernels);
  return [
    ...(others.every((one) => chosen.includes(one)) ? (["workloads"] as const) : []),
    ...(chosen.includes(kernels) ? (["kernels"] as const) : []),
  ];
}

/** Renews those parts of the page, and the charts that belong to them. */
function writePage(
  about: { readonly machine: Machine; readonly scale: Scale },
  parts: readonly Section[],
  run: readonly Measured[],
): void {
  const isKernels = ({ workload }: Measured) => workload === kernels.name;
  const others = run.filter((one) => !isKernels(one));
  const runOf = { kernels: run.filter(isKernels), workloads: others };
  const text = parts.reduce(
    (before, part) => withSection(before, part, about, runOf[part]),
    readFileSync(page, "utf8"),
  );
  writeFileSync(page, text);
  if (!parts.includes("workloads")) return;
  mkdirSync(chartFolder, { recursive: true });
  for (const [file, chart] of charts(others)) writeFileSync(join(chartFolder, file), chart);
}

const { values, positionals } = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const chosen = choose(positionals);
const scale: Scale = values.quick ? "quick" : "full";
const parts = values.write ? partsOf(chosen) : [];
if (values.write && parts.length === 0) {
  say(`--write wants kernels, or all others together: their figures are of one run\n\n${usage}`);
  process.exit(EXIT_USAGE);
}
const profiles = values.profile === undefined ? undefined : resolve(values.profile);
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });

const machine = describeMachine();
say(machineLine(machine));
const run: Measured[] = [];
for (const workload of chosen) {
  const { name, summary, unsaid } = workload;
  say(`${name}: ${summary}`);
  const bench = { ...(profiles !== undefined && { profiles }) };
  run.push({ workload: name, summary, unsaid, figures: await workload.run(bench, scale) });
}
if (values.write) writePage({ machine, scale }, parts, run);
const figures = run.flatMap(({ workload, figures: own }) =>
  own.map((figure) => ({ workload, ...figure })),
);
if (values.json) console.log(JSON.stringify({ machine, scale, figures, peersNote }, undefined, 2));
else console.log(`${machineLine(machine)}\n\n${figureTable(figures)}\n\n${peersNote}`);
