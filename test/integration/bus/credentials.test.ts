/** Servers that ask who comes, and the ways to tell them. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connectBus } from "../../../src/bus/connect.ts";
import { createLog } from "../../../src/host/log.ts";
import { credentialsOf } from "../../../src/host/nats-credentials.ts";
import { startNatsServer } from "../../../src/host/nats-server.ts";
import { connect } from "../../../src/index.ts";
import { failureOf } from "../../support/failures.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const log = createLog({ logLevel: "fatal", logFormat: "json" });

/** A server with this authorization; the probe at its start must not need to log in. */
async function guarded(t: TestContext, authorization: string) {
  const folder = tempFolder(t);
  const conf = join(folder, "nats.conf");
  writeFileSync(conf, `jetstream {}\nauthorization { ${authorization} }\n`);
  const server = await startNatsServer({ storeDir: join(folder, "store"), conf });
  t.after(() => server.stop());
  return server;
}

test("a name and a password are taken from the environment or from the address", async (t) => {
  const { url } = await guarded(t, "user: pi, password: raspberry");
  const credentials = credentialsOf({ NATS_USER: "pi", NATS_PASSWORD: "raspberry" });
  const inAddress = url.replace("//", "//pi:raspberry@");
  for (const options of [{ servers: url, credentials }, { servers: inAddress }]) {
    const bus = await connectBus({ ...options, id: "test", log });
    await bus.flush();
    await bus.drain();
  }
});

test("a token is taken from the environment or from the address", async (t) => {
  const { url } = await guarded(t, "token: s3cret");
  const credentials = credentialsOf({ NATS_TOKEN: "s3cret" });
  const inAddress = url.replace("//", "//s3cret@");
  for (const options of [{ servers: url, credentials }, { servers: inAddress }]) {
    const bus = await connectBus({ ...options, id: "test", log });
    await bus.flush();
    await bus.drain();
  }
});

test("a refusal says so, what to set, and no secret", async (t) => {
  const { url } = await guarded(t, "user: pi, password: raspberry");
  const servers = url.replace("//", "//pi:hunter2@");
  const error = await failureOf(connect({ servers }), "RTL_BUS_REFUSED");
  assert.match(error.fix ?? "", /NATS_USER/);
  assert.doesNotMatch(`${error.message} ${error.fix}`, /hunter2/);
  assert.equal(error.exitCode, 77);
});

test("a credentials file that cannot be read is a fault of the settings", () => {
  assert.throws(() => credentialsOf({ NATS_CREDS: "/nowhere/nats.creds" }), {
    code: "RTL_CONFIG_INVALID",
    fix: /NATS_CREDS/,
  });
});
