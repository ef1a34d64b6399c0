/** `rtl job logs`: what the tasks of a job said. */
import { Args, Flags } from "@oclif/core";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { duration } from "../../flags.ts";
import { INTERRUPTED, onInterrupt } from "../../interrupt.ts";
import { type LogLine, logLines } from "../../render/logs.ts";

export default class JobLogs extends BusCommand {
  static override summary = "print what the tasks of a job said";
  static override description = flowing(`
Tasks speak chunk by chunk, and their words are put together when their stage is complete. Without --follow
the command prints what is there and ends; with it, it stays until the job settles.
`);
  static override examples = [
    "<%= config.bin %> job logs 0b7e",
    "<%= config.bin %> job logs 0b7e -f --stage keep --timestamps",
  ];
  static override args = { id: Args.string({ description: "the job's id", required: true }) };
  static override flags = {
    follow: Flags.boolean({ char: "f", description: "stay until the job settles" }),
    tail: Flags.integer({ description: "only the last lines", min: 0, exclusive: ["follow"] }),
    since: duration({ description: "only what was said within this time" }),
    stage: Flags.string({ description: "only this stage; may be repeated", multiple: true }),
    task: Flags.string({ description: "only this task; may be repeated", multiple: true }),
    timestamps: Flags.boolean({ description: "begin each line with the time" }),
    prefix: Flags.boolean({ description: "begin each line with its stage and task" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobLogs);
    const client = await this.client(flags);
    const job = client.job(args.id);
    const { settledAt, state } = await job.status();
    const after = flags.since === undefined ? 0 : Date.now() - flags.since;
    const isMeant = ({ time, stage, task }: LogLine) =>
      Date.parse(time) >= after &&
      (flags.stage?.includes(stage) ?? true) &&
      (flags.task?.includes(task) ?? true);
    const say = (line: LogLine) => {
      if (flags.json) this.dataJsonLine({ job: args.id, ...line });
      else this.data(textOf(line, flags));
    };
    if (settledAt !== undefined || !flags.follow) {
      const reports = await client.reports(args.id);
      const lines = reports.flatMap(({ time, report }) => logLines(report, time)).filter(isMeant);
      const first = flags.tail === undefined ? 0 : Math.max(0, lines.length - flags.tail);
      for (const line of lines.slice(first)) say(line);
      if (settledAt === undefined) this.note(`job ${args.id} is ${state}; stay with it: --follow`);
      return;
    }
    const stop = onInterrupt([() => process.exit(INTERRUPTED)]);
    for await (const event of job.watch()) {
      if (event.type !== "stage.completed") continue;
      for (const line of logLines(event.report, event.time).filter(isMeant)) say(line);
    }
    stop();
  }
}

function textOf(
  { time, stage, task, line }: LogLine,
  { timestamps, prefix }: { readonly timestamps: boolean; readonly prefix: boolean },
): string {
  return `${timestamps ? `${time} ` : ""}${prefix ? `${stage}/${task}: ` : ""}${line}`;
}
