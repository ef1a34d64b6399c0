/**
 * A service that does nothing, run as a process of its own by tests of the service life cycle and
 * of supervision. TINY says how it behaves: `start-fails`, `start-hangs`, `stop-hangs`, `throws`,
 * `fails-later`, `crashes`, or nothing special.
 */
import { runService } from "../../src/host/run-service.ts";
import { RtlError } from "../../src/protocol/errors.ts";

const mode = process.env["TINY"] ?? "";
const forever = () => new Promise<never>(() => undefined);

await runService("tiny", async ({ fail, signal }) => {
  const held = setInterval(() => undefined, 1_000);
  if (mode === "start-fails") throw new RtlError("RTL_BUS_UNREACHABLE", "no NATS server answers");
  if (mode === "start-hangs") {
    process.send?.("starting");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }
  if (mode === "throws") setImmediate(() => JSON.parse("{"));
  if (mode === "fails-later") setImmediate(() => fail(new RtlError("RTL_BUS_UNFIT", "too old")));
  if (mode === "crashes") setImmediate(() => process.exit(9));
  return {
    ready: { slots: 2 },
    async stop() {
      if (mode === "stop-hangs") await forever();
      clearInterval(held);
      process.stdout.write("drained\n");
    },
  };
});
