/**
 * W12: processor time of `rtl --version`, the whole process, beside that of a bare Node. The shell
 * adds up what its children used; elapsed time would say more about the machine than about us.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { figureOf, type Round } from "./figure.ts";
import { defineWorkload } from "./workload.ts";

interface Sizes {
  readonly rounds: number;
  /** Starts in a round: the shell's clock ticks only every 10 ms. */
  readonly starts: number;
}

const command = fileURLToPath(new URL("../cli/main.js", import.meta.url));

export const start = defineWorkload<Sizes>({
  name: "W12",
  summary: "processor time of rtl --version",
  unsaid: "how long it takes on a cold disk.",
  sizes: {
    full: { rounds: 5, starts: 20 },
    quick: { rounds: 3, starts: 8 },
    tiny: { rounds: 1, starts: 2 },
  },
  async run(_bench, sizes) {
    const said = execFileSync(process.execPath, [command, "--version"], { encoding: "utf8" });
    assert.match(said, /^rtl\/\d+\.\d+\.\d+ /);
    const rounds: Round[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const ours = cpuMs(sizes.starts, [command, "--version"]);
      rounds.push({ ours: [ours], baseline: [cpuMs(sizes.starts, ["-e", "0"])] });
    }
    return [
      figureOf({
        name: "rtl --version, processor time",
        unit: "ms",
        rounds,
        against: "node -e 0",
        aim: { text: "≤ 6 × bare", of: "ratio", atMost: 6 },
      }),
    ];
  },
});

/** Processor time of one start, the mean of `starts`, in milliseconds. */
function cpuMs(starts: number, args: readonly string[]): number {
  const script = `i=0; while [ $i -lt ${starts} ]; do "$@" >/dev/null || exit 1; i=$((i+1)); done; times`;
  const said = execFileSync("/bin/sh", ["-c", script, "sh", process.execPath, ...args], {
    encoding: "utf8",
  });
  // Two lines of user and system time: the shell's own, then its children's.
  const children = said.trim().split("\n").at(-1) ?? "";
  const spans = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  assert.equal(spans.length, 2, `the shell's times are unreadable: ${said}`);
  const seconds = spans.reduce((sum, [, min, sec]) => sum + 60 * Number(min) + Number(sec), 0);
  return (1_000 * seconds) / starts;
}
