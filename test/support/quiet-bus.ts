/** A connection of a test's own to a server of a test's own, which says nothing of what it does. */
import type { Bus } from "../../src/bus/bus.ts";
import { connectBus } from "../../src/bus/connect.ts";
import { createLog } from "../../src/host/log.ts";
import type { Ending } from "./temp-folder.ts";

export const quiet = createLog({ logLevel: "silent", logFormat: "json" });

/** Connects to the server; closed before it ends. */
export async function busOn(server: Ending & { readonly url: string }, id: string): Promise<Bus> {
  const bus = await connectBus({ servers: server.url, id, log: quiet });
  server.after(() => bus.drain());
  return bus;
}
