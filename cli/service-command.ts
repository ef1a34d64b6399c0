/** What the commands of `rtl service` share: which units are meant, and where things are. */
import { Flags } from "@oclif/core";
import type { UnitPlan, UnitRole } from "../src/local/units.ts";
import { RtlError } from "../src/protocol/errors.ts";
import { RtlCommand } from "./command.ts";

const roleNames = ["nats", "relay", "tasknode"] as const satisfies readonly UnitRole[];

export interface ServiceFlags {
  readonly role?: readonly UnitRole[] | undefined;
  readonly nodes: number;
  readonly creds?: string | undefined;
}

export abstract class ServiceCommand extends RtlCommand {
  static override baseFlags = {
    ...RtlCommand.baseFlags,
    role: Flags.option({
      description: "one role of this machine; default: all",
      options: roleNames,
      multiple: true,
    })(),
    nodes: Flags.integer({ description: "number of tasknodes", default: 1, min: 1, max: 1_000 }),
    creds: Flags.string({
      description: "file with credentials for NATS that systemd hands to the services",
      helpValue: "FILE",
    }),
  };

  protected async plan({ role, nodes, creds }: ServiceFlags): Promise<UnitPlan> {
    const roles = role ?? roleNames;
    const { findNatsServer } = await import("../src/host/nats-server.ts");
    const natsServer = findNatsServer().path;
    if (natsServer === undefined && roles.includes("nats")) {
      throw new RtlError("RTL_BUS_UNREACHABLE", "there is no nats-server on this machine", {
        fix: "install it (apt-get install nats-server), or leave it out: --role relay --role tasknode",
      });
    }
    return {
      roles,
      nodes,
      creds,
      node: process.execPath,
      natsServer: natsServer ?? "/usr/sbin/nats-server",
    };
  }
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
