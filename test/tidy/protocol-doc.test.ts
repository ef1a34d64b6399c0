// docs/protocol.md against the code: routes, fields, error codes and limits.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { routes } from "../../src/protocol/routes.ts";
import { protocolPage, withGeneratedParts } from "../support/protocol-doc.ts";

const page = readFileSync(protocolPage, "utf8");

test("docs/protocol.md describes the routes and messages as they are", () => {
  const fix = "run: npm run build && node scripts/protocol-doc.mjs";
  assert.equal(page, withGeneratedParts(page), `docs/protocol.md and the code differ; ${fix}`);
});

test("every route has its line in docs/protocol.md", () => {
  for (const { subject, meaning } of Object.values(routes)) {
    assert.ok(page.includes(`| \`${subject}\` |`), `no line for ${subject}`);
    assert.ok(page.includes(meaning), `no meaning of ${subject}`);
  }
});
