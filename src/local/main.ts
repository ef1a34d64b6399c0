/**
 * The supervisor process of `rtl start`: owns the services of this machine, and nothing of them
 * survives it. Its only argument is what to supervise, as JSON.
 */
import { rmSync } from "node:fs";
import { systemClock } from "../host/clock.ts";
import { releaseLock, supervisorOf, takeLock } from "../host/local-state.ts";
import { runService } from "../host/run-service.ts";
import { RtlError } from "../protocol/errors.ts";
import { supervise, supervisionSchema } from "./supervise.ts";

const LOCK_LOOK_MS = 1_000;

const order = supervisionSchema.parse(JSON.parse(process.argv[2] ?? "null"));

await runService(
  "supervisor",
  async ({ config, log, signal, fail }) => {
    const holder = takeLock(order.stateDir);
    if (holder !== undefined) {
      throw new RtlError("RTL_USAGE_INVALID", `rtl already runs here (process ${holder.pid})`, {
        fix: "see `rtl status`, or use `rtl restart`",
      });
    }
    try {
      const supervised = await supervise(order, config.stopWaitMs, log, signal);
      // Without its lock nobody could find this process any more, and another may start beside it.
      const stopLooking = systemClock.every(LOCK_LOOK_MS, () => {
        if (supervisorOf(order.stateDir)?.pid === process.pid) return;
        stopLooking();
        fail(new RtlError("RTL_INTERNAL", `the lock in ${order.stateDir} is gone`));
      });
      return {
        ready: { natsUrl: supervised.natsUrl, services: supervised.services() },
        async stop() {
          stopLooking();
          await supervised.stop();
          releaseLock(order.stateDir);
          if (order.temporary) rmSync(order.stateDir, { recursive: true, force: true });
        },
      };
    } catch (error) {
      releaseLock(order.stateDir);
      throw error;
    }
  },
  { detaches: !order.showLogs && !order.temporary, stopWaits: 3 },
);
