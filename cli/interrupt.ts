/**
 * What Ctrl-C does: each one the next step of a list, the last step for every further one. Without a
 * list Node ends the process at once, which would leave a job running that its user believes gone.
 */

/** Begins to listen; the result stops it. Steps run in the order of the signals. */
export function onInterrupt(steps: readonly (() => void)[]): () => void {
  let count = 0;
  const next = () => {
    const step = steps[Math.min(count, steps.length - 1)];
    count++;
    step?.();
  };
  // Each of many jobs that are watched at once listens: that is no leak.
  process.setMaxListeners(0);
  process.on("SIGINT", next);
  return () => process.off("SIGINT", next);
}

/** Listens for one other signal; the result stops it. */
export function onSignal(signal: "SIGTERM" | "SIGHUP", action: () => void): () => void {
  process.once(signal, action);
  return () => process.off(signal, action);
}

export const INTERRUPTED = 130;
export const TERMINATED = 143;
export const HUNG_UP = 129;
