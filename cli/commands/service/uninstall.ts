/** `rtl service uninstall`: stops the systemd units of this machine and removes them. */
import { Flags } from "@oclif/core";
import { flowing } from "../../command.ts";
import { ServiceCommand, systemctl } from "../../service-command.ts";

export default class ServiceUninstall extends ServiceCommand {
  static override summary = "stop the systemd units of this machine, and remove them";
  static override description = flowing(`
Stops and disables the units, and removes them with their drop-ins. Settings in /etc/rtl and data in
/var/lib/rtl stay.
`);
  static override examples = ["sudo <%= config.bin %> service uninstall"];
  static override flags = {
    root: Flags.string({ description: "remove below this folder", default: "/", helpValue: "DIR" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServiceUninstall);
    const { plannedFiles, removeFiles, unitNames } = await import("../../../src/local/units.ts");
    const plan = await this.plan(flags);
    const isOwn = flags.root === "/";
    const of = flags.user ? ["--user"] : [];
    if (isOwn) await systemctl([...of, "disable", "--now", ...unitNames(plan)]).catch(() => false);
    const removed = removeFiles(plannedFiles(plan), flags.root);
    if (isOwn) await systemctl([...of, "daemon-reload"]);
    if (flags.json) this.dataJson({ files: removed });
    else for (const path of removed) this.data(path);
    if (removed.length === 0) this.note("no units of rtl were there");
  }
}
