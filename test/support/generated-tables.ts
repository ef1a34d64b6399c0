/**
 * Tables of the documents that are made from the code. `node scripts/write-documents.mjs` writes them
 * between their markers; a tidy test fails when a document and the code differ.
 */
import { exitCodes } from "../../cli/render/exit-codes.ts";
import { transitions } from "../../src/flow/transitions.ts";
import { configKeys } from "../../src/host/config.ts";
import { type ErrorCode, errorKinds } from "../../src/protocol/errors.ts";
import { type Route, routes } from "../../src/protocol/routes.ts";
import { partTable } from "./part-table.ts";

export interface GeneratedTable {
  /** From the root of the project. */
  readonly file: string;
  /** The table stands between `<!-- name -->` and `<!-- /name -->`. */
  readonly name: string;
  readonly text: string;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (text: string): string => `\`${text}\``;
const list = (names: readonly string[]): string => names.map(code).join(", ") || "–";

function errorTable(): string {
  const rows = Object.entries(errorKinds).map(([name, { summary, kind, retryable, exitCode }]) => [
    code(name),
    summary,
    kind,
    retryable ? "yes" : "no",
    String(exitCode),
  ]);
  return markdown(["code", "meaning", "whose", "retryable", "exit"], rows);
}

function exitTable(): string {
  const rows = exitCodes().map(({ exit, meaning, codes }) => [
    String(exit),
    meaning,
    list(codes as readonly ErrorCode[]),
  ]);
  return markdown(["exit", "meaning", "errors"], rows);
}

function importTable(): string {
  const rows = Object.entries(partTable).map(([part, { parts, types, npm, node }]) => [
    code(part),
    list(parts),
    list(types ?? []),
    list(npm ?? []),
    node === undefined ? "all" : list(node),
  ]);
  return markdown(["part", "may import", "types only", "npm door to", "of Node"], rows);
}

function subjectTable(): string {
  const rows = Object.values(routes as Readonly<Record<string, Route>>).map(
    ({ subject, queue, from, to, reply, meaning }) => [
      code(subject),
      queue === undefined ? "–" : code(queue),
      `${from.join(", ")} → ${to.join(", ")}`,
      reply === undefined ? "–" : "yes",
      meaning,
    ],
  );
  return markdown(["subject", "queue group", "from → to", "answered", "meaning"], rows);
}

function stateTable(): string {
  const phases = Object.keys(transitions) as (keyof typeof transitions)[];
  const events = Object.keys(transitions.running) as (keyof typeof transitions.running)[];
  const cell = (phase: (typeof phases)[number], event: (typeof events)[number]) =>
    transitions[phase][event] === "ignore" ? "ignore" : "handled";
  const rows = events.map((event) => [code(event), ...phases.map((phase) => cell(phase, event))]);
  return markdown(["event", ...phases], rows);
}

function configTable(): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|") || "–";
  const rows = configKeys().map(({ key, default: fallback, meaning, was }) => {
    const names = was.split(", ").filter((name) => name !== "");
    return [code(key), cell(fallback), cell(meaning), list(names)];
  });
  return markdown(["variable", "default", "meaning", "in raspi-rtl"], rows);
}

export const generatedTables = (): readonly GeneratedTable[] => [
  { file: "README.md", name: "errors", text: errorTable() },
  { file: "README.md", name: "exit-codes", text: exitTable() },
  { file: "docs/configuration.md", name: "configuration", text: configTable() },
  { file: "ARCHITECTURE.md", name: "imports", text: importTable() },
  { file: "ARCHITECTURE.md", name: "subjects", text: subjectTable() },
  { file: "ARCHITECTURE.md", name: "states", text: stateTable() },
];

/** The document with its table renewed. Throws when the markers are missing. */
export function withTable(document: string, { file, name, text }: GeneratedTable): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no markers ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}
