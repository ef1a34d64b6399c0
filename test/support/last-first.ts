/**
 * The end of a test in the reverse order of its beginning: what was built upon something ends before
 * it. Node ends what a test registers in the order of registration.
 */
import type { Ending } from "./temp-folder.ts";

export function lastFirst(t: Ending): Ending {
  const closers: (() => void | Promise<void>)[] = [];
  t.after(async () => {
    const faults: unknown[] = [];
    for (const close of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw faults[0];
  });
  return { after: (close) => void closers.push(close) };
}
