/** `rtl job result`: waits for a job and writes its result. */
import { Args, Flags } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { hint } from "../../attend.ts";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { outputFlags, timeoutFlag } from "../../flags.ts";
import { INTERRUPTED, onInterrupt } from "../../interrupt.ts";
import { planOutput } from "../../output.ts";

const waiting = ["queued", "running", "cancelling"];

export default class JobResult extends BusCommand {
  static override summary = "print the result of a job";
  static override description = flowing(`
Waits for the job if it is not over. A job that failed or was cancelled has no result: the
exit code is then the job's.
`);
  static override examples = [
    "<%= config.bin %> job result 0b7e",
    "<%= config.bin %> job result 0b7e --out result.arrow",
  ];
  static override args = { id: Args.string({ description: "the job's id", required: true }) };
  static override flags = {
    ...outputFlags,
    ...timeoutFlag,
    "no-wait": Flags.boolean({
      description: "fail if the job is not over",
      exclusive: ["timeout"],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobResult);
    const output = planOutput(flags);
    const client = await this.client(flags);
    const handle = client.job(args.id);
    if (flags["no-wait"]) {
      const { state } = await handle.status();
      if (waiting.includes(state)) {
        const message = `job ${args.id} has no result yet: it is ${state}`;
        throw new RtlError("RTL_WAIT_TIMEOUT", message, { fix: "leave out --no-wait" });
      }
    }
    const stop = onInterrupt([
      () => {
        this.note(hint(args.id, 0));
        process.exit(INTERRUPTED);
      },
    ]);
    const { timeout } = flags;
    const table = await handle.result(timeout === undefined ? {} : { timeoutMs: timeout });
    stop();
    await output.write(table);
  }
}
