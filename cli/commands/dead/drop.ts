/** `rtl dead drop`: forgets work that nobody could do. */
import { Args, Flags } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { BusCommand } from "../../bus-command.ts";

export default class DeadDrop extends BusCommand {
  static override summary = "forget work that nobody could do";
  static override examples = [
    "<%= config.bin %> dead drop 0b7e",
    "<%= config.bin %> dead drop --all",
  ];
  static override strict = false;
  static override args = { job: Args.string({ description: "the job's id; several may follow" }) };
  static override flags = { all: Flags.boolean({ description: "all there is" }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DeadDrop);
    // A flag that is not given is absent, whatever its type says.
    const all = flags.all === true;
    if (all === argv.length > 0) {
      const message = all ? "--all leaves no job to name" : "no job is named";
      throw new RtlError("RTL_USAGE_INVALID", message, { fix: "name jobs, or say --all" });
    }
    const client = await this.client(flags);
    const jobs = all ? (await client.deadLetters()).map(({ job }) => job) : argv.map(String);
    for (const job of new Set(jobs)) {
      try {
        await client.dropDead(job);
        if (flags.json) this.dataJsonLine({ job, dropped: true });
        else this.data(job);
      } catch (error) {
        await this.fail(error);
      }
    }
  }
}
