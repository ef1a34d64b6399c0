/** Starts one relay as a service of this machine. */
import { hostname } from "node:os";
import { connectBus } from "../bus/connect.ts";
import { countBus, unreadyBus } from "../bus/count-bus.ts";
import { serveMicro } from "../bus/micro.ts";
import { Cache } from "../cache/cache.ts";
import { Cancels } from "../cache/cancels.ts";
import { DeadLetters } from "../cache/dead-letters.ts";
import { Inputs } from "../cache/inputs.ts";
import { systemClock } from "../host/clock.ts";
import { memberOf, natsCredentials } from "../host/nats-credentials.ts";
import { doorIn } from "../host/private-folder.ts";
import { runService } from "../host/run-service.ts";
import { spanExport } from "../host/tracing.ts";
import { version } from "../host/version.ts";
import { Relay } from "./relay.ts";

await runService("relay", async ({ config, log: root, metrics }) => {
  const log = root.child({ relay: config.relayId });
  const credentials = natsCredentials(config.natsIdentity);
  const member = memberOf(credentials.credentials);
  const servers = config.natsServers;
  const bus = await connectBus({ servers, id: config.relayId, log, credentials, member });
  const { replicas } = config;
  const spans = await spanExport("rtl-relay", config.relayId, process.env);
  // One after the other: each takes up the room that it finds.
  const cache = await Cache.open(bus, { replicas });
  const cancels = await Cancels.open(bus, replicas);
  const inputs = new Inputs(bus, replicas);
  const stores = { cache, cancels, inputs, deadLetters: new DeadLetters(bus, replicas) };
  const relay = new Relay(bus, stores, systemClock, log, {
    id: config.relayId,
    life: crypto.randomUUID().slice(0, 8),
    version,
    leaseMs: config.leaseMs,
    graceMs: config.graceMs,
    chunkRows: config.chunkRows,
    metrics,
    spans,
    resultKeptMs: config.resultKeptMs,
    door: doorIn(config.runtimeFolder, config.blockListen),
  });
  await relay.start();
  log.info({ nats: bus.server }, "relay ready");
  countBus(metrics, bus);
  metrics.read("rtl_jobs_active", () => [[{}, relay.jobs]]);
  const micro = serveMicro(bus, {
    name: "rtl-relay",
    version,
    description: "takes jobs in, schedules them and tells of their ends",
    metadata: { host: hostname() },
  });
  return {
    ready: { relay: config.relayId },
    unready: () => unreadyBus(bus),
    stop: async () => {
      micro.stop();
      await relay.stop(config.stopWaitMs / 2);
      await spans?.close();
      await bus.drain();
    },
  };
});
