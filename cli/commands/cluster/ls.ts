/** `rtl cluster ls`: who is a member, and who was. */
import { Flags } from "@oclif/core";
import { clusterDirFlag } from "../../cluster-folder.ts";
import { RtlCommand } from "../../command.ts";
import { textTable } from "../../render/text-table.ts";

export default class ClusterLs extends RtlCommand {
  static override summary = "list the members of the cluster";
  static override examples = [
    "sudo <%= config.bin %> cluster ls",
    "<%= config.bin %> cluster ls --all --json",
  ];
  static override flags = {
    ...clusterDirFlag,
    all: Flags.boolean({ description: "those that were revoked, too" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ClusterLs);
    const { ClusterFolder } = await import("../../../src/cluster/cluster-folder.ts");
    const { members } = ClusterFolder.open(flags.dir);
    const shown = members.filter(({ revokedAt }) => flags.all || revokedAt === undefined);
    if (flags.json) this.dataJson(shown);
    else if (shown.length === 0)
      this.note("nobody yet; invite one: rtl cluster invite NAME --role tasknode");
    else {
      const rows = shown.map(({ name, role, invitedAt, revokedAt }) => [
        name,
        role,
        invitedAt,
        revokedAt ?? "-",
      ]);
      this.data(textTable(["NAME", "ROLE", "INVITED", "REVOKED"], rows));
    }
  }
}
