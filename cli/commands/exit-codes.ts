/** `rtl exit-codes`: the table of exit codes. */
import { RtlCommand } from "../command.ts";
import { exitCodes, exitCodesText } from "../render/exit-codes.ts";

export default class ExitCodes extends RtlCommand {
  static override summary = "print what the exit codes mean";
  static override examples = ["<%= config.bin %> exit-codes"];

  async run(): Promise<void> {
    const { flags } = await this.parse(ExitCodes);
    if (flags.json) this.dataJson(exitCodes());
    else this.data(exitCodesText());
  }
}
