/** What nodes have in hand, as everybody on the bus can hear it: in their beats. */
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import { routes } from "../../src/protocol/routes.ts";
import type { Ending } from "./temp-folder.ts";

const silent = createLog({ logLevel: "silent", logFormat: "json" });

/** How many orders each node holds; kept up to date until the end of `t`. */
export async function ordersHeld(url: string, t: Ending): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  const bus = await connectBus({ servers: [url], id: "listener", log: silent });
  t.after(() => bus.drain());
  bus.subscribe(routes.nodeBeat, { node: "*" }, (beat) => {
    held.set(beat.node, beat.held.length);
  });
  return held;
}
