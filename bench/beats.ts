/**
 * What a node costs a relay that has nothing for it to do: the processor time of one beat, of 1,000 nodes
 * that all offer one task. The baseline is the echo process, which answers as many messages of the size.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pack } from "../src/protocol/codec.ts";
import { type Figure, figureOf, type Round } from "./figure.ts";
import { type Bench, ECHO, type System, withSystem } from "./system.ts";

/** The system counts processor time in hundredths of a second. */
const TICK_MICROS = 10_000;

export const beatCost = (bench: Bench, nodes: number, beats: number, count: number) =>
  withSystem(bench, { threads: [1], echo: true }, async (system): Promise<Figure> => {
    const messages = Array.from({ length: nodes }, (_, node) => beatOf(node, false));
    for (let node = 0; node < nodes; node++) publish(system, node, beatOf(node, true));
    await heard(system);
    const rounds: Round[] = [];
    for (let round = 0; round < count; round++) {
      const ours = await microsOf(system.relayPid, beats, async () => {
        for (let beat = 0; beat < beats; beat++) {
          const node = beat % nodes;
          publish(system, node, messages[node] as Uint8Array);
          if (node === nodes - 1) await system.nats.flush();
        }
        await heard(system);
      });
      const [first = new Uint8Array()] = messages;
      assert.ok(system.echoPid !== undefined);
      const baseline = await microsOf(system.echoPid, beats, async () => {
        for (let beat = 0; beat < beats; beat += nodes) {
          const asked = Array.from({ length: Math.min(nodes, beats - beat) }, () =>
            system.nats.request(ECHO, first, { timeout: 30_000 }),
          );
          await Promise.all(asked);
        }
      });
      rounds.push({ ours: [ours], baseline: [baseline] });
    }
    const known = await system.client.nodes();
    assert.ok(known.nodes.length >= nodes, `the relay knows ${known.nodes.length} nodes`);
    return figureOf({
      name: `one beat of ${nodes} nodes, in a relay`,
      unit: "µs",
      rounds,
      against: "a message of its size, echoed",
    });
  });

const publish = ({ nats }: System, node: number, beat: Uint8Array): void =>
  nats.publish(`rtl.v1.node.${nameOf(node)}.beat`, beat);

const nameOf = (node: number): string => `beating-${node}`;

function beatOf(node: number, withTasks: boolean): Uint8Array {
  const task = { name: "nothing", shape: "map", summary: "", params: {}, example: {} };
  return pack({
    ...{ v: 1, node: nameOf(node), pool: "beating", slots: 4, busy: 2, encoding: "msgpack" },
    ...{ catalog: "1", held: [`relay-1/${node}`], labels: { site: "lab" }, host: nameOf(node) },
    ...{ version: "1.0.0", startedAt: 1, draining: false, leaving: false },
    ...(withTasks && { tasks: [task] }),
  });
}

/** Resolves when the relay has heard all that was published before: it answers questions in turn. */
async function heard({ nats, client }: System): Promise<void> {
  await nats.flush();
  await client.nodes();
}

/** Microseconds of a process's time for each of so many. */
async function microsOf(pid: number, count: number, act: () => Promise<void>): Promise<number> {
  const before = ticksOf(pid);
  await act();
  return Math.max(1, ticksOf(pid) - before) * (TICK_MICROS / count);
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the program, in brackets, may hold blanks; what follows does not.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
