/**
 * Inside a thread: every process that a task starts gets the thread's mark, also where the task gives
 * it an environment of its own, and the supervisor is told. It changes nothing else of how processes are
 * started. A task in native code that starts some by itself is not seen here; its children inherit the
 * mark all the same.
 */
import childProcess, { ChildProcess } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { SLOT, SLOT_PART } from "./slot-mark.ts";

/** What is known of a process when it is started. Absent pid: it is waited for, and its id unknown. */
export type Started = (pid: number | undefined) => void;

interface SpawnOptions {
  envPairs?: readonly string[];
}
type Spawn = (this: ChildProcess, options: SpawnOptions) => unknown;

/** Every way of starting a process without waiting for it goes through here. */
const prototype = ChildProcess.prototype as unknown as { spawn: Spawn };

export function markChildren(mark: string, started: Started): void {
  const spawn = prototype.spawn;
  prototype.spawn = function marking(options) {
    const pairs = options.envPairs ?? [];
    const own = pairs.filter((pair) => !pair.startsWith(`${SLOT}=`));
    const result = spawn.call(this, { ...options, envPairs: [...own, `${SLOT}=${mark}`] });
    const isPart = pairs.some((pair) => pair.startsWith(`${SLOT_PART}=`));
    if (!isPart && this.pid !== undefined) started(this.pid);
    return result;
  };
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const) {
    const original = childProcess[name] as (...given: unknown[]) => unknown;
    const marking = (...given: unknown[]) => {
      // It is told before: afterwards it is over.
      started(undefined);
      return original(...given.map((one) => withMark(one, mark)));
    };
    Object.assign(childProcess, { [name]: marking });
  }
  syncBuiltinESMExports();
}

/** Options with an environment of their own get the mark; everything else stays what it is. */
function withMark(given: unknown, mark: string): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  if (!("env" in given) || typeof given.env !== "object" || given.env === null) return given;
  return { ...given, env: { ...given.env, [SLOT]: mark } };
}
