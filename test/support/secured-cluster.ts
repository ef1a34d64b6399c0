/**
 * A cluster that knows its members, set up and joined with the commands that users give, on a server of
 * the test's own. It knows what each member was given, and nothing else of how that works.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { credentialsOf } from "../../src/host/nats-credentials.ts";
import type { ConnectOptions } from "../../src/index.ts";
import { type TestServer, withNatsServer } from "./nats-server.ts";
import { type CliResult, runCli } from "./run-cli.ts";
import { type Ending, tempFolder } from "./temp-folder.ts";

export interface SecuredCluster {
  readonly server: TestServer;
  /** The server's address, encrypted. */
  readonly url: string;
  readonly folder: string;
  /** Makes a member of this name and role, and joins with it; the environment that it then has. */
  join(name: string, role: string): Promise<Record<string, string>>;
  /** What a program connects with that has this environment. */
  optionsOf(environment: Readonly<Record<string, string>>): ConnectOptions;
  /** `rtl cluster` with these arguments, for this cluster. */
  cluster(args: readonly string[], input?: string): Promise<CliResult>;
}

export async function withSecuredCluster(t: Ending): Promise<SecuredCluster> {
  const folder = tempFolder(t);
  const hub = join(folder, "hub");
  const cluster = (args: readonly string[], input = "") =>
    runCli(["cluster", ...args, "--dir", hub], { input });
  const made = await cluster(["init", "--host", "127.0.0.1"]);
  assert.equal(made.exit, 0, made.stderr);
  const server = await withNatsServer(t, { conf: join(hub, "nats.conf") });
  const url = `tls://127.0.0.1:${server.port}`;
  return {
    server,
    url,
    folder,
    cluster,
    async join(name, role) {
      const invited = await cluster(["invite", name, "--role", role, "--server", url]);
      assert.equal(invited.exit, 0, invited.stderr);
      const own = join(folder, name);
      const joining = ["cluster", "join", "-", "--root", own, "--dir", "/set", "--no-start"];
      const joined = await runCli(joining, { input: invited.stdout });
      assert.equal(joined.exit, 0, joined.stderr);
      const service = role === "relay" || role === "tasknode" ? role : "";
      const secrets = join(own, "set", service);
      const settings = parseEnv(readFileSync(join(own, "set", "rtl.env"), "utf8"));
      return {
        NATS_URL: settings["NATS_URL"] ?? "",
        NATS_CREDS: join(secrets, "nats.creds"),
        NATS_CA: join(secrets, "ca.pem"),
        NATS_CERT: join(secrets, "cert.pem"),
        NATS_KEY: join(secrets, "key.pem"),
      };
    },
    optionsOf: (environment) => ({ servers: url, credentials: credentialsOf(environment) }),
  };
}
