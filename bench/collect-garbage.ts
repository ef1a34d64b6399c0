/**
 * Lets go of memory that nobody refers to any more. Shared memory counts for little with V8, which
 * would let the tables of many repetitions pile up before it looks. Never called while time counts.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
