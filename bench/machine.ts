/** What the figures were measured on: enough to judge them, nothing that names the machine. */
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { findNatsServer } from "../src/host/nats-server.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly natsServer: string;
  /** Processes that wanted to run, on average over the last minute. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || "unknown",
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    natsServer: natsServerVersion(),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function natsServerVersion(): string {
  const { path } = findNatsServer();
  if (path === undefined) return "none";
  const { stdout } = spawnSync(path, ["-v"], { encoding: "utf8" });
  return /v?(\d+\.\d+\.\d+\S*)/.exec(stdout ?? "")?.[1] ?? "unknown";
}

export const machineLine = (machine: Machine): string =>
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}, ` +
  `Node ${machine.node}, nats-server ${machine.natsServer}, load ${machine.load}`;
