/**
 * The other side of the bare baselines: a process that sends every message back. It does nothing
 * else, so that what it costs is what NATS and a second process cost.
 */
import { connect } from "nats";
import { ECHO } from "./system.ts";

const connection = await connect({
  servers: process.env["NATS_URL"] ?? "",
  noAsyncTraces: true,
});
connection.subscribe(ECHO, { callback: (_error, message) => void message.respond(message.data) });
await connection.flush();
process.once("SIGTERM", () => process.exit(0));
process.once("disconnect", () => process.exit(0));
process.send?.({ ready: true });
