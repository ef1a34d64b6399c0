/** `rtl run`: hands in a job, stays with it, and writes its result. */
import { Args, Flags } from "@oclif/core";
import { type Attended, attend } from "../attend.ts";
import { BusCommand } from "../bus-command.ts";
import { flowing } from "../command.ts";
import { inputFlag, outputFlags, timeoutFlag } from "../flags.ts";
import { type Output, planOutput } from "../output.ts";
import type { Profiling } from "../profiling.ts";
import { createProgress } from "../progress.ts";
import { eventJson } from "../render/event.ts";

export default class Run extends BusCommand {
  static override summary = "run a job and print its result";
  static override description = flowing(`
The job's progress goes to the standard error, its result to the standard output.
Ctrl-C cancels the job, a second one kills it, a third one leaves it alone. The exit code is the
job's: see rtl help exit-codes. With --json the standard output is one event a line; the last line is
job.done and holds the result, unless --out names a file for it.
`);
  static override examples = [
    "<%= config.bin %> run examples/demo.yaml",
    "<%= config.bin %> run job.yaml --input table.json --out result.csv",
    "<%= config.bin %> run job.yaml --profile trace.json",
    "$ cat job.yaml | <%= config.bin %> run - --format json",
  ];
  static override args = {
    file: Args.string({ description: "the job document; - for standard input", required: true }),
  };
  static override flags = {
    ...inputFlag,
    ...outputFlags,
    ...timeoutFlag,
    "cancel-on-timeout": Flags.boolean({
      description: "cancel the job when the time is over",
      dependsOn: ["timeout"],
    }),
    id: Flags.string({ description: "the job's id; the same id is the same job" }),
    profile: Flags.string({
      description:
        "say where the time went, and write a trace; default where PROFILE is set: rtl-trace.json",
      helpValue: "FILE",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Run);
    const output = planOutput(flags);
    const job = await this.readJob(args.file, flags);
    const progress = createProgress(flags);
    const profiling = await this.#profiling(flags.profile);
    const submit = () => this.submit(job, profiling?.heard);
    const stay = () =>
      attend(() => profiling?.waited("submit", submit) ?? submit(), {
        progress,
        interrupt: "cancel",
        timeoutMs: flags.timeout,
        cancelOnTimeout: flags["cancel-on-timeout"],
        onEvent: (event) => {
          if (flags.json && event.type !== "job.done") this.dataJsonLine(eventJson(event));
        },
      });
    const attended = await (profiling?.waited("follow", stay) ?? stay());
    const finish = () => this.#finish(attended, output, flags.json);
    await (profiling?.waited("result", finish) ?? finish());
    if (profiling !== undefined) process.stderr.write(`${await profiling.finish()}\n`);
  }

  async #profiling(file: string | undefined): Promise<Profiling | undefined> {
    const { loadConfig } = await import("../../src/host/config.ts");
    const wanted = file ?? (loadConfig().profile ? "rtl-trace.json" : undefined);
    if (wanted === undefined) return undefined;
    const { Profiling } = await import("../profiling.ts");
    return new Profiling(wanted);
  }

  async #finish({ handle, done, exit }: Attended, output: Output, json: boolean): Promise<void> {
    if (done === undefined) return;
    const table = done.state === "completed" ? await handle.result() : undefined;
    if (json) {
      const inLine = table !== undefined && output.file === undefined;
      const { tableToJson } = await import("../../src/table/json.ts");
      this.dataJsonLine(eventJson(done, inLine ? tableToJson(table) : undefined));
    }
    if (table !== undefined && !(json && output.file === undefined)) await output.write(table);
    await this.endWith(done, exit);
  }
}
