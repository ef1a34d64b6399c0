// `npm test`: makes everything ready, runs the tests, and ends with one line "N passed, N failed".
//   npm test                        all of them
//   npm test -- unit                one suite
//   npm test -- unit/host/config    one folder or file
//   npm test -- --test-name-pattern=lease     flags go to node --test
// It leaves no process behind, however it ends.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureReady } from "./ensure.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const suites = ["unit", "sim", "integration", "cli", "chaos", "tidy"];
/** A run that takes longer hangs; so does a file, which fails then with its name, and the rest goes on. */
const RUN_MS_MAX = 28 * 60_000;
const FILE_MS_MAX = 6 * 60_000;
const KILL_AFTER_MS = 5_000;
const EXIT_USAGE = 2;

const flags = process.argv.slice(2).filter((argument) => argument.startsWith("-"));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));

await ensureReady({ dev: true });
process.exitCode = await runTests(filesOf(wanted.length > 0 ? wanted : suites));

/** Compiled test files below dist/test, for suites, folders or files named without extension. */
function filesOf(names) {
  const base = join(root, "dist", "test");
  return names.flatMap((name) => {
    const short = name.replace(/^(dist\/)?test\//, "").replace(/(\.test)?\.[jt]s$/, "");
    const file = join(base, `${short}.test.js`);
    if (existsSync(file)) return [file];
    const found = testFilesIn(join(base, short));
    if (found.length > 0 || suites.includes(short)) return found;
    process.stderr.write(`rtl: no test is named ${name}; suites are ${suites.join(", ")}\n`);
    return process.exit(EXIT_USAGE);
  });
}

function testFilesIn(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".test.js"))
    .sort()
    .map((name) => join(folder, name));
}

/** What somebody set for their own rtl is not the tests' business; where nats-server is, is. */
function cleanEnvironment() {
  const foreign = /^(RTL_(?!NATS_SERVER$|CHAOS|SEED$)|NATS_)|^(LOG_LEVEL|DEBUG|JOURNAL_STREAM)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !foreign.test(key)));
}

async function runTests(files) {
  const folder = mkdtempSync(join(tmpdir(), "rtl-run-"));
  const counts = join(folder, "counts");
  const child = spawn(
    process.execPath,
    [
      "--test",
      `--test-concurrency=${Math.max(2, availableParallelism())}`,
      `--test-timeout=${FILE_MS_MAX}`,
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      `--test-reporter=${new URL("./count-tests.mjs", import.meta.url).href}`,
      `--test-reporter-destination=${counts}`,
      ...flags,
      ...files,
    ],
    // Its own process group, so that all of it can be ended together.
    { cwd: root, env: cleanEnvironment(), stdio: ["ignore", "inherit", "inherit"], detached: true },
  );
  const signalAll = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  const stop = (signal) => {
    signalAll(signal);
    setTimeout(() => signalAll("SIGKILL"), KILL_AFTER_MS).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(signal));
  const limit = setTimeout(() => {
    process.stderr.write(`rtl: the tests took longer than ${RUN_MS_MAX / 60_000} minutes\n`);
    stop("SIGTERM");
  }, RUN_MS_MAX);
  const code = await new Promise((resolve) => {
    child.once("exit", (exitCode) => resolve(exitCode ?? 1));
    child.once("error", () => resolve(1));
  });
  clearTimeout(limit);
  signalAll("SIGKILL");
  const { passed, failed } = readCounts(counts, code);
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return code || (failed > 0 ? 1 : 0);
}

/** A run that was cut short has no counts; it did not pass. */
function readCounts(file, code) {
  try {
    const { passed, failed } = JSON.parse(readFileSync(file, "utf8"));
    return { passed, failed: code !== 0 ? Math.max(1, failed) : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
