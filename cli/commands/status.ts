/** `rtl status`: which services of this machine run; the exit code is as LSB has it. */
import { flowing, RtlCommand } from "../command.ts";
import { publicUrl, servicesTable } from "../render/local.ts";

export default class Status extends RtlCommand {
  static override summary = "list the services on this machine";
  static override description = flowing(`
The exit code is 0 when all run, 1 when some do not, 3 when none does, and 4 when it cannot be told.
`);
  static override examples = ["<%= config.bin %> status", "<%= config.bin %> status --json"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { statusLocal } = await import("../../src/local/local.ts");
    const { exitCode, ...status } = await statusLocal();
    process.exitCode = exitCode;
    if (flags.json) {
      this.dataJson(status);
      return;
    }
    if (flags.quiet) return;
    if (status.services.length > 0) this.data(servicesTable(status.services, Date.now()));
    if (status.natsUrl !== undefined) this.note(`the bus is at ${publicUrl(status.natsUrl)}`);
    for (const problem of status.problems) this.note(problem);
    this.note(
      exitCode === 3 ? "rtl is not running; start it: rtl start" : `rtl is ${status.state}`,
    );
  }
}
