/** The process of a tasknode: reads the configuration, connects, and runs one until it is told to end. */
import { hostname } from "node:os";
import { BlockStore } from "../blocks/blocks.ts";
import { connectBus } from "../bus/connect.ts";
import { countBus, unreadyBus } from "../bus/count-bus.ts";
import { serveMicro } from "../bus/micro.ts";
import { Answers } from "../cache/answers.ts";
import { type Amount, bytesOf, memoryBytes } from "../host/amount.ts";
import { systemClock } from "../host/clock.ts";
import { memberOf, natsCredentials } from "../host/nats-credentials.ts";
import { doorIn, spillIn } from "../host/private-folder.ts";
import { runService } from "../host/run-service.ts";
import { temperature, throttled } from "../host/temperature.ts";
import { spanExport } from "../host/tracing.ts";
import { version } from "../host/version.ts";
import { clocks, limits } from "../protocol/limits.ts";
import { JobMemory } from "./job-memory.ts";
import { killOwn } from "./left-processes.ts";
import { Tasknode } from "./tasknode.ts";

/** Half of the machine's memory for all heaps together, but not too little for any. */
const MEBIBYTE = 1024 * 1024;
const HEAP_MB_MIN = 128;
const HEAP_MB_MAX = 4_096;
const SWEEP_MS = 60_000;

// However it ends, short of being killed, nothing that a task has started outlives it.
process.once("exit", killOwn);

await runService("tasknode", async ({ config, log: processLog, metrics }) => {
  const { nodeId: node, threads, natsServers: servers } = config;
  const log = processLog.child({ node });
  const heapMb = Math.floor(memoryBytes() / 2 / MEBIBYTE / threads);
  const credentials = natsCredentials(config.natsIdentity);
  const member = memberOf(credentials.credentials);
  const bus = await connectBus({ servers, id: node, log, credentials, member });
  const memory = new JobMemory();
  const spill = spillIn(config.spillFolder, config.spillMax);
  if (spill === undefined) {
    log.warn({ folder: config.spillFolder }, "tables that memory has no room for are refused");
  }
  // What waits for room is told by the tasknode, which needs the blocks to be there first.
  let tasknode: Tasknode | undefined;
  const blocks = new BlockStore(bus, systemClock, {
    ...sharesOf(config.blockMemory),
    spill,
    hasRoom: () => tasknode?.hasRoom(),
    dropped: (bytes) => tasknode?.dropped(bytes),
    door: doorIn(config.runtimeFolder, config.blockListen),
    keptMs: config.resultKeptMs,
    heeds: (job, term) => memory.terms.heeds(job, term),
    released: (job, keys) => memory.answers.released(job, keys),
  });
  const spans = await spanExport("rtl-tasknode", node, process.env);
  const answers = new Answers(bus, systemClock, log, config.replicas);
  const stopSweeping = systemClock.every(SWEEP_MS, () => blocks.sweep());
  const started = await Tasknode.start({
    ...config,
    node,
    bus,
    blocks,
    memory,
    answers,
    clock: systemClock,
    log,
    beatMs: Math.min(clocks.beatMs, Math.floor(config.leaseMs / 3)),
    heapMbMax: Math.min(HEAP_MB_MAX, Math.max(HEAP_MB_MIN, heapMb)),
    host: hostname(),
    version,
    metrics,
    spans,
  });
  metrics.read("rtl_node_temperature_celsius", () => [[{}, temperature()]]);
  metrics.read("rtl_node_throttled", () => [[{}, throttled()]]);
  metrics.read("rtl_block_bytes", () => [
    [{ where: "memory" }, blocks.memory.usedBytes],
    [{ where: "reusable" }, blocks.memory.keptBytes],
    [{ where: "disk" }, blocks.spilledBytes],
  ]);
  countBus(metrics, bus);
  const micro = serveMicro(bus, {
    name: "rtl-tasknode",
    version,
    description: "runs the tasks of jobs",
    metadata: { host: hostname(), pool: started.pool },
  });
  tasknode = started;
  return {
    ready: { node, pool: started.pool, threads },
    unready: () => unreadyBus(bus) ?? (started.draining ? "it takes no more work" : undefined),
    async stop() {
      micro.stop();
      await started.stop();
      await spans?.close();
      stopSweeping();
      blocks.close();
      await bus.drain();
    },
  };
});

/** The memory for blocks: half of it for those held, the rest for what comes and goes. */
function sharesOf(amount: Amount) {
  const memoryBytesMax = bytesOf(amount, memoryBytes());
  const half = Math.floor(memoryBytesMax / 2);
  return {
    memoryBytesMax,
    heldBytesMax: half,
    fetchedBytesMax: Math.min(limits.fetchedBytesMax, half / 2),
    reusedBytesMax: Math.min(limits.reusedBytesMax, half),
  };
}
