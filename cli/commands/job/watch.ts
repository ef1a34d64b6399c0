/** `rtl job watch`: follows jobs, from their beginning or from where an earlier watch stopped. */
import { Args, Flags } from "@oclif/core";
import { attend } from "../../attend.ts";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { timeoutFlag } from "../../flags.ts";
import { createProgress } from "../../progress.ts";
import { eventJson } from "../../render/event.ts";

export default class JobWatch extends BusCommand {
  static override summary = "follow jobs until they settle";
  static override description = flowing(`
Starts at the job's first event, whenever it is called; --after goes on where an earlier
watch stopped. Ctrl-C leaves the job running. The exit code is the job's, of several the worst.
With --json the standard output is one event a line; the last line of a job is job.done.
`);
  static override examples = [
    "<%= config.bin %> job watch 0b7e",
    "<%= config.bin %> job watch 0b7e --after 812 --json",
  ];
  static override strict = false;
  static override args = {
    id: Args.string({ description: "the job's id; several may follow", required: true }),
  };
  static override flags = {
    after: Flags.integer({ description: "only events after this number", min: 0 }),
    until: Flags.option({
      description: "leave when the job has started, or when it is done",
      options: ["started", "done"] as const,
      default: "done" as const,
    })(),
    ...timeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(JobWatch);
    const ids = [...new Set(argv.map(String))];
    const client = await this.client(flags);
    const watches = ids.map(async (id) => {
      const { done, exit } = await attend(async () => client.job(id), {
        progress: createProgress({ ...flags, ...(ids.length > 1 && { prefix: `${id}: ` }) }),
        interrupt: "detach",
        timeoutMs: flags.timeout,
        after: flags.after,
        until: flags.until,
        onEvent: (event) => {
          if (flags.json) this.dataJsonLine(eventJson(event));
        },
      });
      if (done) await this.endWith(done, exit);
    });
    // One job that cannot be watched does not end the watch over the others.
    for (const watch of await Promise.allSettled(watches)) {
      if (watch.status === "rejected") await this.fail(watch.reason);
    }
  }
}
