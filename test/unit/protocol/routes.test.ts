/** The subject table: what its lines promise to the server and to each other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventStream } from "../../../src/cache/bounds.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { type Route, type RouteName, routes, subjectOf } from "../../../src/protocol/routes.ts";

const lines = Object.entries(routes) as [RouteName, Route][];
const tokensOf = ({ subject }: Route): string[] =>
  [...subject.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
const filled = (line: Route, text: string): Record<string, string> =>
  Object.fromEntries(tokensOf(line).map((name) => [name, text]));

test("a subject is made of small letters, dots and named tokens only", () => {
  for (const [name, { subject }] of lines) {
    assert.match(subject, /^rtl\.v1(\.([a-z]+|\{[a-z]+\}))+$/, name);
  }
});

test("a token stands once in its subject, and a queue group is named after a token of it", () => {
  for (const [name, line] of lines) {
    const tokens = tokensOf(line);
    assert.equal(new Set(tokens).size, tokens.length, name);
    const queued = /^\{(\w+)\}$/.exec(line.queue ?? "")?.[1];
    if (queued !== undefined) assert.ok(tokens.includes(queued), name);
    else assert.match(line.queue ?? "none", /^[a-z]+$/, name);
  }
});

test("a line says who sends, who listens and what it means", () => {
  for (const [name, { from, to, meaning }] of lines) {
    assert.ok(from.length > 0 && to.length > 0, name);
    assert.match(meaning, /^[A-Z].*\.$/, name);
  }
});

test("no message of one route can reach the listeners of another", () => {
  const places = lines.map(([name, { subject }]) => ({ name, parts: subject.split(".") }));
  for (const one of places) {
    for (const two of places) {
      if (one.name >= two.name || one.parts.length !== two.parts.length) continue;
      const differ = one.parts.some((part, at) => {
        const other = two.parts[at] ?? "";
        return !part.startsWith("{") && !other.startsWith("{") && part !== other;
      });
      assert.ok(differ, `${one.name} and ${two.name} share subjects`);
    }
  }
});

test("tokens are filled in where their names stand, and a star listens to all", () => {
  assert.equal(subjectOf(routes.jobSubmit), "rtl.v1.job.submit");
  assert.equal(subjectOf(routes.jobEvent, { job: "a_b-C9" }), "rtl.v1.job.a_b-C9.event");
  assert.equal(subjectOf(routes.workAhead, { pool: "p" }), "rtl.v1.work.p.ahead");
  for (const [name, line] of lines) {
    const subject = subjectOf(line, filled(line, "*"));
    assert.equal(subject.split("*").length - 1, tokensOf(line).length, name);
  }
});

test("a token that would lead to another subject is refused by every route", () => {
  const hostile = [
    "",
    ".",
    "a.b",
    ">",
    "**",
    "a*",
    "a b",
    "a\r\nPUB x 0",
    "{job}",
    "é",
    "x".repeat(65),
  ];
  for (const [name, line] of lines) {
    if (tokensOf(line).length === 0) continue;
    for (const token of hostile) {
      assert.throws(
        () => subjectOf(line, filled(line, token)),
        (error) => error instanceof RtlError && error.code === "RTL_MESSAGE_INVALID",
        `${name} with ${JSON.stringify(token)}`,
      );
    }
  }
});

test("a token that is missing is a fault of ours and says which", () => {
  for (const [, line] of lines) {
    const [first] = tokensOf(line);
    if (first !== undefined) assert.throws(() => subjectOf(line), new RegExp(`\\{${first}\\}`));
  }
});

test("the stream of events keeps what is published as a job's events", () => {
  assert.equal(eventStream.subject, subjectOf(routes.jobEvent, { job: "*" }));
});
