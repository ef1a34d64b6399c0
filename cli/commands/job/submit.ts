/** `rtl job submit`: hands in a job and prints its id, alone. */
import { Args, Flags } from "@oclif/core";
import { flowing } from "../../command.ts";
import { changeFlags, inputFlag, timeoutFlag } from "../../flags.ts";
import { countText } from "../../render/units.ts";
import { SubmitCommand } from "../../submit-command.ts";

export default class JobSubmit extends SubmitCommand {
  static override summary = "hand in a job and print its id";
  static override description = flowing(`
The job runs on its own; the id is all that is printed.
With --wait the command ends with the job, and with its exit code. A submit that is repeated with the
same --id and the same document is the same job; with another document it is refused.
`);
  static override examples = [
    "<%= config.bin %> job submit job.yaml",
    "$ id=$(<%= config.bin %> job submit job.yaml) && <%= config.bin %> job watch $id",
    "<%= config.bin %> job submit job.yaml --id nightly-2026-01-31 --wait",
    "<%= config.bin %> job submit job.yaml --set keep.filter.gt=5 --label site=roof",
  ];
  static override args = {
    file: Args.string({ description: "the job document; - for standard input", required: true }),
  };
  static override flags = {
    ...inputFlag,
    ...changeFlags,
    id: Flags.string({ description: "the job's id; the same id is the same job" }),
    wait: Flags.boolean({ description: "stay until the job settles" }),
    ...timeoutFlag,
    "dry-run": Flags.boolean({ description: "check the document and send nothing" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobSubmit);
    const job = await this.readJob(args.file, flags);
    if (flags["dry-run"]) {
      const stages = countText(job.spec.stages.length, "stage");
      if (flags.json)
        this.dataJson({ valid: true, file: job.file, stages: job.spec.stages.length });
      else this.note(`${job.file} is valid: ${stages}; nothing was sent`);
      return;
    }
    if (flags.wait) await this.submitAndWait(() => this.submit(job), flags);
    else this.announce(await this.submit(job), flags.json);
  }
}
