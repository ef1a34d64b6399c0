/** `rtl service print`: the systemd units of this machine, as text. */
import { flowing } from "../../command.ts";
import { ServiceCommand } from "../../service-command.ts";

export default class ServicePrint extends ServiceCommand {
  static override summary = "print the systemd units of this machine";
  static override description = flowing(`
Units with the absolute places of this installation, one after the other; each begins with its path. Nothing
is written.
`);
  static override examples = ["<%= config.bin %> service print --role tasknode"];

  async run(): Promise<void> {
    const { flags } = await this.parse(ServicePrint);
    const { plannedFiles } = await import("../../../src/local/units.ts");
    const files = plannedFiles(await this.plan(flags)).filter(({ isSetting }) => !isSetting);
    if (flags.json) this.dataJson(files.map(({ path, text }) => ({ path, text })));
    else
      this.data(
        files
          .map(({ path, text }) => `# ${path}\n${text}`)
          .join("\n")
          .trimEnd(),
      );
  }
}
