/** `rtl cluster join`: makes this machine, or this user, a member. */
import { Args, Flags } from "@oclif/core";
import { settingsFolder } from "../../cluster-folder.ts";
import { flowing, RtlCommand } from "../../command.ts";
import { nodesFlag } from "../../service-command.ts";

export default class ClusterJoin extends RtlCommand {
  static override summary = "join a cluster with an invitation";
  static override description = flowing(`
Writes the credentials of the member and the addresses of the servers into /etc/rtl, or into ~/.config/rtl
for who is not root. A relay or a tasknode is then installed as a service of this machine and started.

The word is a secret: given as an argument, other users of this machine can see it for a moment; "-" reads it
from the standard input.
`);
  static override examples = [
    "sudo <%= config.bin %> cluster join rtl1.…",
    "sudo <%= config.bin %> cluster join - < pi-1.invitation",
    "<%= config.bin %> cluster join ann.invitation",
  ];
  static override args = {
    invitation: Args.string({
      description: "the word, a file that holds it, or -",
      required: true,
    }),
  };
  static override flags = {
    dir: Flags.string({
      description: "folder for the credentials; default: /etc/rtl or ~/.config/rtl",
      helpValue: "DIR",
    }),
    nodes: nodesFlag,
    root: Flags.string({
      description: "write units below this folder",
      default: "/",
      helpValue: "DIR",
    }),
    start: Flags.boolean({ description: "enable and start them", default: true, allowNo: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClusterJoin);
    const { join } = await import("node:path");
    const { readInvitation } = await import("../../../src/cluster/invitation.ts");
    const { writeMembership } = await import("../../../src/cluster/membership.ts");
    const invitation = readInvitation(await wordFrom(args.invitation));
    const { name, role, servers } = invitation;
    const isService = role === "relay" || role === "tasknode";
    const settings = flags.dir ?? settingsFolder();
    // A machine may be both a relay and a tasknode, each with secrets of its own.
    const secrets = isService ? join(settings, role) : settings;
    const written = [
      ...writeMembership(join(flags.root, secrets), invitation),
      await this.#writeSettings(join(flags.root, settings), invitation, isService),
    ];
    const units = isService ? await this.#install(role, secrets, flags, written) : [];
    if (flags.json) this.dataJson({ name, role, servers, files: written, units });
    else for (const file of written) this.data(file);
    this.note(`${name} is a ${role} of ${servers.join(", ")}`);
    if (!isService) this.note("see what runs there: rtl node ls");
  }

  /** Writes the units of this role, and starts them where systemd runs; their names. */
  async #install(
    role: "relay" | "tasknode",
    folder: string,
    { nodes, root, start }: { nodes: number; root: string; start: boolean },
    written: string[],
  ): Promise<readonly string[]> {
    const { join } = await import("node:path");
    const { planUnits, startUnits } = await import("../../service-command.ts");
    const { plannedFiles, unitNames, writeFiles } = await import("../../../src/local/units.ts");
    const { membershipFiles } = await import("../../../src/cluster/membership.ts");
    const files = membershipFiles.map((name) => [name, join(folder, name)] as const);
    const credentials = Object.fromEntries(files);
    const plan = await planUnits({ roles: [role], nodes, credentials });
    written.push(...writeFiles(plannedFiles(plan), root));
    const units = unitNames(plan);
    if (start && root === "/" && !(await startUnits(units))) {
      this.note("systemd does not run here: the units start with the next boot that it runs in");
    }
    return units;
  }

  /** Services get their secrets from systemd; a user's commands read where they are. */
  async #writeSettings(
    folder: string,
    invitation: Parameters<typeof import("../../../src/cluster/membership.ts").withServers>[1],
    isService: boolean,
  ): Promise<string> {
    const { writeFileSync } = await import("node:fs");
    const { join } = await import("node:path");
    const membership = await import("../../../src/cluster/membership.ts");
    const { settingsExample } = await import("../../../src/local/units.ts");
    const file = join(folder, "rtl.env");
    const before = membership.readSettings(file) || (isService ? settingsExample() : "");
    const text = isService
      ? membership.withServers(before, invitation)
      : `${membership.environmentLines(folder, invitation).join("\n")}\n`;
    writeFileSync(file, text, { mode: 0o644 });
    return file;
  }
}

async function wordFrom(given: string): Promise<string> {
  const { existsSync, readFileSync } = await import("node:fs");
  if (given === "-") return readFileSync(0, "utf8");
  return given.length < 200 && existsSync(given) ? readFileSync(given, "utf8") : given;
}
