/** The services of this machine in a table. */
import type { ServiceState } from "../../src/local/state.ts";
import { textTable } from "./text-table.ts";
import { spanText } from "./units.ts";

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
