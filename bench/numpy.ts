/**
 * numpy as a baseline: finds an interpreter that has it and talks to one process of kernels.py, a
 * line of JSON each way. numpy is nobody's dependency: where it is absent, there is no such baseline.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TableSums } from "./column-sums.ts";
import type { Baseline, BaselineDone } from "./kernel-baseline.ts";

const systemPythons = ["/usr/bin/python3", "python3"];
const program = fileURLToPath(new URL("../../bench/kernels.py", import.meta.url));
/** numpy.loadtxt, which reads CSV where pandas is absent, takes seconds for so many rows. */
const LOADTXT_ROWS_MAX = 200_000;

/** One thread, and no setting of a library that somebody made for other programs. */
function environment(): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...others } = process.env;
  return { ...others, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
}

function findNumpy(pythons: readonly string[]): string | undefined {
  const env = environment();
  return pythons.find(
    (path) => spawnSync(path, ["-c", "import numpy"], { env, stdio: "ignore" }).status === 0,
  );
}

/** Starts it on the columns and CSV files of a folder; undefined where no numpy is found. */
export async function startNumpy(
  folder: string,
  pythons: readonly string[] = systemPythons,
): Promise<Baseline | undefined> {
  const interpreter = findNumpy(pythons);
  if (interpreter === undefined) return undefined;
  const child = spawn(interpreter, [program, folder], {
    env: environment(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ask = lines(child);
  const { numpy, pandas } = JSON.parse(await ask("")) as Record<string, string | null>;
  return {
    isNumpy: true,
    csvRowsMax: pandas === null ? LOADTXT_ROWS_MAX : Number.POSITIVE_INFINITY,
    against({ key, numpy: plain, tuned = plain }, wantsTuned) {
      if (key !== "open" && key !== "openArray") {
        return `numpy ${numpy}: ${wantsTuned ? tuned : plain}`;
      }
      return pandas === null
        ? `numpy ${numpy}: loadtxt, numbers only, at most ${LOADTXT_ROWS_MAX} rows`
        : `pandas ${pandas}: ${plain}`;
    },
    async run({ key, params }, run) {
      const answer = await ask(`${JSON.stringify({ kernel: key, params, ...run })}\n`);
      const { ms, sums } = JSON.parse(answer) as { ms: number[]; sums: TableSums };
      return { ms, sums } satisfies BaselineDone;
    },
    end: () => endProcess(child),
  };
}

/** Writes a line and gives the next one that comes; fails when the process ends instead. */
function lines({ stdin, stdout }: ChildProcess): (line: string) => Promise<string> {
  if (stdin === null || stdout === null) throw new Error("the numpy process has no pipes");
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return async (line) => {
    stdin.write(line);
    const { value, done } = await answers.next();
    if (done === true) throw new Error("the numpy process ended; see above");
    return value;
  };
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
