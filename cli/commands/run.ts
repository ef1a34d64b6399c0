/** `rtl run`: hands in a job, stays with it, and writes its result. */
import { Args, Flags, type Interfaces } from "@oclif/core";
import type { Local } from "../../src/local/local.ts";
import { RtlError } from "../../src/protocol/errors.ts";
import { type Attended, attend } from "../attend.ts";
import { BusCommand, type GivenJob } from "../bus-command.ts";
import { flowing } from "../command.ts";
import {
  changeFlags,
  dataRootFlag,
  inputFlag,
  outputFlags,
  tasksFlag,
  timeoutFlag,
} from "../flags.ts";
import { type Output, planOutput } from "../output.ts";
import type { Profiling } from "../profiling.ts";
import { createProgress } from "../progress.ts";
import { eventJson } from "../render/event.ts";

type Given = Interfaces.InferredFlags<typeof Run.flags> &
  Interfaces.InferredFlags<typeof Run.baseFlags>;

export default class Run extends BusCommand {
  static override summary = "run a job and print its result";
  static override description = flowing(`
The job's progress goes to the standard error, its result to the standard output.
Ctrl-C cancels the job, a second one kills it, a third one leaves it alone. The exit code is the
job's: see rtl help exit-codes. With --json the standard output is one event a line; the last line is
job.done and holds the result, unless --out names a file for it.

With --local nothing has to run before: a NATS server, a relay and a tasknode are started for this job alone,
and nothing of them is left. They may touch this folder, or those that --data-root names.
`);
  static override examples = [
    "<%= config.bin %> run examples/demo.yaml",
    "<%= config.bin %> run job.yaml --input table.json --out result.csv",
    "<%= config.bin %> run job.yaml --profile trace.json",
    "<%= config.bin %> run job.yaml --local --tasks ./tasks",
    "$ cat job.yaml | <%= config.bin %> run - --format json",
  ];
  static override args = {
    file: Args.string({ description: "the job document; - for standard input", required: true }),
  };
  static override flags = {
    ...inputFlag,
    ...changeFlags,
    ...outputFlags,
    ...timeoutFlag,
    "cancel-on-timeout": Flags.boolean({
      description: "cancel the job when the time is over",
      dependsOn: ["timeout"],
    }),
    local: Flags.boolean({
      description: "on a system of its own, which is started for this job and ends with it",
      exclusive: ["server", "context"],
    }),
    ...dataRootFlag,
    ...tasksFlag,
    id: Flags.string({ description: "the job's id; the same id is the same job" }),
    profile: Flags.string({
      description:
        "say where the time went, and write a trace; default where PROFILE is set: rtl-trace.json",
      helpValue: "FILE",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Run);
    demandLocal(flags);
    const output = planOutput(flags);
    const job = await this.readJob(args.file, flags);
    const local = flags.local ? await this.#startLocal(flags) : undefined;
    try {
      await this.#run(local ? { ...job, bus: { server: local.natsUrl } } : job, output, flags);
    } finally {
      if (local !== undefined) {
        // The client goes first: it would take the end of its bus for a failure.
        await this.close();
        await local.stop();
      }
    }
  }

  async #run(job: GivenJob, output: Output, flags: Given): Promise<void> {
    const progress = createProgress(flags);
    const profiling = await this.#profiling(flags.profile);
    const submit = () => this.submit(job, profiling?.heard);
    const stay = () =>
      attend(() => profiling?.waited("submit", submit) ?? submit(), {
        progress,
        interrupt: "cancel",
        timeoutMs: flags.timeout,
        // Nobody could come back to a job whose system ends with this command.
        cancelOnTimeout: flags["cancel-on-timeout"] || flags.local,
        onEvent: (event) => {
          if (flags.json && event.type !== "job.done") this.dataJsonLine(eventJson(event));
        },
      });
    const attended = await (profiling?.waited("follow", stay) ?? stay());
    const finish = () => this.#finish(attended, output, flags.json);
    await (profiling?.waited("result", finish) ?? finish());
    if (profiling !== undefined) process.stderr.write(`${await profiling.finish()}\n`);
  }

  async #startLocal({ "data-root": dataRoots, tasks }: Given): Promise<Local> {
    const { startLocal } = await import("../../src/local/local.ts");
    const { loadConfig } = await import("../../src/host/config.ts");
    this.note("starting a system for this job…");
    return startLocal({
      temporary: true,
      ...(dataRoots && { dataRoots }),
      ...(tasks && { tasks: [...loadConfig().taskFolders, ...tasks] }),
    });
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

/** Where a system runs already, what it may touch and which tasks it has is said where it is started. */
function demandLocal(flags: Given): void {
  if (flags.local || (flags["data-root"] === undefined && flags.tasks === undefined)) return;
  throw new RtlError(
    "RTL_USAGE_INVALID",
    "--data-root and --tasks belong to a system of one's own",
    {
      fix: "say them to rtl start, or add --local",
    },
  );
}
