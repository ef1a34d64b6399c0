/** Checks of the running system: the bus, and who speaks on it. Each says what is missing, and how to get it. */
import type { Config } from "../../src/host/config.ts";
import { localNatsUrl } from "../../src/host/local-state.ts";
import { type NatsProbe, probeNats } from "../../src/host/nats-probe.ts";
import { version } from "../../src/host/version.ts";
import type { Rtl } from "../../src/index.ts";
import { RtlError } from "../../src/protocol/errors.ts";
import { limits } from "../../src/protocol/limits.ts";
import { connectClient } from "../client.ts";
import { publicUrl } from "../render/local.ts";
import { type Check, type Finding, fail, none, ok, warn } from "./check.ts";

const PROBE_MS = 2_000;

/** The checks, and what ends the connection that they share. */
export function systemChecks(config: Config, server: string | undefined) {
  const url = server ?? (config.natsGiven ? undefined : localNatsUrl(config.stateFolder));
  const address = url?.split(",")[0] ?? config.natsServers[0] ?? "";
  let probe: Promise<NatsProbe> | undefined;
  const probed = () => {
    probe ??= probeNats(address, PROBE_MS);
    return probe;
  };
  let client: Promise<Rtl> | undefined;
  const connected = () => {
    client ??= connectClient(server);
    return client;
  };
  /** An answer of the system; where there is none, the finding that says why. */
  const asking = async (look: (client: Rtl) => Promise<Finding>): Promise<Finding> => {
    if (!(await probed()).ok) return none("there is no bus to ask");
    try {
      return await look(await connected());
    } catch (error) {
      if (!(error instanceof RtlError)) throw error;
      return fail(error.message, error.fix ?? "rtl start");
    }
  };
  const checks: readonly Check[] = [
    { name: "bus", look: async () => busFinding(await probed(), address) },
    { name: "JetStream", look: async () => storeFinding(await probed()) },
    { name: "message size", look: async () => payloadFinding(await probed()) },
    { name: "relays", look: () => asking(checkRelays) },
    { name: "tasknodes", look: () => asking(checkNodes) },
    { name: "versions", look: () => asking(checkVersions) },
  ];
  return {
    checks,
    async close(): Promise<void> {
      await (await client?.catch(() => undefined))?.close();
    },
  };
}

function busFinding(probe: NatsProbe, address: string): Finding {
  const shown = publicUrl(address);
  if (!probe.ok) return fail(`${shown}: ${probe.reason}`, "rtl start, or set NATS_URL");
  const locks = [probe.tlsRequired && "TLS", probe.authRequired && "credentials"].filter(Boolean);
  const wants =
    locks.length === 0 ? "open to everyone who reaches it" : `wants ${locks.join(", ")}`;
  return ok(`${shown}, nats-server ${probe.version}, ${wants}`);
}

function storeFinding(probe: NatsProbe): Finding {
  if (!probe.ok) return none("there is no bus to ask");
  if (probe.jetstream) return ok("on");
  return fail("off", "start nats-server with our nats.conf, or with -js");
}

function payloadFinding(probe: NatsProbe): Finding {
  if (!probe.ok) return none("there is no bus to ask");
  const text = `up to ${probe.maxPayload} bytes`;
  if (probe.maxPayload >= limits.payloadBytesMax) return ok(text);
  return fail(text, "set max_payload: 1MB in the server's configuration");
}

async function checkRelays(client: Rtl): Promise<Finding> {
  const { relays } = await client.nodes();
  return ok(`${relays.length}: ${relays.map(({ relay }) => relay).join(", ")}`);
}

async function checkNodes(client: Rtl): Promise<Finding> {
  const { nodes } = await client.nodes();
  if (nodes.length === 0) return fail("none runs", "rtl start, or rtl service install");
  const slots = nodes.reduce((sum, node) => sum + node.slots, 0);
  const leaving = nodes.filter(({ draining }) => draining).length;
  const text = `${nodes.length} with ${slots} slots`;
  return ok(leaving === 0 ? text : `${text}; ${leaving} of them leave`);
}

async function checkVersions(client: Rtl): Promise<Finding> {
  const { nodes } = await client.nodes();
  const others = nodes.filter((node) => node.version !== "" && node.version !== version);
  if (others.length === 0) return ok(`all ${version}`);
  const list = others.map((node) => `${node.node} ${node.version}`).join(", ");
  return warn(`this is ${version}, but: ${list}`, "install the same version on all of them");
}
