/** The connection of a command to the bus, and the name under which it asks for things. */
import { hostname, userInfo } from "node:os";
import type { Rtl } from "../src/index.ts";

/** A client of the server given, of what `rtl start` started here, or of this machine's own. */
export async function connectClient({ server, context }: BusFlags): Promise<Rtl> {
  const { connect } = await import("../src/index.ts");
  return connect({ ...(server && { servers: server }), ...(context && { context }) });
}

/** Where the bus is, as the command line says it. */
export interface BusFlags {
  readonly server?: string | undefined;
  readonly context?: string | undefined;
}

/** Who asks, for the record of a cancelled job. */
export function requester(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A process may have a user id that has no name.
    return hostname();
  }
}
