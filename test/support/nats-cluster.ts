/**
 * Three real nats-servers as one cluster, on loopback, from deploy/cluster as it stands; ended by their test and
 * by process id. A member that is killed comes back with its store.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { type NatsServer, startNatsServer } from "../../src/host/nats-server.ts";
import { isAlive } from "../../src/host/process-alive.ts";
import { projectPath } from "./project.ts";
import { busOn } from "./quiet-bus.ts";
import { type Ending, tempFolder } from "./temp-folder.ts";
import { waitUntil } from "./wait-until.ts";

export interface NatsCluster extends Ending {
  /** All members, separated by commas. */
  readonly url: string;
  /** The member that leads this stream now. */
  leaderOf(stream: string): Promise<number>;
  /** The copies of a stream that are up to date, the leader's among them. */
  currentOf(stream: string): Promise<number>;
  kill(member: number): Promise<void>;
  restart(member: number): Promise<void>;
}

const SIZE = 3;

/** Resolves when the members have found each other and agree. */
export async function withNatsCluster(t: Ending): Promise<NatsCluster> {
  const folder = tempFolder(t);
  const routePorts = await freePorts(SIZE);
  const routes = routePorts.map((port) => `"nats-route://rtl:secret@127.0.0.1:${port}"`);
  const options = routePorts.map((port, member) => ({
    conf: projectPath("deploy", "cluster", "server.conf"),
    storeDir: join(folder, `store-${member}`),
    environment: {
      RTL_SERVER_NAME: `member-${member}`,
      RTL_CLIENT_LISTEN: "127.0.0.1:4222",
      RTL_CLUSTER_LISTEN: `127.0.0.1:${port}`,
      RTL_CLUSTER_ROUTES: `[${routes.join(", ")}]`,
      RTL_CLUSTER_PASSWORD: "secret",
    },
  }));
  const servers: NatsServer[] = [];
  t.after(async () => {
    for (const server of servers) {
      await server.stop();
      assert.equal(isAlive(server.pid), false, "a nats-server of the cluster is still running");
    }
  });
  for (const one of options) servers.push(await startNatsServer(one));
  const url = servers.map((server) => server.url).join(",");
  const bus = await busOn({ url, after: t.after }, "watcher");
  const manager = await bus.connection.jetstreamManager({ timeout: 1_000, checkAPI: false });
  const agree = () =>
    manager.getAccountInfo().then(
      () => true,
      () => false,
    );
  await waitUntil(agree, "the cluster does not elect a leader", 60_000);
  const clusterOf = async (stream: string) => (await manager.streams.info(stream)).cluster;
  return {
    url,
    after: t.after,
    async leaderOf(stream) {
      const leader = (await clusterOf(stream))?.leader ?? "";
      return Number(leader.replace("member-", ""));
    },
    async currentOf(stream) {
      const replicas = (await clusterOf(stream).catch(() => undefined))?.replicas ?? [];
      return 1 + replicas.filter(({ current, offline }) => current && offline !== true).length;
    },
    kill: async (member) => servers[member]?.kill(),
    async restart(member) {
      const [one, before] = [options[member], servers[member]];
      assert.ok(one && before);
      await before.stop();
      servers[member] = await startNatsServer({ ...one, port: before.port });
    },
  };
}

/** Ports that nobody had a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const held = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(held.map((server) => once(server, "listening")));
  const ports = held.flatMap((server) => {
    const address = server.address();
    return address !== null && typeof address === "object" ? [address.port] : [];
  });
  await Promise.all(held.map((server) => once(server.close(), "close")));
  return ports;
}
