// Makes a fresh clone ready to run: dependencies, build, nats-server. It runs before anything is
// installed, so it imports nothing but Node itself; it says what it does, and what is ready it
// leaves alone. It never stops or changes what was on the machine before.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const own = join(root, ".rtl");
const lock = join(own, "ensure.lock");
const built = join(root, "dist", ".built");
const installed = join(root, "node_modules", ".rtl-installed");
const sources = [
  "src",
  "cli",
  "tasks",
  "test",
  "bench",
  "examples",
  "tsconfig.json",
  "package.json",
];
const LOCK_LOOK_MS = 200;
const EXIT_UNAVAILABLE = 69;
const EXIT_CONFIG = 78;

const say = (text) => process.stderr.write(`rtl: ${text}\n`);

function leave(exitCode, text) {
  say(text);
  process.exit(exitCode);
}

/**
 * Installs, builds and finds nats-server, as far as that is still to be done. With `dev`, which is
 * what a clone is, the build is also renewed when a source is younger. Ends the process with what
 * to do when something cannot be done: 69 for what is missing on the machine, 78 for an unfit Node.
 * With `ownNats` false no program is needed where NATS_URL names a server.
 */
export async function ensureReady(options = {}) {
  const { dev = existsSync(join(root, "tsconfig.json")), ownNats = true } = options;
  checkNode();
  const hasNats = () => findNats() || (!ownNats && Boolean(process.env.NATS_URL));
  const steps = [
    [() => !dev || isInstalled(), install],
    [() => isBuilt(dev), build],
    [hasNats, installNats],
  ];
  if (steps.every(([done]) => done())) return;
  await holdLock();
  try {
    // Again, because another run may have done it while this one waited.
    for (const [done, act] of steps) if (!done()) act();
  } finally {
    rmSync(lock, { force: true });
  }
}

function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node;
  const [major = 0, minor = 0] = wanted
    .replace(/[^\d.]/g, "")
    .split(".")
    .map(Number);
  const [hasMajor, hasMinor] = process.versions.node.split(".").map(Number);
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return;
  leave(
    EXIT_CONFIG,
    `this is Node ${process.versions.node}, but rtl needs ${wanted}\n` +
      "  Debian 13, Raspberry Pi OS 13: sudo apt-get install nodejs npm\n" +
      "  elsewhere: https://nodejs.org/en/download",
  );
}

const digestOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
const ageOf = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

/** By content when this script installed; by age when somebody else did. */
function isInstalled() {
  const lockFile = join(root, "package-lock.json");
  if (!existsSync(lockFile)) return existsSync(join(root, "node_modules"));
  if (existsSync(installed) && readFileSync(installed, "utf8") === digestOf(lockFile)) return true;
  return (ageOf(join(root, "node_modules", ".package-lock.json")) ?? 0) >= ageOf(lockFile);
}

function install() {
  const folder = join(root, "node_modules");
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    say("node_modules is a link and may be out of date; it is left as it is");
    return;
  }
  run("installing dependencies", "npm", ["ci", "--include=dev", "--no-audit", "--no-fund"]);
  writeFileSync(installed, digestOf(join(root, "package-lock.json")));
}

function isBuilt(dev) {
  const age = ageOf(built);
  if (!dev) return age !== undefined || existsSync(join(root, "dist"));
  return age !== undefined && sources.every((name) => newestIn(join(root, name)) <= age);
}

/** Time of the youngest file or folder; folders count, so that a removed file is noticed. */
function newestIn(path) {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 0;
  if (!status.isDirectory()) return status.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestIn(join(path, name))),
    status.mtimeMs,
  );
}

function build() {
  run("building", process.execPath, ["scripts/build.mjs"]);
}

/** The same places as src/host/nats-server.ts; held equal by a test. */
export const natsFolders = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

function findNats() {
  const named = process.env.RTL_NATS_SERVER;
  if (named) return isProgram(named);
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...natsFolders];
  return folders.some((folder) => folder !== "" && isProgram(join(folder, "nats-server")));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installNats() {
  if (process.env.RTL_NATS_SERVER) {
    leave(EXIT_UNAVAILABLE, `RTL_NATS_SERVER=${process.env.RTL_NATS_SERVER} is no program`);
  }
  const admin = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const may = admin.length === 0 || quiet("sudo", "-n", "true");
  if (may && quiet("apt-get", "--version") && aptInstall(admin)) return;
  leave(
    EXIT_UNAVAILABLE,
    `no nats-server was found in PATH, ${natsFolders.join(", ")}\n` +
      "  fix, one of:  sudo apt-get install nats-server       (Debian, Raspberry Pi OS)\n" +
      "                brew install nats-server               (macOS)\n" +
      "                export RTL_NATS_SERVER=/path/to/nats-server",
  );
}

function aptInstall(admin) {
  const [program, ...before] = [...admin, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  const apt = (...args) => {
    say(`running: ${[...admin, "apt-get", ...args].join(" ")}`);
    const all = [...before, "-o", "DPkg::Lock::Timeout=120", "-q", ...args];
    return spawnSync(program, all, { stdio: ["ignore", 2, 2] }).status === 0;
  };
  const get = () => apt("install", "-y", "--no-install-recommends", "nats-server");
  // The lists of a fresh machine are empty; a source that cannot be reached is no reason to give
  // up.
  if (!get()) {
    apt("update");
    if (!get()) return false;
  }
  // The package starts a server of its own, without JetStream, at the usual port. It was not there
  // before, so nobody misses it; rtl starts its own ones at free ports.
  if (existsSync("/run/systemd/system")) {
    quiet(...admin, "systemctl", "disable", "--now", "nats-server.service");
  }
  return findNats();
}

const quiet = (program, ...args) => spawnSync(program, args, { stdio: "ignore" }).status === 0;

function run(what, program, args) {
  say(`${what}: ${[program === process.execPath ? "node" : program, ...args].join(" ")}`);
  // What they print goes to stderr, so that stdout stays with what was asked for.
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status === 0) return;
  rmSync(lock, { force: true });
  leave(status || 1, `${what} failed${error ? `: ${error.message}` : ""}; see above`);
}

/** Only one run installs and builds at a time; the others wait. A dead run's lock is taken over. */
async function holdLock() {
  mkdirSync(own, { recursive: true });
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  let told = false;
  try {
    while (!linked(mine)) {
      const holder = holderOf(lock);
      if (isAlive(holder)) {
        if (!told) say(`another run (process ${holder}) is installing or building; waiting for it`);
        told = true;
        await pause(LOCK_LOOK_MS);
      } else {
        setAside(`${mine}.stale`, holder);
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  process.once("exit", () => {
    if (holderOf(lock) === process.pid) rmSync(lock, { force: true });
  });
}

function linked(mine) {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** Moves the lock away and looks again: if it is a living one's by now, it is put back. */
function setAside(aside, dead) {
  try {
    renameSync(lock, aside);
    if (holderOf(aside) !== dead) linkSync(aside, lock);
  } catch {
    // Somebody else was quicker; the next look shows who.
  }
  rmSync(aside, { force: true });
}

function holderOf(file) {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
