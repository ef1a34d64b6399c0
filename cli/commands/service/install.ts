/** `rtl service install`: writes the systemd units of this machine and starts them. */
import { Flags } from "@oclif/core";
import { flowing } from "../../command.ts";
import { ServiceCommand, startUnits } from "../../service-command.ts";

export default class ServiceInstall extends ServiceCommand {
  static override summary = "write the systemd units of this machine, and start them";
  static override description = flowing(`
Writes rtl.target and a unit for each role into /etc/systemd/system, with the absolute places of this
installation, and their settings into /etc/rtl, where there are none yet. Then they are enabled and
started; installed again, they are renewed and started anew. With --user they are units of the user, in
~/.config, which run while that user is logged in, or always after: loginctl enable-linger.
`);
  static override examples = [
    "sudo <%= config.bin %> service install",
    "sudo <%= config.bin %> service install --role tasknode --nodes 2 --creds /etc/rtl/nats.creds",
    "sudo <%= config.bin %> service install --role nats --cluster /etc/rtl/cluster",
    "<%= config.bin %> service install --user",
    "<%= config.bin %> service install --root /tmp/tree --no-start",
  ];
  static override flags = {
    root: Flags.string({ description: "write below this folder", default: "/", helpValue: "DIR" }),
    start: Flags.boolean({ description: "enable and start them", default: true, allowNo: true }),
    "dry-run": Flags.boolean({ description: "say what would be written, and write nothing" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServiceInstall);
    const { plannedFiles, unitNames, writeFiles } = await import("../../../src/local/units.ts");
    const plan = await this.plan(flags);
    const files = plannedFiles(plan);
    const units = unitNames(plan);
    if (flags["dry-run"]) {
      this.#tell(
        flags.json,
        files.map(({ path }) => path),
        units,
      );
      return;
    }
    const written = writeFiles(files, flags.root);
    this.#tell(flags.json, written, units);
    if (!flags.start || flags.root !== "/") return;
    const systemctl = flags.user ? "systemctl --user" : "systemctl";
    if (await startUnits(units, flags.user))
      this.note(`look at them with: ${systemctl} status 'rtl*'`);
    else this.note("systemd does not run here: the units start with the next boot that it runs in");
  }

  #tell(json: boolean, paths: readonly string[], units: readonly string[]): void {
    if (json) this.dataJson({ files: paths, units });
    else for (const path of paths) this.data(path);
  }
}
