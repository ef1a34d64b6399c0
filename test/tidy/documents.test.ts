/** The documents against the code: generated tables, what is said of files, and the versions. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../src/host/config.ts";
import { parseDocument } from "../../src/protocol/document.ts";
import { envExample, envExampleText } from "../support/env-example.ts";
import { generatedTables, withTable } from "../support/generated-tables.ts";
import { manPageFile, manPageText } from "../support/man-page-file.ts";
import { root } from "../support/sources.ts";

const textOf = (file: string): string => readFileSync(join(root, file), "utf8");

for (const table of generatedTables()) {
  test(`the table "${table.name}" of ${table.file} is what the code says`, () => {
    const document = textOf(table.file);
    const wanted = withTable(document, table);
    assert.equal(
      document,
      wanted,
      "renew it with: npm run build && node scripts/write-documents.mjs",
    );
  });
}

test("deploy/rtl.env.example has every setting with its default, and is taken as it is", () => {
  const text = readFileSync(envExample, "utf8");
  assert.equal(
    text,
    envExampleText(),
    "renew it with: npm run build && node scripts/write-documents.mjs",
  );
  // Every line taken in as it stands would be a valid environment.
  const lines = [...text.matchAll(/^#([A-Z_]+)=(.*)$/gm)];
  assert.ok(lines.length > 20);
  loadConfig(Object.fromEntries(lines.map(([, key = "", value = ""]) => [key, value])));
});

test("docs/rtl.1 is the manual page of the commands as they are", () => {
  assert.equal(
    readFileSync(manPageFile, "utf8"),
    manPageText(),
    "renew it with: npm run build && node scripts/write-documents.mjs",
  );
});

test("every file that the documents link to is there", () => {
  const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  const own = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
  const documents = [...own, ...pages.map((name) => `docs/${name}`)];
  const missing = documents.flatMap((file) =>
    [...textOf(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !existsSync(join(root, dirname(file), link)))
      .map((link) => `${file}: ${link}`),
  );
  assert.deepEqual(missing, []);
});

test("every part named in ARCHITECTURE.md's code map is a folder, and every folder is named", () => {
  const map = textOf("ARCHITECTURE.md");
  const parts = readdirSync(join(root, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `src/${entry.name}`);
  assert.deepEqual(
    parts.filter((part) => !map.includes(`**\`${part}\`**`)),
    [],
  );
});

test("the change log begins with the version of the package", () => {
  const { version } = JSON.parse(textOf("package.json")) as Record<string, unknown>;
  assert.match(textOf("CHANGELOG.md"), new RegExp(`^# Changes\\n\\n## ${version}\\b`));
});

test("the job documents of the README are valid and equal to the examples they name", () => {
  const blocks = [...textOf("README.md").matchAll(/```yaml\n# (examples\/\S+)\n([\s\S]*?)```/g)];
  assert.ok(blocks.length >= 1);
  for (const [, file = "", text = ""] of blocks) {
    assert.deepEqual(parseDocument(text), parseDocument(textOf(file)), file);
  }
});
