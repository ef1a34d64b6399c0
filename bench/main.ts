/**
 * The benchmark program: `npm run bench -- [names] [--quick] [--json] [--profile folder]`. Figures
 * go to stdout, what goes on meanwhile to stderr. A missed aim is no error; a wrong result is.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Figure, peersNote } from "./figure.ts";
import { figureTable } from "./figure-table.ts";
import { describeMachine, machineLine } from "./machine.ts";
import type { Scale, Workload } from "./workload.ts";
import { workloads } from "./workloads.ts";

const EXIT_USAGE = 2;

const usage = [
  "npm run bench -- [names] [--quick] [--json] [--profile folder]",
  "",
  ...workloads.map(({ name, summary }) => `  ${name.padEnd(15)} ${summary}`),
  "",
  "  --quick         fewer repetitions",
  "  --json          one JSON document instead of a table",
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

const { values, positionals } = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const chosen = choose(positionals);
const scale: Scale = values.quick ? "quick" : "full";
const profiles = values.profile === undefined ? undefined : resolve(values.profile);
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });

const machine = describeMachine();
say(machineLine(machine));
const figures: (Figure & { readonly workload: string })[] = [];
for (const workload of chosen) {
  say(`${workload.name}: ${workload.summary}`);
  const bench = { ...(profiles !== undefined && { profiles }) };
  for (const figure of await workload.run(bench, scale)) {
    figures.push({ workload: workload.name, ...figure });
  }
}
if (values.json) console.log(JSON.stringify({ machine, scale, figures, peersNote }, undefined, 2));
else console.log(`${machineLine(machine)}\n\n${figureTable(figures)}\n\n${peersNote}`);
