/** `rtl dead ls`: the jobs that failed for work that nobody could do, newest first. */
import { Flags } from "@oclif/core";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { deadLineJson, deadTable } from "../../render/dead.ts";

export default class DeadLs extends BusCommand {
  static override summary = "list the work that nobody could do, newest first";
  static override description = flowing(`
A job fails for such work when it has ended its workers on two different nodes ("poison"), or when it was
lost, or failed for the system's reasons, until it had no attempt left ("exhausted"). It is kept for 30
days, or until it is dropped.
`);
  static override examples = [
    "<%= config.bin %> dead ls",
    "<%= config.bin %> dead ls -o name | xargs <%= config.bin %> dead drop",
  ];
  static override flags = {
    output: Flags.option({
      char: "o",
      description: "job ids alone",
      options: ["name"] as const,
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DeadLs);
    const client = await this.client(flags);
    const letters = await client.deadLetters((job) => {
      this.note(`what is kept of job ${job} cannot be read: another version of rtl wrote it`);
    });
    if (flags.json) this.dataJson(letters.map(deadLineJson));
    else if (flags.output === "name") for (const { job } of letters) this.data(job);
    else if (letters.length === 0) this.note("nothing is dead");
    else this.data(deadTable(letters, this.now()));
  }
}
