/** `rtl cluster init`: sets up a cluster whose members are known. */
import { hostname } from "node:os";
import { Flags } from "@oclif/core";
import { clusterDirFlag, daysFlag } from "../../cluster-folder.ts";
import { flowing, RtlCommand } from "../../command.ts";

export default class ClusterInit extends RtlCommand {
  static override summary = "set up a cluster that knows its members, with encryption";
  static override description = flowing(`
Makes a small certificate authority, a certificate for this machine's NATS server, the keys that vouch for
members, and the server's configuration, all in one folder that only its owner may read. Nothing is started.

Whoever can read the folder can make members: keep a copy of it in a safe place, and nowhere else.
`);
  static override examples = [
    "sudo <%= config.bin %> cluster init --host hub.local --host 10.0.0.1",
    "<%= config.bin %> cluster init --dir ./cluster --host 127.0.0.1 --port 4333",
  ];
  static override flags = {
    ...clusterDirFlag,
    name: Flags.string({ description: "name of the cluster", default: "rtl" }),
    host: Flags.string({
      description: "name or address under which members reach this machine; may be repeated",
      multiple: true,
      helpValue: "HOST",
    }),
    port: Flags.integer({
      description: "port of the NATS server",
      default: 4_222,
      min: 1,
      max: 65_535,
    }),
    days: daysFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ClusterInit);
    const { resolve } = await import("node:path");
    const { readFileSync } = await import("node:fs");
    const { ownNatsConf } = await import("../../../src/host/nats-server.ts");
    const { ClusterFolder } = await import("../../../src/cluster/cluster-folder.ts");
    const { checkedName } = await import("../../cluster-folder.ts");
    const folder = resolve(flags.dir);
    const cluster = await ClusterFolder.create(folder, {
      name: await checkedName(flags.name),
      hosts: flags.host ?? [hostname()],
      port: flags.port,
      days: flags.days,
      baseConf: readFileSync(ownNatsConf, "utf8"),
    });
    if (flags.json) {
      this.dataJson({ name: cluster.name, folder, servers: cluster.servers });
      return;
    }
    this.data(folder);
    this.note(`members will reach it at ${cluster.servers.join(", ")}; next, on this machine:`);
    this.note(`  sudo rtl service install --role nats --cluster ${folder}`);
    this.note("  sudo rtl cluster invite hub-relay --role relay | sudo rtl cluster join -");
    this.note("and for each Pi, whose name comes first:");
    this.note("  sudo rtl cluster invite pi-1 --role tasknode");
  }
}
