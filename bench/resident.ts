/** Memory of other processes, as the system counts it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Resident memory of a process in megabytes, as the kernel counts it. */
export function residentMb(pid: number): number {
  const kilobytes = process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  assert.ok(kilobytes > 0, `the memory of process ${pid} is unreadable`);
  return kilobytes / 1_024;
}

const fromProc = (pid: number): number =>
  Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);

const fromPs = (pid: number): number =>
  Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
