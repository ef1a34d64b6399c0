/** All workloads, in the order in which they run and are shown. */
import { countBytes } from "./count-bytes.ts";
import { csvMean } from "./csv-mean.ts";
import { fairness } from "./fairness.ts";
import { kernels } from "./kernels.ts";
import { largeFile } from "./large-file.ts";
import { manySlots } from "./many-slots.ts";
import { memory } from "./memory.ts";
import { multiplyChunks } from "./multiply-chunks.ts";
import { nodeToNode } from "./node-to-node.ts";
import { nullJob } from "./null-job.ts";
import { openedFile } from "./opened-file.ts";
import { pipeline } from "./pipeline.ts";
import { scaleOut } from "./scale-out.ts";
import { scheduler } from "./scheduler.ts";
import { start } from "./start.ts";
import { tinyChunks } from "./tiny-chunks.ts";
import { transfer } from "./transfer.ts";
import { waitingTasks } from "./waiting-tasks.ts";
import type { Workload } from "./workload.ts";

export const workloads: readonly Workload[] = [
  ...[nullJob, tinyChunks, waitingTasks, manySlots],
  ...[transfer, openedFile, nodeToNode],
  ...[pipeline, multiplyChunks, countBytes, csvMean],
  ...[memory, scheduler, start, fairness, scaleOut, largeFile],
  kernels,
];
