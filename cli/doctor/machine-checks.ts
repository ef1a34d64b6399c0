/** Checks of the machine itself: what rtl needs of it, whether or not anything runs. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { memoryBytes } from "../../src/host/amount.ts";
import type { Config } from "../../src/host/config.ts";
import { supervisorOf } from "../../src/host/local-state.ts";
import { findNatsServer } from "../../src/host/nats-server.ts";
import { openPrivateFolder } from "../../src/host/private-folder.ts";
import { loadLibrary } from "../../src/task/load-library.ts";
import { type Check, type Finding, fail, isOldNats, none, ok, warn } from "./check.ts";

const GIB = 1024 ** 3;
const NODE_MAJOR = 20;
const NODE_MINOR = 12;
/** Less is soon full of records, logs and spilled tables. */
const FREE_BYTES_MIN = GIB;
const MEMORY_BYTES_MIN = 0.4 * GIB;

export const machineChecks = (config: Config): readonly Check[] => [
  { name: "Node", look: checkNode },
  { name: "nats-server", look: checkNatsServer },
  { name: "task libraries", look: () => checkTasks(config.taskFolders) },
  { name: "data folders", look: () => checkFolders(config.dataRoots) },
  { name: "disk", look: () => checkDisk(config.stateFolder) },
  { name: "memory", look: checkMemory },
  { name: "sockets", look: () => checkSockets(config.runtimeFolder) },
  { name: "ports", look: () => checkPorts(config) },
  { name: "memory limits", look: checkControlGroups },
  { name: "clock", look: checkClock },
  { name: "power and heat", look: checkThrottling },
];

function checkNode(): Finding {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major > NODE_MAJOR || (major === NODE_MAJOR && minor >= NODE_MINOR)) return ok(node);
  return fail(`Node ${node} is too old`, `install Node ${NODE_MAJOR}.${NODE_MINOR} or newer`);
}

function checkNatsServer(): Finding {
  const { path } = findNatsServer();
  if (path === undefined) {
    return warn(
      "no program is found; one on another machine can be used",
      "apt-get install nats-server",
    );
  }
  const { stdout = "" } = spawnSync(path, ["-v"], { encoding: "utf8" });
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (version === undefined) return fail(`${path} does not say its version`, `try: ${path} -v`);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const text = `${version} (${path})`;
  if (isOldNats(version)) {
    return fail(`${text} is too old`, "install nats-server 2.9.10 or newer");
  }
  if (major === 2 && minor < 10) {
    return ok(
      `${text}: writes to the disk once a minute, and must be ended when its disk was full`,
    );
  }
  return ok(text);
}

async function checkTasks(folders: readonly string[]): Promise<Finding> {
  const { library, problems } = await loadLibrary([...folders]);
  const count = library.describe().length;
  const [first] = problems;
  if (first === undefined) return ok(`${count} tasks`);
  const found = `${count} tasks; ${problems.length} files cannot be used: ${first.path}: ${first.message}`;
  return warn(found, "correct these files, or take their folder out of RTL_TASKS");
}

function checkFolders(folders: readonly string[]): Finding {
  const bad = folders.filter((folder) => !isReadable(folder));
  if (bad.length === 0) return ok(folders.join(", "));
  return fail(`cannot be read: ${bad.join(", ")}`, "make them, or correct RTL_DATA_ROOTS");
}

function isReadable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function checkDisk(folder: string): Finding {
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const text = `${gib(free)} free at ${place}`;
  if (free >= FREE_BYTES_MIN) return ok(text);
  return warn(text, "free some, or put RTL_STATE_DIR and RTL_SPILL_DIR on another disk");
}

function checkMemory(): Finding {
  const bytes = memoryBytes();
  if (bytes >= MEMORY_BYTES_MIN) return ok(gib(bytes));
  return warn(`${gib(bytes)} are little`, "run one tasknode with RTL_THREADS=1, and no relay here");
}

function checkSockets(folder: string): Finding {
  if (openPrivateFolder(folder) !== undefined) return ok(folder);
  const found = `${folder} is not this user's alone: tables go over the bus, which is slower`;
  return warn(found, `chmod 700 ${folder}, or name another with RTL_RUNTIME_DIR`);
}

/** By listening there for a moment. What runs here already has its ports, and may keep them. */
async function checkPorts(config: Config): Promise<Finding> {
  const { httpListen, blockListen, stateFolder } = config;
  const wanted = [
    { setting: "RTL_HTTP_LISTEN", address: httpListen },
    { setting: "RTL_BLOCK_LISTEN", address: blockListen },
  ];
  const faults: string[] = [];
  const free: string[] = [];
  for (const { setting, address } of wanted) {
    if (address === undefined) continue;
    const place = `${setting}=${address.host}:${address.port}`;
    const fault = await listenFault(address);
    if (fault === undefined || (fault === "EADDRINUSE" && supervisorOf(stateFolder))) {
      free.push(place);
    } else {
      faults.push(`${place}: ${fault === "EADDRINUSE" ? "somebody else listens there" : fault}`);
    }
  }
  if (faults.length > 0) {
    return warn(faults.join("; "), "see who does: ss -ltnp; or name another address");
  }
  return free.length === 0 ? none("no setting names one") : ok(free.join(", "));
}

async function listenFault(address: { host: string; port: number }): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(address);
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    server.close();
  }
}

function checkControlGroups(): Finding {
  const file = "/sys/fs/cgroup/cgroup.controllers";
  if (!existsSync(file)) return none("this system has no control groups");
  if (readFileSync(file, "utf8").split(/\s+/).includes("memory")) return ok("units can be bounded");
  const fix = "add cgroup_enable=memory to /boot/firmware/cmdline.txt and start the machine again";
  return warn("the system does not bound memory: MemoryMax of units has no effect", fix);
}

function checkClock(): Finding {
  const { stdout, status } = spawnSync(
    "timedatectl",
    ["show", "-p", "NTPSynchronized", "--value"],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) return none("nobody here can say whether it is set from the network");
  if (stdout.trim() === "yes") return ok("set from the network");
  const found = "it is not set from the network: times in logs and records may be wrong";
  return warn(found, "timedatectl set-ntp true");
}

/** Bits of the firmware's answer: now, and since the start. */
const throttled = [
  { bit: 0, text: "too little voltage now" },
  { bit: 2, text: "slowed down now" },
  { bit: 3, text: "too hot now" },
  { bit: 16, text: "too little voltage since the start" },
  { bit: 18, text: "slowed down since the start" },
];

function checkThrottling(): Finding {
  const { stdout, status } = spawnSync("vcgencmd", ["get_throttled"], { encoding: "utf8" });
  if (status !== 0) return none("this is no Raspberry Pi, or it has no vcgencmd");
  const flags = Number(/0x([0-9a-f]+)/i.exec(stdout)?.[0] ?? 0);
  const found = throttled.filter(({ bit }) => (flags & (1 << bit)) !== 0).map(({ text }) => text);
  if (found.length === 0) return ok("neither slowed down nor short of power");
  return warn(found.join(", "), "use a stronger power supply, a shorter cable, or a fan");
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
