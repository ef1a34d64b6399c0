/** What is told of a connection to whoever watches over its process. */
import type { Metrics } from "../host/metrics.ts";
import type { Bus } from "./bus.ts";

export function countBus(metrics: Metrics, bus: Bus): void {
  metrics.read("rtl_nats_connected", () => [[{}, bus.continuity.lost ? 0 : 1]]);
  metrics.read("rtl_nats_reconnects_total", () => [[{}, bus.continuity.times]]);
  metrics.read("rtl_transfer_bytes_total", () => {
    const { inBytes, outBytes } = bus.connection.stats();
    return [
      [{ direction: "in" }, inBytes],
      [{ direction: "out" }, outBytes],
    ];
  });
}

export const unreadyBus = (bus: Bus): string | undefined =>
  bus.continuity.lost ? "the connection to the bus is lost" : undefined;
