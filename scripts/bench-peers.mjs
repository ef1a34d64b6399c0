// `npm run bench:peers`: the same work on Dask, Celery and BullMQ, and on rtl, in one run on this machine.
//   npm run bench:peers                 all of them
//   npm run bench:peers -- dask bullmq  some
//   npm run bench:peers -- --json       one JSON document instead of a table
//   npm run bench:peers -- --quick      smaller sizes
// It installs what it needs and is not there: Debian's python3-distributed, python3-celery, python3-redis,
// python3-numpy and redis-server with apt-get, BullMQ into .rtl/peers. Nothing else needs any of them.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureReady } from "./ensure.mjs";

const EXIT_USAGE = 2;
const EXIT_UNAVAILABLE = 69;
const READY_MS_MAX = 20_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, ".rtl", "peers");
const PYTHON = "/usr/bin/python3";
const BULLMQ = ["bullmq@6", "ioredis@5"];
const peers = {
  dask: { packages: ["python3-distributed", "python3-numpy"], command: pythonOf("dask_peer.py") },
  celery: {
    packages: ["python3-celery", "python3-redis", "python3-numpy", "redis-server"],
    command: pythonOf("celery_peer.py"),
  },
  bullmq: {
    packages: ["redis-server"],
    command: [process.execPath, join(root, "bench", "peers", "bullmq_peer.mjs")],
  },
};
const full = { jobs: 500, tasks: 10_000, rounds: 3, waits: 1_000, waitMs: 10, rows: 981_250 };
const quick = { jobs: 100, tasks: 2_000, rounds: 1, waits: 200, waitMs: 10, rows: 981_250 };
const workloads = {
  W1: "null job, median, ms; of rtl a durable one",
  "W1 ephemeral": "the same without a record, ms",
  W2: "tiny tasks from one client, per second",
  W3: "waiting tasks on 2 slots, slot time, ms",
  W5a: "15.7 MB to a null task and back, ms",
};

const say = (text) => process.stderr.write(`${text}\n`);
const { chosen, values } = readArguments();
await ensureReady();
for (const name of chosen) install(name);
const redis = chosen.some((name) => name !== "dask") ? await startRedis() : undefined;
try {
  const sizes = values.quick ? quick : full;
  const columns = [await ours(sizes)];
  for (const name of chosen) columns.push(await measure(name, sizes));
  if (values.json) console.log(JSON.stringify({ sizes, columns }, undefined, 2));
  else show(columns);
} finally {
  await redis?.stop();
}

function pythonOf(file) {
  return [PYTHON, join(root, "bench", "peers", file)];
}

function readArguments() {
  try {
    const given = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
      },
    });
    const unknown = given.positionals.filter((name) => !Object.hasOwn(peers, name));
    if (unknown.length > 0) {
      throw new Error(
        `no peer is named ${unknown.join(", ")}; there are ${Object.keys(peers).join(", ")}`,
      );
    }
    const all = Object.keys(peers);
    return { values: given.values, chosen: given.positionals.length > 0 ? given.positionals : all };
  } catch (error) {
    say(`rtl: ${error.message}`);
    return process.exit(EXIT_USAGE);
  }
}

function install(name) {
  const missing = peers[name].packages.filter(
    (one) => !output("dpkg-query", ["-s", one]).includes("Status: install ok installed"),
  );
  if (missing.length > 0) {
    say(`installing ${missing.join(" ")}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const apt = ["-y", "--no-install-recommends", "install", ...missing];
    // Its own service is not wanted: this program starts a server of its own.
    const done = spawnSync("apt-get", apt, { stdio: ["ignore", "ignore", "inherit"], env });
    if (done.status !== 0) {
      say(`rtl: apt-get could not install them; as root: apt-get install ${missing.join(" ")}`);
      process.exit(EXIT_UNAVAILABLE);
    }
  }
  if (name !== "bullmq" || existsSync(join(modules, "node_modules", "ioredis"))) return;
  say(`installing ${BULLMQ.join(" ")} into ${modules}`);
  mkdirSync(modules, { recursive: true });
  const npm = ["install", "--prefix", modules, "--no-audit", "--no-fund", ...BULLMQ];
  if (spawnSync("npm", npm, { stdio: ["ignore", "ignore", "inherit"] }).status !== 0) {
    say("rtl: npm could not install it");
    process.exit(EXIT_UNAVAILABLE);
  }
}

function output(command, args) {
  return spawnSync(command, args, { encoding: "utf8" }).stdout ?? "";
}

/**
 * A Redis server for this run alone, on a free port of this machine. It writes down what it is told, as the
 * NATS server does, and neither waits for the disk.
 */
async function startRedis() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "rtl-peers-"));
  const args = [
    "--port",
    port,
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "yes",
    "--dir",
    folder,
  ];
  const child = spawn("redis-server", args.map(String), { stdio: "ignore" });
  const ended = once(child, "exit");
  const until = Date.now() + READY_MS_MAX;
  while (!(await answers(port))) {
    if (Date.now() > until) throw new Error("redis-server does not answer");
    await pause(20);
  }
  return {
    url: `redis://127.0.0.1:${port}/0`,
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket.destroy() && true));
    socket.once("error", () => resolve(false));
  });
}

/** What a peer's program says, a line of JSON at a time. */
async function measure(name, sizes) {
  say(`${name} …`);
  const [program, ...args] = peers[name].command;
  const child = spawn(program, [...args, JSON.stringify(sizes)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PEER_REDIS: redis?.url ?? "", PEER_MODULES: modules },
  });
  const found = { peer: name, medians: {}, values: {} };
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line);
    if (said.peer !== undefined) found.peer = said.peer;
    else {
      found.values[said.workload] = said.values;
      found.medians[said.workload] = median(said.values);
    }
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  return found;
}

/** The same sizes on rtl, in a process of its own, so that none has an advantage. */
async function ours(sizes) {
  say("rtl …");
  const main = join(root, "dist", "bench", "peers", "own-side.js");
  const { stdout, status } = spawnSync(process.execPath, [main, JSON.stringify(sizes)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`rtl ended with ${status}`);
  const values = Object.fromEntries(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map((said) => [said.workload, said.values]),
  );
  const medians = Object.fromEntries(
    Object.entries(values).map(([workload, list]) => [workload, median(list)]),
  );
  return { peer: "rtl", values, medians };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function show(columns) {
  const number = (value) =>
    value === undefined
      ? "–"
      : value < 1_000
        ? String(Number(value.toPrecision(3)))
        : Math.round(value).toLocaleString("en-US");
  const [own, ...others] = columns;
  const rows = [
    ["", "rtl", ...others.flatMap(({ peer }) => [peer, "of rtl"])],
    ...Object.entries(workloads).map(([workload, what]) => [
      `${workload}  ${what}`,
      number(own.medians[workload]),
      ...others.flatMap(({ medians }) => [
        number(medians[workload]),
        medians[workload] === undefined
          ? ""
          : `${(medians[workload] / own.medians[workload]).toPrecision(3)} ×`,
      ]),
    ]),
  ];
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  for (const row of rows) {
    console.log(
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
        .join("  "),
    );
  }
}
