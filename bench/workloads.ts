/** All workloads, in the order in which they run and are shown. */
import { kernels } from "./kernels.ts";
import { memory } from "./memory.ts";
import { nullJob } from "./null-job.ts";
import { pipeline } from "./pipeline.ts";
import { start } from "./start.ts";
import { tinyChunks } from "./tiny-chunks.ts";
import { transfer } from "./transfer.ts";
import { waitingTasks } from "./waiting-tasks.ts";
import type { Workload } from "./workload.ts";

export const workloads: readonly Workload[] = [
  nullJob,
  tinyChunks,
  waitingTasks,
  transfer,
  pipeline,
  kernels,
  memory,
  start,
];
