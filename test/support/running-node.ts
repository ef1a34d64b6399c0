/** A tasknode with real threads on any bus, with the tasks in node-tasks/; ended by its test. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/host/clock.ts";
import { createLog, type LogSink } from "../../src/host/log.ts";
import { JobMemory } from "../../src/tasknode/job-memory.ts";
import { Tasknode, type TasknodeSettings } from "../../src/tasknode/tasknode.ts";
import { sharedMemory } from "./shared-memory.ts";
import { type Ending, tempFolder } from "./temp-folder.ts";

export const nodeTasks = dirname(fileURLToPath(import.meta.resolve("./node-tasks/troublesome.js")));

export interface RunningNode {
  readonly node: Tasknode;
  /** The folder of data that its tasks see. */
  readonly data: string;
  /** Lines of its log. */
  readonly log: readonly string[];
}

export async function runningNode(
  t: Ending,
  given: Pick<TasknodeSettings, "bus"> & Partial<TasknodeSettings>,
): Promise<RunningNode> {
  const data = tempFolder(t);
  const log: string[] = [];
  const sink: LogSink = { write: (line) => void log.push(line) };
  const node = await Tasknode.start({
    node: "node-1",
    blocks: {
      put: () => {
        throw new Error("this test expects no large outputs");
      },
      read: () => Promise.reject(new Error("this test reads no blocks")),
      releaseExcept: () => undefined,
      forgetFetched: () => undefined,
      release: () => undefined,
      isCrowded: false,
      memory: sharedMemory(0),
    },
    memory: new JobMemory(),
    clock: systemClock,
    log: createLog({ logLevel: "debug", logFormat: "json" }, {}, sink),
    taskFolders: [nodeTasks],
    fetchOrigins: [],
    answers: { recall: () => Promise.resolve(undefined), remember: () => Promise.resolve() },
    dataRoots: [data],
    threads: 1,
    labels: {},
    beatMs: 1_000,
    graceMs: 2_000,
    heapMbMax: 64,
    host: "here",
    version: "1.0.0",
    ...given,
  });
  t.after(() => node.stop());
  return { node, data, log };
}
