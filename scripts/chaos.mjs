// `npm run chaos`: does to a real system what breaks systems, at length, and counts what came of it.
//   npm run chaos                            every test/chaos/*.test.ts and the simulator
//   npm run chaos -- worker-kill relay-kill  some; the simulator is called sim
//   npm run chaos -- --seed 17               with the chance of an earlier run
//   npm run chaos -- --write                 renews the table in docs/reliability.md
// It ends with one table, and with exit code 1 if anything in it is lost, wrong, doubled, phantom or
// stuck, or if a test failed. It leaves no process behind.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { aimsOf, asText, isClean, rowsOf, withTables } from "./chaos-table.mjs";
import { ensureReady } from "./ensure.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs", "reliability.md");
const SIM = "sim";
const SIM_SEEDS = "20000";
const SIM_STRIKES = "2000";
const EXIT_USAGE = 2;
const KILL_AFTER_MS = 5_000;
/** Several times what the longest of them takes. One that hangs must not keep the rest from running. */
const RUN_MS_MAX = 30 * 60_000;

const { values, positionals } = readArguments();
await ensureReady({ dev: true });
const names = namesOf(positionals);
const folder = mkdtempSync(join(tmpdir(), "rtl-chaos-"));
const file = join(folder, "report");
writeFileSync(file, "");
const failed = [];
for (const name of names) if ((await run(name)) !== 0) failed.push(name);
tell();
rmSync(folder, { recursive: true, force: true });

function readArguments() {
  try {
    const options = { seed: { type: "string" }, write: { type: "boolean", default: false } };
    const given = parseArgs({ options, allowPositionals: true });
    const { seed } = given.values;
    if (seed !== undefined && !/^[1-9]\d{0,9}$/.test(seed)) {
      throw new Error(`--seed ${seed}: expected a whole number from 1, such as --seed 17`);
    }
    return given;
  } catch (error) {
    return leave(error.message);
  }
}

function leave(text) {
  process.stderr.write(`rtl: ${text}\n`);
  return process.exit(EXIT_USAGE);
}

/** What was asked for, or everything: the tests by their files' names, and the simulator. */
function namesOf(wanted) {
  const tests = readdirSync(join(root, "dist", "test", "chaos"))
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => name.replace(".test.js", ""))
    .sort();
  const known = [...tests, SIM];
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined)
    leave(`no chaos test is named ${unknown}; there are ${known.join(", ")}`);
  return wanted.length > 0 ? wanted : known;
}

function programOf(name) {
  if (name === SIM)
    return ["dist/test/sim/main.js", "--seeds", SIM_SEEDS, "--strikes", SIM_STRIKES];
  return ["--test", "--test-reporter=spec", `dist/test/chaos/${name}.test.js`];
}

/** What somebody set for their own rtl is not the suite's business; where nats-server is, is. */
function environment() {
  const foreign = /^(RTL_(?!(NATS_SERVER|SEED)$)|NATS_)|^(LOG_LEVEL|DEBUG|JOURNAL_STREAM)$/;
  const own = Object.entries(process.env).filter(([key]) => !foreign.test(key));
  const seed = values.seed && { RTL_SEED: values.seed };
  return { ...Object.fromEntries(own), ...seed, RTL_CHAOS: "long", RTL_CHAOS_REPORT: file };
}

/** One at a time: what two do to a small machine at once says nothing of either. */
async function run(name) {
  process.stdout.write(`\n--- ${name}\n`);
  // Its own process group, so that all of it can be ended together.
  const child = spawn(process.execPath, programOf(name), {
    cwd: root,
    env: environment(),
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
  });
  const signalAll = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  const stop = (signal) => {
    failed.push(name);
    names.length = 0;
    signalAll(signal);
    setTimeout(() => signalAll("SIGKILL"), KILL_AFTER_MS).unref();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.once(signal, stop);
  const bound = setTimeout(() => {
    process.stderr.write(
      `rtl: ${name} has not ended in ${RUN_MS_MAX / 60_000} min and is killed\n`,
    );
    signalAll("SIGKILL");
  }, RUN_MS_MAX);
  const code = await new Promise((resolve) => {
    child.once("exit", (exitCode) => resolve(exitCode ?? 1));
    child.once("error", () => resolve(1));
  });
  clearTimeout(bound);
  for (const signal of signals) process.off(signal, stop);
  signalAll("SIGKILL");
  return code;
}

function tell() {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const reports = lines.map((line) => JSON.parse(line));
  const tables = [rowsOf(reports), aimsOf(reports)];
  for (const table of tables) process.stdout.write(`\n${asText(table)}\n`);
  if (failed.length > 0)
    process.stderr.write(`\nrtl: failed: ${[...new Set(failed)].join(", ")}\n`);
  if (failed.length > 0 || !isClean(reports)) process.exitCode = 1;
  if (values.write) writeFileSync(page, withTables(readFileSync(page, "utf8"), tables));
}
