// BullMQ's side of the comparison: two worker processes, Redis between them and this one. A table travels
// as base64 in the job's JSON, which is what BullMQ has. Writes one line of JSON for each workload, as
// dask_peer.py does. With the argument "worker" it is one of the workers.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// From the folder that the runner has installed it in.
const require = createRequire(`${process.env.PEER_MODULES}/`);
const { Queue, QueueEvents, Worker } = require("bullmq");
const { version } = require("bullmq/package.json");
const connection = { url: process.env.PEER_REDIS, maxRetriesPerRequest: null };
const QUEUE = "peer";

if (process.argv[2] === "worker") {
  const worker = new Worker(
    QUEUE,
    async ({ name, data }) => {
      if (name === "wait") await new Promise((done) => setTimeout(done, data));
      return data;
    },
    { connection, concurrency: Number(process.argv[3]) },
  );
  await worker.waitUntilReady();
  process.send("ready");
  process.once("SIGTERM", async () => {
    await worker.close();
    process.exit(0);
  });
} else {
  await measure(JSON.parse(process.argv[2]));
}

async function measure({ jobs, tasks, rounds, waits, waitMs, rows }) {
  console.log(JSON.stringify({ peer: `BullMQ ${version}` }));
  const queue = new Queue(QUEUE, { connection, defaultJobOptions: { removeOnComplete: 1_000 } });
  const events = new QueueEvents(QUEUE, { connection });
  await events.waitUntilReady();
  const results = new Map();
  events.on("completed", ({ jobId, returnvalue }) => {
    const wanted = results.get(jobId);
    results.delete(jobId);
    if (wanted === undefined) early.set(jobId, returnvalue);
    else wanted(returnvalue);
  });
  const early = new Map();
  /** The result of a job that was added; it may have come before the answer to adding it. */
  const resultOf = ({ id }) =>
    new Promise((resolve) => {
      if (!early.has(id)) return void results.set(id, resolve);
      resolve(early.get(id));
      early.delete(id);
    });
  const run = async (name, data) => resultOf(await queue.add(name, data));
  const all = async (name, list) =>
    Promise.all((await queue.addBulk(list.map((data) => ({ name, data })))).map(resultOf));
  const times = async (count, call) => {
    const found = [];
    for (let time = 0; time < count; time++) {
      const begin = performance.now();
      await call();
      found.push(performance.now() - begin);
    }
    return found;
  };
  const tell = (workload, values) => console.log(JSON.stringify({ workload, values }));

  await withWorkers(50, async () => {
    await times(20, () => run("null", 1));
    tell("W1", await times(jobs, () => run("null", 1)));
    const list = Array.from({ length: tasks }, (_, value) => value);
    const tiny = await times(rounds, () => all("null", list));
    tell(
      "W2",
      tiny.map((ms) => (1_000 * tasks) / ms),
    );
  });
  await withWorkers(1, async () => {
    const list = Array.from({ length: waits }, () => waitMs);
    // Time of the slots, of which there are two.
    tell(
      "W3",
      (await times(rounds, () => all("wait", list))).map((ms) => 2 * ms),
    );
    const table = Float64Array.from({ length: 2 * rows }, (_, row) => row);
    const transfer = async () => {
      const back = await run("null", Buffer.from(table.buffer).toString("base64"));
      if (Buffer.from(back, "base64").length !== table.byteLength) throw new Error("not whole");
    };
    tell("W5a", await times(3 * rounds, transfer));
  });
  await events.close();
  await queue.close();
}

async function withWorkers(concurrency, use) {
  const file = fileURLToPath(import.meta.url);
  const workers = [1, 2].map(() => fork(file, ["worker", String(concurrency)]));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  try {
    await use();
  } finally {
    for (const worker of workers) {
      const ended = once(worker, "exit");
      worker.kill();
      await ended;
    }
  }
}
