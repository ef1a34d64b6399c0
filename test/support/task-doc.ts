/**
 * docs/tasks.md from what the tasks say of themselves. `node scripts/write-documents.mjs` writes it; a
 * tidy test fails when it and the tasks differ.
 */
import { stringify } from "yaml";
import { type Explained, explainTask, shapesOf } from "../../src/task/explain.ts";
import { loadLibrary } from "../../src/task/load-library.ts";
import { projectPath } from "./project.ts";

export const taskPage = projectPath("docs", "tasks.md");

const head = `# Tasks

What a job can be made of, as \`rtl task describe <name>\` tells it too. This page is made from the tasks themselves.

Every name is also found in its other spellings: \`filterRows\`, \`filter_rows\`, \`task_filter_rows\`. A parameter
\`operations[].a\` is the key \`a\` of each element of the list \`operations\`. Rows without a value (null) stay without one
where a task works row by row, and do not count where it sums up, unless its text says otherwise.
`;

/** The whole page. */
export async function taskPageText(): Promise<string> {
  const { library } = await loadLibrary([projectPath("dist", "tasks")]);
  const tasks = library.describe().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const index = tasks.map(({ name, shape, summary }) => {
    return `| [\`${name}\`](#${name.toLowerCase()}) | ${shapesOf(shape).join(", ")} | ${cell(summary)} |`;
  });
  const list = ["| task | shape | does |", "| --- | --- | --- |", ...index].join("\n");
  return [head, list, "", ...tasks.map((task) => section(explainTask(task)))].join("\n");
}

function section({ name, summary, description, facts, parameters, example }: Explained): string {
  const known = facts.map(([fact, text]) => `| ${fact} | ${cell(text)} |`);
  const rows = parameters.map((one) => {
    const type = `\`${one.type.replaceAll("|", "\\|")}\``;
    const preset = one.default === undefined ? "" : `\`${one.default.replaceAll("|", "\\|")}\``;
    const need = one.required ? "required" : preset;
    return `| \`${one.path}\` | ${type} | ${need} | ${one.unit ?? ""} | ${cell(one.meaning)} |`;
  });
  return [
    `## ${name}`,
    "",
    `${sentence(summary)}${description.length > 0 ? `\n\n${description.map(cell).join("\n")}` : ""}`,
    "",
    ...["| | |", "| --- | --- |", ...known],
    "",
    ...(rows.length === 0
      ? ["Takes any parameters and ignores them."]
      : [
          "| parameter | type | default | unit | meaning |",
          "| --- | --- | --- | --- | --- |",
          ...rows,
        ]),
    "",
    "```yaml",
    stringify(example, {
      lineWidth: 0,
      flowCollectionPadding: false,
      collectionStyle: "any",
    }).trimEnd(),
    "```",
    "",
  ].join("\n");
}

/** Text that a table of markdown takes as text. */
const cell = (text: string): string =>
  text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*").replaceAll("_", "\\_");

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${cell(text.slice(1))}${text.endsWith(".") ? "" : "."}`;
