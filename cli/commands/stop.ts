/** `rtl stop`: ends the services of this machine. */
import { RtlCommand } from "../command.ts";

export default class Stop extends RtlCommand {
  static override summary = "stop the services on this machine";
  static override description = "Running work is finished first. Nothing is left behind.";
  static override examples = ["<%= config.bin %> stop"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Stop);
    const { stopLocal } = await import("../../src/local/local.ts");
    const stopped = await stopLocal();
    if (flags.json) this.dataJson({ stopped });
    else this.note(stopped ? "rtl has been stopped" : "rtl was not running");
  }
}
