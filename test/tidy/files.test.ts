/** Rules for the text of files: size, first lines, and calls that have a better place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sources } from "../support/sources.ts";

const LINES_MAX = 400;
const all = sources();
const own = all.filter(({ path }) => !path.startsWith("test/tidy/"));

interface Ban {
  readonly what: RegExp;
  readonly where: RegExp;
  readonly except?: RegExp;
  readonly instead: string;
}

const bans: readonly Ban[] = [
  {
    what: /\bDate\b(?=[.(])|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bprocess\.|\bawait\b/,
    where: /^src\/flow\//,
    instead: "the core has no clock, no chance and no I/O: let it arrive in an event",
  },
  {
    what: /\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bprocess\.(?!versions)/,
    where: /^src\/protocol\//,
    instead: "the protocol is pure data: let the caller do it",
  },
  {
    what: /\bconsole\./,
    where: /^(src|cli|tasks)\//,
    instead: "services log through src/host/log.ts, commands write through cli/",
  },
  {
    what: /\bprocess\.exit\(/,
    where: /^(src|tasks)\//,
    except: /^src\/host\/run-service\.ts$|^src\/local\//,
    instead: "throw an RtlError; only runService ends a process",
  },
  {
    what: /\bas any\b|: any\b|@ts-ignore|@ts-expect-error(?! )|biome-ignore/,
    where: /./,
    instead: "say the type; unknown and a check where it comes from outside",
  },
  {
    what: /\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented/,
    where: /./,
    instead: "do it, or leave it out and say so in the documents",
  },
  {
    what: /\b(test|it|describe)\.(only|skip|todo)\(/,
    where: /^test\//,
    instead: "a test runs or is not there",
  },
  {
    what: /\bJSON\.parse\(.*\) as (?!unknown\b|Record<string, unknown>)/,
    where: /^src\//,
    instead: "check it with a schema: what comes from outside has no type yet",
  },
];

test(`no file is longer than ${LINES_MAX} lines`, () => {
  const long = all
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > LINES_MAX);
  assert.deepEqual(long, []);
});

test("every file says in its first lines what it is for", () => {
  // A command says it in its summary, a test in its names.
  const speaks = /^cli\/commands\/|\.test\.ts$/;
  const silent = all
    .filter(({ path }) => !speaks.test(path))
    .filter(({ text }) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(text))
    .map(({ path }) => path);
  assert.deepEqual(silent, []);
});

test("nothing is called that has a better place", () => {
  const found = own.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      if (/^\s*(\*|\/\/|\/\*)/.test(line)) return [];
      return bans
        .filter(
          ({ what, where, except }) => where.test(path) && !except?.test(path) && what.test(line),
        )
        .map(({ instead }) => `${path}:${index + 1}: ${line.trim()} (${instead})`);
    }),
  );
  assert.deepEqual(found, []);
});

test("no folder or file is named after a kind of code", () => {
  const vague = /(^|\/)(core|common|utils?|helpers?|types|services|misc)(\.ts|\/)/;
  assert.deepEqual(
    all.map(({ path }) => path).filter((path) => vague.test(path)),
    [],
  );
});
