/** Checks of the running system: the bus, and who speaks on it. Each says what is missing, and how to get it. */
import { type NatsProbe, probeNats } from "../../src/host/nats-probe.ts";
import { version } from "../../src/host/version.ts";
import type { Rtl } from "../../src/index.ts";
import { RtlError } from "../../src/protocol/errors.ts";
import { limits } from "../../src/protocol/limits.ts";
import { type BusFlags, connectClient } from "../client.ts";
import { publicUrl } from "../render/local.ts";
import { spanText } from "../render/units.ts";
import { type Check, type Finding, fail, isOldNats, none, ok, warn } from "./check.ts";

const PROBE_MS = 2_000;
/** Times of one job's events come from several machines: more than this is seen in their order. */
const SKEW_MS_MAX = 1_000;

/** The checks, and what ends the connection that they share. */
export function systemChecks(flags: BusFlags) {
  let found: Promise<Found> | undefined;
  const look = () => {
    found ??= findAndProbe(flags);
    return found;
  };
  const probed = async () => (await look()).probe;
  let client: Promise<Rtl> | undefined;
  const connected = () => {
    client ??= connectClient(flags);
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
    { name: "bus", look: async () => busFinding(await look()) },
    { name: "JetStream", look: async () => storeFinding(await probed()) },
    { name: "message size", look: async () => payloadFinding(await probed()) },
    { name: "permissions", look: () => asking(checkRights) },
    { name: "relays", look: () => asking(checkRelays) },
    { name: "tasknodes", look: () => asking(checkNodes) },
    { name: "versions", look: () => asking(checkVersions) },
    { name: "clocks", look: () => asking(checkClocks) },
  ];
  return {
    checks,
    async close(): Promise<void> {
      await (await client?.catch(() => undefined))?.close();
    },
  };
}

interface Found {
  readonly probe: NatsProbe;
  readonly address: string;
  /** What to do where there is none. */
  readonly fix?: string | undefined;
}

async function findAndProbe(flags: BusFlags): Promise<Found> {
  const { findBus } = await import("../../src/index.ts");
  try {
    const { servers } = await findBus({ servers: flags.server, context: flags.context });
    const probes = servers.map(async (address) => ({
      address,
      probe: await probeNats(address, PROBE_MS),
    }));
    const all = await Promise.all(probes);
    const first = all.find(({ probe }) => probe.ok) ?? all[0];
    if (first !== undefined) return first;
  } catch (error) {
    if (!(error instanceof RtlError)) throw error;
    return { probe: { ok: false, reason: error.message }, address: "", fix: error.fix };
  }
  return { probe: { ok: false, reason: "no address was given" }, address: "" };
}

function busFinding({ probe, address, fix = "rtl start, or set NATS_URL" }: Found): Finding {
  if (!probe.ok) return fail(probe.reason, fix);
  const shown = publicUrl(address);
  if (isOldNats(probe.version)) {
    const found = `${shown}, nats-server ${probe.version}, is too old`;
    return fail(found, "install nats-server 2.9.10 or newer there");
  }
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

/** By trying what every command needs. */
async function checkRights(client: Rtl): Promise<Finding> {
  await client.jobs({ limit: 1 });
  await client.tasks();
  const { member } = client;
  return ok(member === undefined ? "nobody is told apart" : `${member.name}, a ${member.role}`);
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

/** Each node against the relay that answers, and this machine against it. */
async function checkClocks(client: Rtl): Promise<Finding> {
  const asked = Date.now();
  const { nodes, at } = await client.nodes();
  const here = at === 0 ? undefined : Math.round((asked + Date.now()) / 2 - at);
  const ahead = [
    ...nodes.flatMap(({ node, aheadMs }) =>
      aheadMs === undefined ? [] : [{ who: node, aheadMs }],
    ),
    ...(here === undefined ? [] : [{ who: "this machine", aheadMs: here }]),
  ];
  if (ahead.length === 0) return none("no node says what its clock says");
  const wrong = ahead.filter(({ aheadMs }) => Math.abs(aheadMs) > SKEW_MS_MAX);
  if (wrong.length === 0) return ok("all within a second of the relay's");
  const list = wrong.map(({ who, aheadMs }) => {
    return `${who} by ${spanText(Math.abs(aheadMs))}, ${aheadMs > 0 ? "ahead" : "behind"}`;
  });
  const found = `not as the relay's: ${list.join("; ")}`;
  return warn(found, "timedatectl set-ntp true, on each machine");
}
