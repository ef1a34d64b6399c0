/**
 * Which NATS servers a client speaks to: those it was told, else those of the environment, else the
 * one that `rtl start` started here. It only looks; the bus connects.
 */
import { unreachable } from "../bus/connect.ts";
import { loadConfig } from "../host/config.ts";
import { localNatsUrl } from "../host/local-state.ts";
import { probeNats } from "../host/nats-probe.ts";

/** A server that has not greeted by then is none. */
const GREETING_MS = 5_000;

/** RTL_BUS_UNREACHABLE when nothing of what is to be used is a NATS server. */
export async function findBus(
  given: string | readonly string[] | undefined,
): Promise<readonly string[]> {
  const servers = given === undefined ? usualServers() : [given].flat().flatMap(split);
  // The NATS client would keep the socket of a server that accepts and stays silent, and with it
  // the process; and it cannot say what is wrong there.
  const probes = await Promise.all(servers.map((server) => probeNats(server, GREETING_MS)));
  const reasons = probes.flatMap((probe) => (probe.ok ? [] : [probe.reason]));
  if (reasons.length < servers.length) return servers;
  throw unreachable(servers, [...new Set(reasons)].join(", "));
}

function usualServers(): readonly string[] {
  const { natsGiven, natsServers, stateFolder } = loadConfig();
  const local = natsGiven ? undefined : localNatsUrl(stateFolder);
  return local === undefined ? natsServers : [local];
}

const split = (servers: string): string[] => servers.split(",").map((server) => server.trim());
