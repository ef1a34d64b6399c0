/** The services of this machine in a table. */
import type { ServiceState } from "../../src/host/local-state.ts";
import { textTable } from "./text-table.ts";
import { spanText } from "./units.ts";

/** An address as it may be shown: without what proves who asks. */
export const publicUrl = (url: string): string => url.replaceAll(/\/\/[^/@]*@/g, "//…@");

/** A line per service; `now` in milliseconds since the epoch. */
export function servicesTable(services: readonly ServiceState[], now: number): string {
  return textTable(
    ["SERVICE", "PID", "STATE", "UPTIME"],
    services.map(({ name, pid, ready, startedAt }) => [
      name,
      String(pid),
      ready ? "ready" : "not ready",
      spanText(Math.max(0, now - Date.parse(startedAt))),
    ]),
  );
}
