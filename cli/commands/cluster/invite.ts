/** `rtl cluster invite`: makes a member, and prints what it joins with. */
import { Args, Flags } from "@oclif/core";
import { checkedName, clusterDirFlag, daysFlag } from "../../cluster-folder.ts";
import { flowing, RtlCommand } from "../../command.ts";

export default class ClusterInvite extends RtlCommand {
  static override summary = "make a member of the cluster, and print the word with which it joins";
  static override description = flowing(`
The word holds the member's secrets and is printed once: whoever has it is the member, until it is revoked.
Nothing has to be told to the servers, and none has to run.

relay and tasknode are for services. A dispatcher may submit and watch jobs, and cancel its own; a viewer may
look; an admin may do all that a client can.
`);
  static override examples = [
    "sudo <%= config.bin %> cluster invite pi-1 --role tasknode",
    "<%= config.bin %> cluster invite ann --role dispatcher --out ann.invitation",
    "<%= config.bin %> cluster invite pi-2 --role tasknode | ssh pi-2 sudo rtl cluster join -",
  ];
  static override args = {
    name: Args.string({ description: "name of the member", required: true }),
  };
  static override flags = {
    ...clusterDirFlag,
    role: Flags.option({
      description: "what it may do",
      options: ["relay", "tasknode", "dispatcher", "viewer", "admin"] as const,
      required: true,
    })(),
    server: Flags.string({
      description: "address at which it reaches the cluster; default: those of the cluster",
      multiple: true,
      helpValue: "URL",
    }),
    out: Flags.string({
      description: "write the word to a file that only you may read",
      helpValue: "FILE",
    }),
    days: daysFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ClusterInvite);
    const name = await checkedName(args.name);
    const { ClusterFolder } = await import("../../../src/cluster/cluster-folder.ts");
    const { wordOf } = await import("../../../src/cluster/invitation.ts");
    const cluster = ClusterFolder.open(flags.dir);
    const { role, days, out } = flags;
    const invitation = await cluster.invite(name, role, { servers: flags.server ?? [], days });
    const word = wordOf(invitation);
    if (out !== undefined) await writeSecret(out, word);
    if (flags.json)
      this.dataJson({
        name,
        role,
        servers: invitation.servers,
        ...(out ? { file: out } : { word }),
      });
    else this.data(out ?? word);
    this.note(`${name} joins with: rtl cluster join ${out === undefined ? "WORD" : "FILE"}`);
  }
}

async function writeSecret(file: string, word: string): Promise<void> {
  const { writeFileSync } = await import("node:fs");
  const { RtlError } = await import("../../../src/protocol/errors.ts");
  try {
    writeFileSync(file, `${word}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "it is there already" : message;
    throw new RtlError("RTL_OUTPUT_REFUSED", `${file} cannot be written: ${why}`, {
      cause,
      fix: "revoke the member, and invite it again with another --out",
    });
  }
}
