/**
 * Which part may import which. ARCHITECTURE.md shows the same table. Lower parts never know higher
 * ones, and every npm package has one door.
 */
import assert from "node:assert/strict";
import { dirname, posix } from "node:path";
import { test } from "node:test";
import { importsOf, type Source, sources } from "../support/sources.ts";

interface Part {
  /** Parts whose code may be imported. */
  readonly parts: readonly string[];
  /** Parts of which only types may be imported. */
  readonly types?: readonly string[];
  readonly npm?: readonly string[];
  /** Node's own modules; absent: all. */
  readonly node?: readonly string[];
}

const matrix: Readonly<Record<string, Part>> = {
  "src/protocol": { parts: [], npm: ["zod", "@msgpack/msgpack", "yaml"] },
  "src/table": { parts: ["src/protocol"], npm: ["apache-arrow"] },
  "src/task": { parts: ["src/protocol", "src/table"], npm: ["zod"] },
  "src/flow": { parts: ["src/protocol"], types: ["src/task"], node: ["node:assert"] },
  "src/host": { parts: ["src/protocol"], types: ["src/task"], npm: ["pino", "zod"] },
  "src/bus": { parts: ["src/protocol"], types: ["src/host"], npm: ["nats"] },
  "src/cache": { parts: ["src/protocol", "src/bus"], types: ["src/host"], npm: ["nats"] },
  "src/blocks": { parts: ["src/protocol", "src/bus"], types: ["src/host"] },
  "src/relay": {
    parts: [
      "src/flow",
      "src/task",
      "src/table",
      "src/protocol",
      "src/bus",
      "src/cache",
      "src/blocks",
      "src/host",
    ],
  },
  "src/tasknode": {
    parts: ["src/task", "src/table", "src/protocol", "src/bus", "src/blocks", "src/host"],
  },
  "src/dispatcher": {
    parts: ["src/table", "src/protocol", "src/bus", "src/cache", "src/blocks", "src/host"],
  },
  "src/local": { parts: ["src/protocol", "src/host"], npm: ["zod"] },
  "src/index.ts": { parts: ["src/dispatcher", "src/protocol", "src/table"] },
  cli: {
    parts: ["src/index.ts", "src/protocol", "src/table", "src/task", "src/host", "src/local"],
    types: ["src/dispatcher"],
    npm: ["@oclif/core"],
  },
  tasks: { parts: [], npm: ["rtl"], node: [] },
};

const packageOf = (from: string): string => from.split("/", from.startsWith("@") ? 2 : 1).join("/");

function partOf(path: string): string {
  if (path === "src/index.ts") return path;
  const [top = "", second = ""] = path.split("/");
  return top === "src" ? `src/${second}` : top;
}

/** Every import of a file that its part does not allow, in words. */
function offences(source: Source): readonly string[] {
  const part = partOf(source.path);
  const allowed = matrix[part];
  if (allowed === undefined) return [`${source.path}: ${part} has no line in the matrix`];
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

test("tests are imported by nothing but tests", () => {
  const found = sources()
    .filter(({ path }) => !path.startsWith("test/"))
    .flatMap(({ path, imports }) =>
      imports.filter(({ from }) => from.includes("/test/")).map(({ from }) => `${path}: ${from}`),
    );
  assert.deepEqual(found, []);
});

export { matrix };
