/** `rtl job plan`: what a document would come to, without running it. */
import { Args, Flags } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { changeFlags, inputFlag } from "../../flags.ts";
import { planTable } from "../../render/plan.ts";

export default class JobPlan extends BusCommand {
  static override summary = "show what a job would come to, and who could run it";
  static override description = flowing(`
A relay plans the document with what the nodes offer now; nothing runs. Tasks that need no other chunk run
together in one stage, and one that sees a whole column becomes several. The exit code is 65 for a document
with faults, and 69 where no node offers what it needs.
`);
  static override examples = [
    "<%= config.bin %> job plan job.yaml",
    "<%= config.bin %> job plan job.yaml --rows 1000000 --json",
  ];
  static override args = {
    file: Args.string({ description: "the job document; - for standard input", required: true }),
  };
  static override flags = {
    ...inputFlag,
    ...changeFlags,
    rows: Flags.integer({
      description: "rows of the input that it would be given",
      min: 0,
      exclusive: ["input"],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobPlan);
    const job = await this.readJob(args.file, flags);
    const client = await this.client(flags);
    const rows = flags.rows ?? rowsOf(job.input);
    const plan = await client.plan(job.document, rows).catch((error: unknown) => {
      throw asUnplaceable(error);
    });
    if (flags.json) this.dataJson(plan);
    else this.data(planTable(plan));
    const idle = plan.stages.filter(({ slots }) => slots === 0).map(({ name }) => name);
    if (idle.length === 0) return;
    throw new RtlError("RTL_NO_TASKNODE", `no node can run: ${idle.join(", ")}`, {
      fix: "see what the nodes offer with rtl task ls --server URL, and their labels with rtl node ls -o wide",
    });
  }
}

const rowsOf = (input: unknown): number | undefined =>
  typeof input === "object" && input !== null && "rows" in input ? Number(input.rows) : undefined;

/** What the planner says of a task that nobody offers. */
const isUnknown = ({ message }: { readonly message: string }): boolean =>
  /^(unknown task|no running tasknode offers the task) "/.test(message);

/** A document that is right, but for tasks that nobody offers, is no bad file. */
function asUnplaceable(error: unknown): unknown {
  if (!(error instanceof RtlError) || error.code !== "RTL_JOB_INVALID") return error;
  const { problems } = error;
  if (problems.length === 0 || !problems.every(isUnknown)) return error;
  return new RtlError("RTL_NO_TASKNODE", error.message, { problems, cause: error });
}
