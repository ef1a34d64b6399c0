/** Runs a tally on all processors, one thread each. Which runs a thread does changes nothing of what they do. */
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { merged, type Part, type Tally, tallySeeds, tallyStrikes } from "./tally.ts";

export type Kind = "seeds" | "strikes";

interface Share {
  readonly kind: Kind;
  readonly from: number;
  readonly count: number;
  readonly part: Part;
}

const tallyOf = ({ kind, from, count, part }: Share): Tally | Promise<Tally> =>
  kind === "seeds" ? tallySeeds(from, count, part) : tallyStrikes(from, count, part);

export async function onAllProcessors(kind: Kind, from: number, count: number): Promise<Tally> {
  const of = availableParallelism();
  const shares = Array.from({ length: of }, (_, share) =>
    inThread({ kind, from, count, part: { share, of } }),
  );
  return merged(await Promise.all(shares));
}

function inThread(share: Share): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.on("message", resolve);
    worker.on("error", reject);
  });
}

if (!isMainThread) parentPort?.postMessage(await tallyOf(workerData as Share));
