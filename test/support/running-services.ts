/** Services as processes of their own, as systemd runs them; ended by their test, and their end checked. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Ending } from "./temp-folder.ts";

/** The folder of the project. */
export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));

export type Environment = Readonly<Record<string, string>>;

/** Starts relays and tasknodes on a server and resolves when all of them are ready. */
export async function runningServices(
  t: Ending,
  url: string,
  roles: readonly ("relay" | "tasknode")[],
  environment: Environment = {},
): Promise<readonly ChildProcess[]> {
  const env = { ...process.env, NATS_URL: url, RTL_LOG_LEVEL: "error", ...environment };
  const children = roles.map((role) => {
    const main = fileURLToPath(new URL(`../../src/${role}/main.js`, import.meta.url));
    return spawn(process.execPath, [main], { env, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  });
  t.after(async () => {
    for (const child of children) await ended(child);
  });
  await Promise.all(children.map((child) => ready(child)));
  return children;
}

async function ready(child: ChildProcess): Promise<void> {
  const early = once(child, "exit").then(([code]) => assert.fail(`a service exited with ${code}`));
  early.catch(() => undefined);
  await Promise.race([once(child, "message"), early]);
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
