/**
 * A real nats-server for one file of tests: our own nats.conf, a free port, a temporary store. It
 * is ended by the test and by process id, and its end is checked.
 */
import assert from "node:assert/strict";
import { after } from "node:test";
import {
  type NatsServer,
  type NatsServerOptions,
  startNatsServer,
} from "../../src/host/nats-server.ts";
import { isAlive } from "../../src/host/process-alive.ts";
import { lastFirst } from "./last-first.ts";
import { type Ending, tempFolder } from "./temp-folder.ts";

export interface TestServer extends Ending {
  /** The same before and after a restart. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly storeDir: string;
  /** Registers what must be closed before the server ends; the last one first. */
  after(close: () => void | Promise<void>): void;
  /** Ends the server at once, as a crash does. */
  kill(): Promise<void>;
  /** Ends the server in order; the end of the tests does it anyway. */
  stop(): Promise<void>;
  /** Starts it again with the same port and store; ends it in order before, if it runs. */
  restart(): Promise<void>;
}

/** Starts a server that ends with `t`: a TestContext, or by default the whole file. */
export async function withNatsServer(
  t: Ending = { after },
  given: Partial<Pick<NatsServerOptions, "conf" | "storeDir" | "watch" | "environment">> = {},
): Promise<TestServer> {
  const ending = lastFirst(t);
  const storeDir = given.storeDir ?? tempFolder(ending);
  const options = { ...given, storeDir };
  let server: NatsServer = await startNatsServer(options);
  ending.after(async () => {
    await server.stop();
    assert.equal(isAlive(server.pid), false, "the test's nats-server is still running");
  });
  const { url, port } = server;
  return {
    url,
    port,
    storeDir,
    get pid() {
      return server.pid;
    },
    after: ending.after,
    kill: () => server.kill(),
    stop: () => server.stop(),
    async restart() {
      await server.stop();
      server = await startNatsServer({ ...options, port });
    },
  };
}
