/** `rtl cluster revoke`: cuts a member off. */
import { Args, Flags } from "@oclif/core";
import { clusterDirFlag } from "../../cluster-folder.ts";
import { RtlCommand } from "../../command.ts";

export default class ClusterRevoke extends RtlCommand {
  static override summary = "cut a member off: its credentials are void at once";
  static override examples = ["sudo <%= config.bin %> cluster revoke pi-1"];
  static override args = {
    name: Args.string({ description: "name of the member", required: true }),
  };
  static override flags = {
    ...clusterDirFlag,
    server: Flags.string({
      description: "a server to tell; default: those of the cluster",
      multiple: true,
      helpValue: "URL",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClusterRevoke);
    const { ClusterFolder } = await import("../../../src/cluster/cluster-folder.ts");
    const cluster = ClusterFolder.open(flags.dir);
    const known = cluster.members.findLast(({ name }) => name === args.name);
    // Said again, it is told again: the server may not have run the first time.
    if (known?.revokedAt === undefined) cluster.revoke(args.name);
    await cluster.tell(flags.server ?? cluster.servers);
    if (flags.json) this.dataJson({ name: args.name, revoked: true });
    else this.data(args.name);
    this.note("it is cut off, and cannot come back");
  }
}
