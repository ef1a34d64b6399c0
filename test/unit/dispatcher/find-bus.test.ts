// Which NATS server a client takes when it is told one, and when it is told none.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { after, test } from "node:test";
import { findBus } from "../../../src/dispatcher/find-bus.ts";
import { releaseLock, takeLock, writeState } from "../../../src/host/local-state.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** The address of a server that says this to everyone. */
async function greeting(text: string): Promise<string> {
  const server = createServer((socket) => void socket.on("error", () => undefined).end(text));
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return `nats://127.0.0.1:${address.port}`;
}

const info = 'INFO {"version":"2.9.10","jetstream":true}\r\n';

test("a server that is no NATS server is refused with the reason, without its password", async () => {
  const url = await greeting("HTTP/1.1 400 Bad Request\r\n\r\n");
  await assert.rejects(findBus({ servers: url.replace("//", "//me:secret@") }), (error) => {
    assert.ok(error instanceof RtlError);
    assert.equal(error.code, "RTL_BUS_UNREACHABLE");
    assert.match(error.message, /what answers is not a NATS server/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

test("one NATS server among several addresses is enough", async () => {
  const [good, bad] = await Promise.all([greeting(info), greeting("hello\r\n")]);
  assert.deepEqual((await findBus({ servers: `${bad}, ${good}` })).servers, [bad, good]);
});

test("a client that is told of no server takes the one that rtl start started here", async (t) => {
  const [stateDir, natsUrl] = [tempFolder(t), await greeting(info)];
  const { NATS_URL: given, RTL_STATE_DIR: folder } = process.env;
  delete process.env["NATS_URL"];
  process.env["RTL_STATE_DIR"] = stateDir;
  t.after(() => {
    releaseLock(stateDir);
    if (given !== undefined) process.env["NATS_URL"] = given;
    if (folder === undefined) delete process.env["RTL_STATE_DIR"];
    else process.env["RTL_STATE_DIR"] = folder;
  });
  assert.equal(takeLock(stateDir), undefined);
  writeState(stateDir, { version: 1, natsUrl, services: [] });
  assert.deepEqual((await findBus()).servers, [natsUrl]);
});
