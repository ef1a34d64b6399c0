/**
 * The command line as its users see it: a child process with an environment of its own, its output
 * as text, its exit code. Nothing of the CLI is imported.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Ending } from "./temp-folder.ts";
import { waitUntil } from "./wait-until.ts";

export const cliMain = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
export const projectRoot = fileURLToPath(new URL("../../..", import.meta.url));

export interface CliOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The project's folder by default. */
  readonly cwd?: string;
}

export interface CliResult {
  /** The exit code, or the signal's name. */
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of the machine that are not a test's subject; CI turns colours off, too. */
const unset = [
  ...["NATS_URL", "NODE_OPTIONS", "NODE_TEST_CONTEXT", "RTL_TASKS"],
  ...["CI", "FORCE_COLOR", "NO_COLOR"],
];

export function cliEnvironment(env: CliOptions["env"] = {}): NodeJS.ProcessEnv {
  const own = Object.fromEntries(unset.map((key) => [key, undefined]));
  // No services of this machine: a folder that does not exist has none.
  return { ...process.env, ...own, RTL_STATE_DIR: "/nonexistent/rtl", ...env };
}

/** Runs the command to its end. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const running = startCli(args, options);
  running.child.stdin?.end(options.input ?? "");
  return await running.ended;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  stdout(): string;
  stderr(): string;
  /** Resolves when the output so far holds the text; fails with the output when it never does. */
  saw(text: string | RegExp): Promise<void>;
}

/** Starts the command and leaves it running. Its standard input stays open. */
export function startCli(
  args: readonly string[],
  { env, cwd = projectRoot }: CliOptions = {},
  t?: Ending,
): RunningCli {
  const child = spawn(process.execPath, [cliMain, ...args], { cwd, env: cliEnvironment(env) });
  const out = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    out.stderr += text;
  });
  // A command that does not read its input closes it; that is no fault of the test.
  child.stdin.on("error", () => undefined);
  const ended = once(child, "close").then(([code, signal]) => ({ exit: code ?? signal, ...out }));
  t?.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const holds = (text: string | RegExp) => {
    const all = out.stderr + out.stdout;
    return typeof text === "string" ? all.includes(text) : text.test(all);
  };
  return {
    child,
    ended,
    stdout: () => out.stdout,
    stderr: () => out.stderr,
    saw: (text) =>
      waitUntil(() => {
        if (!holds(text) && child.exitCode !== null) {
          throw new Error(`it ended without ${text}:\n${out.stderr}${out.stdout}`);
        }
        return holds(text);
      }, `it never showed ${text}`),
  };
}

/** Lines of NDJSON as values. */
export const jsonLines = (text: string): readonly Record<string, unknown>[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
