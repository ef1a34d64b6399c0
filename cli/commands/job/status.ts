/** `rtl job status`: what is known of one job. */
import { Args, Flags } from "@oclif/core";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { jobExit, jobJson, jobText } from "../../render/jobs.ts";

export default class JobStatus extends BusCommand {
  static override summary = "print what is known of a job";
  static override description = flowing(`
The exit code is 0 whatever the job's state. With --exit-code it is the job's outcome, and 75
while the job is not over.
`);
  static override examples = [
    "<%= config.bin %> job status 0b7e",
    "<%= config.bin %> job status 0b7e --exit-code --quiet",
  ];
  static override args = { id: Args.string({ description: "the job's id", required: true }) };
  static override flags = {
    "exit-code": Flags.boolean({ description: "end with the job's exit code" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobStatus);
    const client = await this.client(flags);
    const summary = await client.job(args.id).status();
    if (flags.json) this.dataJson(jobJson(summary));
    else if (!flags.quiet) this.data(jobText(summary, this.now()));
    if (flags["exit-code"]) process.exitCode = jobExit(summary);
  }
}
