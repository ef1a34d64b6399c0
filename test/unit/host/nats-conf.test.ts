/** The bound that a server of one's own gets for its store: never more than its volume bears. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { natsConfFor } from "../../../src/host/nats-conf.ts";
import { ownNatsConf } from "../../../src/host/nats-server.ts";
import { lastFirst } from "../../support/last-first.ts";
import { smallVolume } from "../../support/small-volume.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const boundIn = (file: string): number =>
  Number(/^\s*max_file:\s*(\d+)MB$/m.exec(readFileSync(file, "utf8"))?.[1]);

test("a small volume gives half of itself, and never less than it gave first", (t) => {
  const scope = lastFirst(t);
  const volume = smallVolume(scope, 24);
  const folder = volume?.folder ?? tempFolder(scope);
  const first = boundIn(natsConfFor(folder, ownNatsConf));
  if (volume === undefined) t.diagnostic("no mounting here: the volume is this machine's own");
  else assert.equal(first, 12);
  // Others leave less room now; a server that were given less would not load what it has.
  writeFileSync(join(folder, "others"), Buffer.alloc(4 * 2 ** 20));
  assert.equal(boundIn(natsConfFor(folder, ownNatsConf)), first);
});

test("a large volume gives what is asked for, and all else stays as it stands", (t) => {
  const folder = tempFolder(t);
  const conf = join(folder, "own.conf");
  writeFileSync(conf, "port: 1\njetstream {\n  max_mem: 1MB\n  max_file: 2MB\n}\n");
  const made = natsConfFor(folder, conf);
  assert.equal(readFileSync(made, "utf8"), readFileSync(conf, "utf8"));
});

test("a configuration without such a bound is used as it is", (t) => {
  const folder = tempFolder(t);
  const conf = join(folder, "own.conf");
  writeFileSync(conf, "jetstream {}\n");
  assert.equal(natsConfFor(folder, conf), conf);
});
