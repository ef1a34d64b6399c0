/** Every import of the project against the table of parts, which ARCHITECTURE.md shows too. */
import assert from "node:assert/strict";
import { dirname, posix } from "node:path";
import { test } from "node:test";
import { partTable } from "../support/part-table.ts";
import { importsOf, type Source, sources } from "../support/sources.ts";

const packageOf = (from: string): string => from.split("/", from.startsWith("@") ? 2 : 1).join("/");

function partOf(path: string): string {
  if (path === "src/index.ts") return path;
  const [top = "", second = ""] = path.split("/");
  return top === "src" ? `src/${second}` : top;
}

/** Every import of a file that its part does not allow, in words. */
function offences(source: Source): readonly string[] {
  const part = partOf(source.path);
  const allowed = partTable[part];
  if (allowed === undefined) return [`${source.path}: ${part} has no line in the table of parts`];
  return source.imports.flatMap(({ from, typeOnly }) => {
    const say = (why: string) => [`${source.path} imports ${from}: ${why}`];
    if (from.startsWith("node:")) {
      const free = allowed.node === undefined || allowed.node.includes(from);
      return free ? [] : say(`${part} may use ${allowed.node?.join(", ") || "nothing"} of Node`);
    }
    if (!from.startsWith(".")) {
      // Types cost nothing and open no door.
      const free = typeOnly || allowed.npm?.includes(packageOf(from));
      return free ? [] : say(`${packageOf(from)} does not belong to ${part}; use its door`);
    }
    const target = partOf(posix.normalize(posix.join(dirname(source.path), from)));
    if (target === part || allowed.parts.includes(target)) return [];
    if (allowed.types?.includes(target)) {
      return typeOnly ? [] : say(`${part} may import types of ${target}, no code`);
    }
    return say(`${part} may not know ${target}`);
  });
}

const checked = sources().filter(({ path }) => /^(src|cli|tasks)\//.test(path));

test("every import goes in an allowed direction", () => {
  assert.deepEqual(checked.flatMap(offences), []);
});

test("a planted offence of each kind is found", () => {
  const planted = (path: string, text: string) =>
    offences({ path, text, imports: importsOf(text) });
  const cases = [
    ["src/flow/x.ts", 'import { readFileSync } from "node:fs";'],
    ["src/flow/x.ts", 'import { z } from "zod";'],
    ["src/flow/x.ts", 'import { Bus } from "../bus/bus.ts";'],
    ["src/bus/x.ts", 'import { loadConfig } from "../host/config.ts";'],
    ["src/relay/x.ts", 'import { connect } from "nats";'],
    ["tasks/x.ts", 'import { pack } from "../src/protocol/codec.ts";'],
    ["tasks/x.ts", 'import { readFileSync } from "node:fs";'],
    ["cli/x.ts", 'const { Relay } = await import("../src/relay/relay.ts");'],
    ["src/newpart/x.ts", 'export {};\nimport "./y.ts";'],
  ] as const;
  for (const [path, text] of cases) assert.equal(planted(path, text).length, 1, `${path}: ${text}`);
});

test("tests are imported by nothing but tests and benchmarks", () => {
  const found = sources()
    .filter(({ path }) => !/^(test|bench)\//.test(path))
    .flatMap(({ path, imports }) =>
      imports.filter(({ from }) => from.includes("/test/")).map(({ from }) => `${path}: ${from}`),
    );
  assert.deepEqual(found, []);
});
