/** The example client in Python, as a shell uses it, and workers that serve the tests' tasks. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { projectPath } from "./project.ts";
import type { Ending } from "./temp-folder.ts";

const examples = projectPath("examples", "python");
const tasks = projectPath("test", "support", "python", "tasks.py");

/** Fails with what to do where there is no Python. */
export function assertPython(): void {
  const { status } = spawnSync("python3", ["-c", "import sys; assert sys.version_info >= (3, 9)"]);
  assert.equal(status, 0, "python3 3.9 or later is missing: install it, as in apt install python3");
}

function python(url: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, NATS_URL: url, PYTHONPATH: examples, PYTHONDONTWRITEBYTECODE: "1" };
  return spawn("python3", args, { env, stdio: ["pipe", "pipe", "pipe"] });
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of examples/python to its end. */
export async function runPython(
  url: string,
  program: string,
  args: readonly string[] = [],
  stdin = "",
): Promise<Ran> {
  const child = python(url, [join(examples, program), ...args]);
  child.stdin?.end(stdin);
  const exit = once(child, "exit");
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)]);
  const [code] = await exit;
  return { code: code as number | null, stdout, stderr };
}

const read = async (stream: NodeJS.ReadableStream | null): Promise<string> =>
  stream === null ? "" : text(stream);

export interface PythonWorker {
  readonly child: ChildProcess;
  readonly pid: number;
}

/** A worker that offers the tests' tasks; resolves when its server knows of them. */
export async function pythonWorker(t: Ending, url: string, name: string): Promise<PythonWorker> {
  const program = join(examples, "rtl_client.py");
  const child = python(url, [program, "worker", tasks, "--name", name]);
  t.after(async () => {
    await ended(child);
  });
  let complaints = "";
  child.stderr?.on("data", (part) => {
    complaints += part;
  });
  const early = once(child, "exit").then(() => assert.fail(`the worker ended: ${complaints}`));
  early.catch(() => undefined);
  if (child.stdout !== null) await Promise.race([once(child.stdout, "data"), early]);
  return { child, pid: child.pid ?? 0 };
}

/** Asks a process to end, and resolves with its exit code once it has. */
export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await exit;
  }
  return child.exitCode;
}
