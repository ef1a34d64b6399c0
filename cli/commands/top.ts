/** `rtl top`: a live view of the system. */
import { setTimeout as pause } from "node:timers/promises";
import { Flags } from "@oclif/core";
import type { Rtl } from "../../src/index.ts";
import { BusCommand } from "../bus-command.ts";
import { flowing } from "../command.ts";
import { duration } from "../flags.ts";
import { INTERRUPTED, onInterrupt } from "../interrupt.ts";
import {
  chunksDone,
  type Snapshot,
  type Sorting,
  sortings,
  topJson,
  topPage,
} from "../render/top.ts";
import { columnsOf, enterScreen, leaveScreen, paintFor, redraw } from "../terminal.ts";

const INTERVAL_MS = 2_000;
const JOBS_SHOWN = 50;

export default class Top extends BusCommand {
  static override summary = "watch nodes, slots, jobs and rates";
  static override description = flowing(`
On a terminal the view is renewed until q or Ctrl-C; n, b and s sort the nodes by name, busy slots and slots.
Elsewhere it is printed once, or, with --interval, again and again; with --json each time is a line.
`);
  static override examples = [
    "<%= config.bin %> top",
    "<%= config.bin %> top --interval 500ms --sort busy",
    "<%= config.bin %> top --json | jq .busy",
  ];
  static override flags = {
    interval: duration({ description: "time between two looks; default 2s" }),
    sort: Flags.option({
      description: "order of the nodes",
      options: sortings,
      default: "name" as const,
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Top);
    const client = await this.client(flags);
    const intervalMs = Math.max(100, flags.interval ?? INTERVAL_MS);
    const isLive = process.stdout.isTTY === true && !flags.json;
    if (isLive) return this.#live(client, intervalMs, flags.sort);
    const isOnce = flags.interval === undefined;
    const stop = onInterrupt([() => process.exit(INTERRUPTED)]);
    for (let before: Snapshot | undefined; ; ) {
      const snapshot: Snapshot = await look(client, before);
      if (flags.json) this.dataJsonLine(topJson(snapshot));
      else this.data(topPage(snapshot, { ...plain, sort: flags.sort }).join("\n"));
      if (isOnce) break;
      before = snapshot;
      await pause(intervalMs);
    }
    stop();
  }

  async #live(client: Rtl, intervalMs: number, given: Sorting): Promise<void> {
    const { stdin, stdout } = process;
    let sort = given;
    const leaving = new AbortController();
    const leave = () => leaving.abort();
    const stop = onInterrupt([leave, () => process.exit(INTERRUPTED)]);
    let shown: Snapshot | undefined;
    const draw = () => {
      if (shown === undefined) return;
      const { rows = 24 } = stdout;
      const size = { columns: columnsOf(stdout), rows };
      stdout.write(redraw(topPage(shown, { ...size, sort, paint: paintFor(stdout) })));
    };
    const keys = (text: Buffer) => {
      const key = text.toString("utf8");
      if (key === "q" || key === "\u0003") return leave();
      const wanted = { n: "name", b: "busy", s: "slots" } as const;
      sort = wanted[key as keyof typeof wanted] ?? sort;
      draw();
    };
    stdout.write(enterScreen);
    const isRaw = stdin.isTTY === true;
    if (isRaw) stdin.setRawMode(true).on("data", keys);
    stdout.on("resize", draw);
    try {
      while (!leaving.signal.aborted) {
        shown = await look(client, shown);
        draw();
        await pause(intervalMs, undefined, { signal: leaving.signal }).catch(() => undefined);
      }
    } finally {
      if (isRaw) stdin.setRawMode(false).pause();
      stdout.off("resize", draw).write(leaveScreen);
      stop();
    }
  }
}

const asIs = (text: string): string => text;
/** A page that no terminal cuts. */
const plain = {
  columns: Number.POSITIVE_INFINITY,
  rows: Number.POSITIVE_INFINITY,
  paint: { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs },
};

async function look(client: Rtl, before: Snapshot | undefined): Promise<Snapshot> {
  const [{ nodes, relays }, jobs] = await Promise.all([
    client.nodes(),
    client.jobs({ limit: JOBS_SHOWN }),
  ]);
  const at = Date.now();
  const open = jobs.filter(({ settledAt }) => settledAt === undefined);
  const over = jobs.filter(({ settledAt }) => settledAt !== undefined);
  return {
    at,
    nodes,
    relays,
    jobs: [...open, ...over],
    chunksPerSecond: before && rateOf(before, jobs, at),
  };
}

/** Chunks of jobs that both looks know; what a job did before it was first seen does not count. */
function rateOf(before: Snapshot, jobs: Snapshot["jobs"], at: number): number {
  const earlier = chunksDone(before.jobs);
  let done = 0;
  for (const [id, count] of chunksDone(jobs))
    done += Math.max(0, count - (earlier.get(id) ?? count));
  return done / Math.max(0.001, (at - before.at) / 1_000);
}
