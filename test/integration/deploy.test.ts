// The configurations in deploy/ as they stand: a leaf node whose link is bad goes on by itself, and what
// happened there is forwarded when the link is back. (Three servers as a cluster: test/chaos/cluster.)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connect } from "nats";
import { lastFirst } from "../support/last-first.ts";
import { freePorts } from "../support/nats-cluster.ts";
import { withNatsServer } from "../support/nats-server.ts";
import { projectPath } from "../support/project.ts";
import { startSystem } from "../support/system.ts";
import { withTcpProxy } from "../support/tcp-proxy.ts";
import { waitUntil } from "../support/wait-until.ts";

const document = { version: 1, stages: { only: { tasks: ["null"] } } };

test("a Pi behind a bad link runs its jobs by itself, and the hub hears of them later", async (t) => {
  const ending = lastFirst(t);
  const [leafPort = 0] = await freePorts(1);
  const hub = await withNatsServer(ending, {
    conf: projectPath("deploy", "leaf", "hub.conf"),
    environment: {
      RTL_CLIENT_LISTEN: "127.0.0.1:4222",
      RTL_LEAF_LISTEN: `127.0.0.1:${leafPort}`,
      RTL_LEAF_PASSWORD: "secret",
    },
  });
  const link = await withTcpProxy(ending, { port: leafPort });
  const leaf = await withNatsServer(ending, {
    conf: projectPath("deploy", "leaf", "leaf.conf"),
    environment: {
      RTL_SERVER_NAME: "pi-7",
      RTL_CLIENT_LISTEN: "127.0.0.1:4222",
      RTL_HUB_URL: link.url.replace("nats://", "nats-leaf://leaf:secret@"),
    },
  });
  const system = await startSystem(ending, { bus: leaf, nodes: [{ id: "pi-7" }] });
  const [there, here] = await Promise.all([connect({ servers: hub.url }), system.connect()]);
  ending.after(() => there.close());

  // The link is up: the hub hears the Pi.
  const heard = there.subscribe("rtl.v1.node.pi-7.beat", { max: 1 });
  for await (const _ of heard) break;

  const manager = await there.jetstreamManager();
  const forward = readFileSync(projectPath("deploy", "leaf", "forward.json"), "utf8");
  await manager.streams.add(JSON.parse(forward));

  // It is down: nothing stands still on the Pi.
  link.cut();
  await waitUntil(() => link.open === 0, "the link is not cut");
  const job = await here.submit(document, { id: "offline" });
  assert.equal((await job.result()).rows, 1);
  const gone = there.request("rtl.v1.job.list", "{}", { timeout: 500 });
  await assert.rejects(gone, "the hub still reaches the Pi's relay");

  link.heal();
  const told = async () => {
    try {
      const subject = "rtl.v1.job.offline.event";
      await manager.streams.getMessage("RTL_LEAF_EVENTS", { last_by_subj: subject });
      return true;
    } catch {
      return false;
    }
  };
  await waitUntil(told, "what happened on the Pi was not forwarded", 60_000);
});
