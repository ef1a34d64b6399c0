/** `rtl job retry`: hands jobs in again. */
import { Args, Flags } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { flowing } from "../../command.ts";
import { timeoutFlag } from "../../flags.ts";
import { readTable } from "../../input.ts";
import { SubmitCommand } from "../../submit-command.ts";

export default class JobRetry extends SubmitCommand {
  static override summary = "hand a job in again, and print its new id";
  static override description = flowing(`
The same document and input, as a new job: the old one keeps its id and its record. What stages of the old
one had made is gone with it, so that all of them run. A large input that is no longer kept has to be given
again with --input.
`);
  static override examples = [
    "<%= config.bin %> job retry 0b7e --wait",
    "<%= config.bin %> job retry --all-failed",
  ];
  static override args = {
    id: Args.string({ description: "the job's id" }),
  };
  static override flags = {
    input: Flags.string({
      char: "i",
      description: "another input table: JSON or Arrow; - for stdin",
      helpValue: "FILE",
      exclusive: ["all-failed"],
    }),
    id: Flags.string({
      description: "the new job's id; default: ID-retry-1, or the next free one",
      exclusive: ["all-failed"],
    }),
    "all-failed": Flags.boolean({ description: "every job that failed", exclusive: ["wait"] }),
    wait: Flags.boolean({ description: "stay until the job settles" }),
    ...timeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobRetry);
    if ((args.id === undefined) === !flags["all-failed"]) {
      throw new RtlError("RTL_USAGE_INVALID", "say either the id of a job or --all-failed", {
        fix: "list the jobs with: rtl job ls --state failed",
      });
    }
    if (args.id === undefined) return this.#all(flags);
    const job = args.id;
    const input = flags.input === undefined ? undefined : await readTable(flags.input);
    const submit = async () => {
      const client = await this.client(flags);
      return client.retry(job, {
        ...(flags.id && { id: flags.id }),
        ...(input !== undefined && { input }),
      });
    };
    if (flags.wait) await this.submitAndWait(submit, flags);
    else this.announce(await submit(), flags.json);
  }

  async #all(flags: Parameters<JobRetry["client"]>[0] & { readonly json: boolean }): Promise<void> {
    const client = await this.client(flags);
    const failed = await client.jobs({ state: "failed", limit: 1_000 });
    // The oldest first, as they had been handed in.
    for (const { id } of failed.reverse()) {
      try {
        this.announce(await client.retry(id), flags.json);
      } catch (error) {
        await this.fail(error);
      }
    }
    if (failed.length === 0) this.note("no job has failed");
  }
}
