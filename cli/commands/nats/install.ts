/** `rtl nats install`: fetches nats-server for a machine that has no package of it. */
import { Flags } from "@oclif/core";
import { flowing, RtlCommand } from "../../command.ts";

export default class NatsInstall extends RtlCommand {
  static override summary = "fetch nats-server, for a machine that has no package of it";
  static override description = flowing(`
Fetches the release for this system and processor, checks it against the list of checksums of that release, or
against --sha256, and puts it into ~/.local/share/rtl/bin, where rtl looks for it. Where the system has a
package, prefer that: apt-get install nats-server.
`);
  static override examples = [
    "<%= config.bin %> nats install",
    "<%= config.bin %> nats install --from https://mirror.example/nats --version 2.10.27",
  ];
  static override flags = {
    version: Flags.string({
      description: "version of nats-server; default: one that rtl is known to work with",
    }),
    from: Flags.string({
      description:
        "where the releases lie, each in a folder v<version>; default: the makers' releases",
      helpValue: "URL",
    }),
    sha256: Flags.string({ description: "checksum that the archive must have", helpValue: "HEX" }),
    dir: Flags.string({ description: "folder for the program", helpValue: "DIR" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(NatsInstall);
    const { installNats, natsFolder, natsReleases, natsVersion } = await import(
      "../../../src/host/install-nats.ts"
    );
    const version = flags.version?.replace(/^v/, "") ?? natsVersion;
    this.note(`fetching nats-server ${version}…`);
    const program = await installNats({
      version,
      base: flags.from ?? natsReleases,
      folder: flags.dir ?? natsFolder(process.env),
      sha256: flags.sha256,
    });
    if (flags.json) this.dataJson({ program, version });
    else this.data(program);
    this.note("it is used from now on: rtl start");
  }
}
