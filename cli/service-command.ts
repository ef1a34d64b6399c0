/** What the commands of `rtl service` share: which units are meant, and where things are. */
import { Flags } from "@oclif/core";
import type { Hub, UnitPlan, UnitRole } from "../src/local/units.ts";
import { RtlError } from "../src/protocol/errors.ts";
import { RtlCommand } from "./command.ts";

const roleNames = ["nats", "relay", "tasknode"] as const satisfies readonly UnitRole[];

export interface ServiceFlags {
  readonly role?: readonly UnitRole[] | undefined;
  readonly nodes: number;
  readonly user: boolean;
  readonly creds?: string | undefined;
  readonly cluster?: string | undefined;
}

export const nodesFlag = Flags.integer({
  description: "number of tasknodes",
  default: 1,
  min: 1,
  max: 1_000,
});

export abstract class ServiceCommand extends RtlCommand {
  static override baseFlags = {
    ...RtlCommand.baseFlags,
    role: Flags.option({
      description: "one role of this machine; default: all",
      options: roleNames,
      multiple: true,
    })(),
    nodes: nodesFlag,
    user: Flags.boolean({
      description: "units of the user who says it, not of the machine",
      exclusive: ["cluster"],
    }),
    creds: Flags.string({
      description: "file with credentials for NATS that systemd hands to the services",
      helpValue: "FILE",
    }),
    cluster: Flags.string({
      description: "folder of the cluster whose NATS server this machine runs",
      helpValue: "DIR",
    }),
  };

  protected async plan({ role, nodes, user, creds, cluster }: ServiceFlags): Promise<UnitPlan> {
    return planUnits({
      roles: role ?? roleNames,
      nodes,
      ...(user && { userConfig: await userConfig() }),
      credentials: creds === undefined ? {} : { "nats.creds": creds },
      ...(cluster !== undefined && { hub: await hubOf(cluster) }),
    });
  }
}

/** Where the server of a unit finds what systemd hands to it, and what it may write. */
const hubPlaces = {
  folder: "/run/credentials/rtl-nats.service",
  accounts: "/var/lib/rtl-nats/accounts",
};

async function hubOf(folder: string): Promise<Hub> {
  const { resolve, join } = await import("node:path");
  const { readFileSync } = await import("node:fs");
  const { ClusterFolder, serverFiles } = await import("../src/cluster/cluster-folder.ts");
  const { hubConf } = await import("../src/cluster/hub-conf.ts");
  const { ownNatsConf } = await import("../src/host/nats-server.ts");
  const cluster = ClusterFolder.open(resolve(folder));
  const claims = await cluster.claims();
  const base = readFileSync(ownNatsConf, "utf8");
  const files = serverFiles.map((name) => [name, join(cluster.folder, name)] as const);
  return {
    files: Object.fromEntries(files),
    conf: hubConf(base, claims, { ...hubPlaces, port: cluster.port }),
  };
}

/** The plan with what this machine has; RTL_BUS_UNREACHABLE where a server is wanted and there is none. */
export async function planUnits(wanted: Omit<UnitPlan, "node" | "natsServer">): Promise<UnitPlan> {
  const { findNatsServer } = await import("../src/host/nats-server.ts");
  const natsServer = findNatsServer().path;
  if (natsServer === undefined && wanted.roles.includes("nats")) {
    throw new RtlError("RTL_BUS_UNREACHABLE", "there is no nats-server on this machine", {
      fix: "install it (apt-get install nats-server), or leave it out: --role relay --role tasknode",
    });
  }
  return { ...wanted, node: process.execPath, natsServer: natsServer ?? "/usr/sbin/nats-server" };
}

/**
 * Enables and starts units, where they were written for this machine. Whether systemd runs here: where it
 * does not, they start with the next boot that it runs in.
 */
export async function startUnits(units: readonly string[], isUser = false): Promise<boolean> {
  const of = isUser ? ["--user"] : [];
  return (
    (await systemctl([...of, "daemon-reload"])) &&
    (await systemctl([...of, "enable", ...units])) &&
    (await systemctl([...of, "restart", ...units]))
  );
}

/** Where a user's settings and units are. */
async function userConfig(): Promise<string> {
  const { homedir } = await import("node:os");
  const { join, isAbsolute } = await import("node:path");
  const said = process.env["XDG_CONFIG_HOME"] ?? "";
  return isAbsolute(said) ? said : join(homedir(), ".config");
}

/** Runs systemctl where systemd runs; says what to do where it does not, or where it fails. */
export async function systemctl(args: readonly string[]): Promise<boolean> {
  const { existsSync } = await import("node:fs");
  if (!existsSync("/run/systemd/system")) return false;
  const { spawnSync } = await import("node:child_process");
  const { status, stderr } = spawnSync("systemctl", args, { encoding: "utf8" });
  if (status === 0) return true;
  throw new RtlError("RTL_NOT_RUNNING", `systemctl ${args.join(" ")}: ${stderr.trim()}`, {
    fix: "look at what it says with: journalctl -xe",
  });
}
