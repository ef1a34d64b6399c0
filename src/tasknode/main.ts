/** The process of a tasknode: reads the configuration, connects, and runs one until it is told to end. */
import { hostname, totalmem } from "node:os";
import { BlockStore } from "../blocks/blocks.ts";
import { connectBus } from "../bus/connect.ts";
import { Answers } from "../cache/answers.ts";
import { systemClock } from "../host/clock.ts";
import { natsCredentials } from "../host/nats-credentials.ts";
import { runService } from "../host/run-service.ts";
import { doorIn } from "../host/runtime-folder.ts";
import { version } from "../host/version.ts";
import { clocks } from "../protocol/limits.ts";
import { JobMemory } from "./job-memory.ts";
import { killOwn } from "./left-processes.ts";
import { Tasknode } from "./tasknode.ts";

/** Half of the machine's memory for all heaps together, but not too little for any. */
const MEBIBYTE = 1024 * 1024;
const HEAP_MB_MIN = 128;
const HEAP_MB_MAX = 4_096;
const SWEEP_MS = 60_000;
/** Memory of blocks that are gone, for those to come. */
const REUSED_BYTES_MAX = 256 * MEBIBYTE;

// However it ends, short of being killed, nothing that a task has started outlives it.
process.once("exit", killOwn);

await runService("tasknode", async ({ config, log: processLog }) => {
  const { nodeId: node, threads, natsServers: servers } = config;
  const log = processLog.child({ node });
  const heapMb = Math.floor(totalmem() / 2 / MEBIBYTE / threads);
  const credentials = natsCredentials(config.natsIdentity);
  const bus = await connectBus({ servers, id: node, log, credentials });
  const memory = new JobMemory();
  const blocks = new BlockStore(bus, systemClock, {
    reusedBytesMax: REUSED_BYTES_MAX,
    door: doorIn(config.runtimeFolder, config.blockListen),
    keptMs: config.resultKeptMs,
    heeds: (job, term) => memory.terms.heeds(job, term),
    released: (job, keys) => memory.answers.released(job, keys),
  });
  const answers = new Answers(bus, systemClock, log, config.replicas);
  const stopSweeping = systemClock.every(SWEEP_MS, () => blocks.sweep());
  const tasknode = await Tasknode.start({
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
  });
  return {
    ready: { node, pool: tasknode.pool, threads },
    async stop() {
      await tasknode.stop();
      stopSweeping();
      blocks.close();
      await bus.drain();
    },
  };
});
