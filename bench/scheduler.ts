/**
 * W11: the scheduler alone, without tables and messages: a job of 1,000,000 chunks on 1,000 nodes, and
 * one of a tenth of that, whose memory should be the same. The baseline writes and deletes as many keys
 * of a Map, which is the least that an event could cost.
 */
import { measureScale } from "../test/sim/scale.ts";
import { figureOf } from "./figure.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly nodes: number;
  readonly chunks: number;
}

const IN_FLIGHT = 2_000;

export const scheduler = defineWorkload<Sizes>({
  name: "W11",
  summary: "the scheduler alone: 1,000,000 chunks on 1,000 nodes",
  unsaid: "what messages and tables cost a relay besides; W2 says that.",
  sizes: {
    full: { nodes: 1_000, chunks: 1_000_000 },
    quick: { nodes: 1_000, chunks: 100_000 },
    tiny: { nodes: 10, chunks: 1_000 },
  },
  async run(_bench, { nodes, chunks }) {
    const tenth = measureScale({ nodes, chunks: chunks / 10, inFlight: IN_FLIGHT });
    const whole = measureScale({ nodes, chunks, inFlight: IN_FLIGHT });
    const bare = bareMicros(whole.events);
    const against = "a key in and out of a Map";
    return [
      figureOf({
        name: `${whole.events} events of ${chunks} chunks on ${nodes} nodes, each`,
        unit: "µs",
        rounds: [{ ours: [whole.microsPerEvent], baseline: [bare] }],
        against,
        aim: { text: "≤ 15 µs", of: "ours", atMost: 15 },
        peers: "a few hundred µs a task Dask",
      }),
      figureOf({
        name: `heap at its end, ${chunks} chunks`,
        unit: "MB",
        rounds: [{ ours: [whole.heapMiB], baseline: [tenth.heapMiB] }],
        against: "with a tenth of the chunks",
        aim: { text: "≤ 1.5 ×", of: "ratio", atMost: 1.5 },
      }),
    ];
  },
});

/** Microseconds of processor time to write and to delete one key, among as many as are under way. */
function bareMicros(events: number): number {
  const keys = new Map<number, number>();
  const started = process.cpuUsage();
  for (let event = 0; event < events; event++) {
    keys.set(event, event);
    keys.delete(event - IN_FLIGHT);
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / events;
}
