// The three forms of a log line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseFormat, createLog, type LogSettings } from "../../../src/host/log.ts";
import { journalLine, prettyLine } from "../../../src/host/log-line.ts";

function linesOf(settings: Partial<LogSettings>, use: (log: ReturnType<typeof createLog>) => void) {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line) };
  use(createLog({ logLevel: "info", logFormat: "json", ...settings }, { service: "relay" }, sink));
  return lines;
}

test("a JSON line carries its message, its fields and what its parents are bound to", () => {
  const [line] = linesOf({}, (log) =>
    log.child({ job: "abc", stage: 0 }).child({ chunk: 7, node: "pi" }).warn({ ms: 3 }, "slow"),
  );
  const { time, ...rest } = JSON.parse(line ?? "");
  assert.equal(typeof time, "number");
  assert.deepEqual(rest, {
    level: 40,
    service: "relay",
    job: "abc",
    stage: 0,
    chunk: 7,
    node: "pi",
    ms: 3,
    message: "slow",
  });
});

test("lines below the level are not written", () => {
  const lines = linesOf({ logLevel: "warn" }, (log) => {
    log.info("quiet");
    log.error("loud");
  });
  assert.equal(lines.length, 1);
  assert.deepEqual(
    linesOf({ logLevel: "silent" }, (log) => log.fatal("nothing")),
    [],
  );
});

test("a line for people has time, level, service, message and fields", () => {
  const json = '{"level":40,"time":0,"service":"relay","job":"abc","why":"a b","message":"slow"}';
  assert.equal(prettyLine(json, false), '00:00:00.000 warn  relay: slow job=abc why="a b"\n');
  assert.ok(prettyLine(json, true).includes("\u001b[33mwarn \u001b[0m"));
});

test("an error is shown with its message, and with its stack below the line", () => {
  const lines = linesOf({ logFormat: "pretty" }, (log) =>
    log.error({ error: new Error("no such thing") }, "failed"),
  );
  const text = lines.join("");
  assert.match(text, /^\S+ error relay: failed error="no such thing"\n {4}Error: no such thing\n/);
});

test("a line for the journal has a priority, no time and no line break inside", () => {
  const lines = linesOf({ logFormat: "journal", logLevel: "trace" }, (log) => {
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error({ error: new Error("two\nlines") }, "d");
    log.fatal("e");
  });
  assert.deepEqual(lines, [
    "<7>relay: a\n",
    "<6>relay: b\n",
    "<4>relay: c\n",
    '<3>relay: d error="two\\nlines"\n',
    "<2>relay: e\n",
  ]);
});

test("control characters from outside cannot steer a terminal", () => {
  const json = JSON.stringify({
    level: 30,
    time: 0,
    task: "\u001b[2J",
    message: "\u001b]0;x\u0007",
  });
  for (const text of [prettyLine(json, false), journalLine(json)]) {
    assert.doesNotMatch(text.trimEnd(), /\p{Cc}/u);
  }
});

test("the form follows the surroundings unless it is asked for", () => {
  assert.equal(chooseFormat("auto", { JOURNAL_STREAM: "8:1" }, true), "journal");
  assert.equal(chooseFormat("auto", {}, true), "pretty");
  assert.equal(chooseFormat("auto", {}, false), "json");
  assert.equal(chooseFormat("pretty", { JOURNAL_STREAM: "8:1" }, false), "pretty");
});
