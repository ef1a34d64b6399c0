/** `rtl dead retry`: hands a job in again that failed for work that nobody could do. */
import { Args, Flags } from "@oclif/core";
import { flowing } from "../../command.ts";
import { timeoutFlag } from "../../flags.ts";
import { readTable } from "../../input.ts";
import { SubmitCommand } from "../../submit-command.ts";

export default class DeadRetry extends SubmitCommand {
  static override summary = "hand a job that died in again, and print its new id";
  static override description = flowing(`
The same document and input, as a new job: the one that failed keeps its id, its record and its letter, so
that what is known of its death is not lost when the new one dies as well. With --drop the letter is gone
once the new job is accepted, as other job queues do it.
With --wait the command ends with the job, and with its exit code.
`);
  static override examples = [
    "<%= config.bin %> dead retry 0b7e --wait",
    "<%= config.bin %> dead retry 0b7e --id nightly-2026-01-31-again --drop",
  ];
  static override args = { job: Args.string({ description: "the job's id", required: true }) };
  static override flags = {
    input: Flags.string({
      char: "i",
      description: "another input table, where the job's is gone: JSON or Arrow; - for stdin",
      helpValue: "FILE",
    }),
    id: Flags.string({
      description: "the new job's id; default: JOB-retry-1, or the next free one",
    }),
    drop: Flags.boolean({ description: "forget what is kept of the old job" }),
    wait: Flags.boolean({ description: "stay until the job settles" }),
    ...timeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DeadRetry);
    const { id, drop } = flags;
    const input = flags.input === undefined ? undefined : await readTable(flags.input);
    const submit = async () => {
      const client = await this.client(flags);
      const given = { drop, ...(id && { id }), ...(input !== undefined && { input }) };
      return client.retryDead(args.job, given);
    };
    if (flags.wait) await this.submitAndWait(submit, flags);
    else this.announce(await submit(), flags.json);
  }
}
