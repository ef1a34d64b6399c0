/** The connection of a command to the bus, and the name under which it asks for things. */
import { hostname, userInfo } from "node:os";
import type { Rtl } from "../src/index.ts";

/** A client of the server given, of what `rtl start` started here, or of this machine's own. */
export async function connectClient(server: string | undefined): Promise<Rtl> {
  const { connect } = await import("../src/index.ts");
  return connect(server === undefined ? {} : { servers: server });
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
