/**
 * W10: resident memory of a relay and of a tasknode, idle and after jobs. The baseline is the echo
 * process: Node with a NATS connection and nothing else.
 */
import assert from "node:assert/strict";
import { figureOf } from "./figure.ts";
import { residentMb } from "./resident.ts";
import { type System, withSystem } from "./system.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly jobs: number;
  readonly threads: number;
}

const document = { version: 1, stages: { only: { tasks: ["null"] } } };
const WINDOW = 64;

export const memory = defineWorkload<Sizes>({
  name: "W10",
  summary: "resident memory of the services, idle and after jobs",
  unsaid: "what the NATS server takes, nor tables, which are bounded by RTL_BLOCK_MEMORY.",
  sizes: {
    full: { jobs: 20_000, threads: 2 },
    quick: { jobs: 2_000, threads: 2 },
    tiny: { jobs: 5, threads: 1 },
  },
  run: (bench, { jobs, threads }) =>
    withSystem(bench, { threads: [threads], echo: true }, async (system) => {
      const idle = residents(system);
      await load(system, jobs);
      const after = residents(system);
      const node = `tasknode, ${threads} threads`;
      const line = (name: string, ours: number, baseline: number, atMost?: number) =>
        figureOf({
          name,
          unit: "MB",
          rounds: [{ ours: [ours], baseline: [baseline] }],
          against: "Node with a bare NATS client",
          ...(atMost !== undefined && { aim: { text: `≤ ${atMost} MB`, of: "ours", atMost } }),
          peers: "relay 74 MB, node 75 MB raspi-rtl; worker 68 MB Moleculer",
        });
      return [
        line("relay, idle", idle.relay, idle.echo, 75),
        line(`${node}, idle`, idle.node, idle.echo, 110),
        line(`relay, after ${jobs} jobs`, after.relay, after.echo),
        line(`${node}, after ${jobs} jobs`, after.node, after.echo),
      ];
    }),
});

async function load({ client }: System, jobs: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next++ < jobs) {
      const job = await client.submit(document, { mode: "ephemeral" });
      assert.equal((await job.result()).rows, 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(WINDOW, jobs) }, lane));
}

function residents({ relayPid, nodePids, echoPid }: System) {
  const [nodePid] = nodePids;
  assert.ok(nodePid !== undefined && echoPid !== undefined);
  return { relay: residentMb(relayPid), node: residentMb(nodePid), echo: residentMb(echoPid) };
}
