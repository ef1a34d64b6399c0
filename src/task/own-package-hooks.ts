/**
 * How Node finds `rtl` for a task file that lies outside of every project: as this package finds
 * itself. Runs in Node's own thread for such hooks, and knows nothing else.
 */
import type { ResolveHook } from "node:module";

/** Asked last: whoever has a package of this name beside the task file keeps it. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (!/^rtl(\/|$)/.test(specifier)) throw error;
    return nextResolve(specifier, { ...context, parentURL: import.meta.url });
  }
};
