/**
 * Lets go of memory that nobody refers to any more. Shared memory counts for little with V8, which
 * would let gigabytes of tables pile up before it looks. It takes milliseconds, so that it is for
 * whoever has let a lot of it go.
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
