/**
 * The benchmark program: `npm run bench -- [names] [--quick] [--json] [--write] [--profile folder]`.
 * Figures go to stdout, what goes on meanwhile to stderr. A missed aim is no error; a wrong result is.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Figure, peersNote } from "./figure.ts";
import { figureTable } from "./figure-table.ts";
import { describeMachine, type Machine, machineLine } from "./machine.ts";
import { onPage, withSection } from "./performance-page.ts";
import type { Scale, Workload } from "./workload.ts";
import { workloads } from "./workloads.ts";

const EXIT_USAGE = 2;

const usage = [
  "npm run bench -- [names] [--quick] [--json] [--write] [--profile folder]",
  "",
  ...workloads.map(({ name, summary }) => `  ${name.padEnd(15)} ${summary}`),
  "",
  "  --quick         fewer repetitions",
  "  --json          one JSON document instead of a table",
  `  --write         puts the figures of ${onPage.join(", ")} into docs/performance.md`,
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
  const unknown = names.filter((name) => !workloads.some((one) => one.name === name));
  if (unknown.length > 0) {
    say(`no workload is named ${unknown.join(", ")}\n\n${usage}`);
    return process.exit(EXIT_USAGE);
  }
  return names.length === 0 ? workloads : workloads.filter(({ name }) => names.includes(name));
}

const page = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));

/** Renews the page's sections of those workloads that have one. */
function writePage(machine: Machine, found: ReadonlyMap<string, readonly Figure[]>): void {
  let text = readFileSync(page, "utf8");
  for (const [workload, figures] of found) {
    if (onPage.includes(workload)) text = withSection(text, workload, machine, figures);
  }
  writeFileSync(page, text);
}

const { values, positionals } = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const chosen = choose(positionals);
const scale: Scale = values.quick ? "quick" : "full";
if (values.write && scale !== "full") {
  say(`--write wants a full run: leave out --quick\n\n${usage}`);
  process.exit(EXIT_USAGE);
}
const profiles = values.profile === undefined ? undefined : resolve(values.profile);
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });

const machine = describeMachine();
say(machineLine(machine));
const found = new Map<string, readonly Figure[]>();
for (const workload of chosen) {
  say(`${workload.name}: ${workload.summary}`);
  const bench = { ...(profiles !== undefined && { profiles }) };
  found.set(workload.name, await workload.run(bench, scale));
}
if (values.write) writePage(machine, found);
const figures = [...found].flatMap(([workload, own]) =>
  own.map((figure) => ({ workload, ...figure })),
);
if (values.json) console.log(JSON.stringify({ machine, scale, figures, peersNote }, undefined, 2));
else console.log(`${machineLine(machine)}\n\n${figureTable(figures)}\n\n${peersNote}`);
