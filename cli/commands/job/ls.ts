/** `rtl job ls`: the durable jobs, newest first. */
import { Flags } from "@oclif/core";
import { BusCommand } from "../../bus-command.ts";
import { duration } from "../../flags.ts";
import { jobJson, jobTable } from "../../render/jobs.ts";

const states = ["queued", "running", "cancelling", "completed", "failed", "cancelled"] as const;

export default class JobLs extends BusCommand {
  static override summary = "list jobs, newest first";
  static override examples = [
    "<%= config.bin %> job ls --state running",
    "<%= config.bin %> job ls -o name | xargs <%= config.bin %> job cancel",
  ];
  static override flags = {
    state: Flags.option({ description: "only jobs in this state", options: states })(),
    label: Flags.string({
      description: "only jobs with this label; may be repeated",
      multiple: true,
      helpValue: "K=V",
    }),
    since: duration({ description: "only jobs that were submitted within this time" }),
    limit: Flags.integer({ description: "at most so many", default: 100, min: 1, max: 1_000 }),
    output: Flags.option({
      char: "o",
      description: "more columns, or ids alone",
      options: ["wide", "name"] as const,
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(JobLs);
    const client = await this.client(flags);
    const { state, limit } = flags;
    const { withLabels } = await import("../../job-filter.ts");
    // Labels and ages are looked at here, so that as many as can be are asked for.
    const isNarrower = flags.label !== undefined || flags.since !== undefined;
    const asked = { limit: isNarrower ? 1_000 : limit, ...(state !== undefined && { state }) };
    const after = flags.since === undefined ? 0 : Date.now() - flags.since;
    const jobs = withLabels(await client.jobs(asked), flags.label)
      .filter(({ submittedAt }) => submittedAt >= after)
      .slice(0, limit);
    if (flags.json) this.dataJson(jobs.map(jobJson));
    else if (flags.output === "name") for (const { id } of jobs) this.data(id);
    else if (jobs.length === 0) this.note("there are no jobs; run one: rtl run FILE");
    else this.data(jobTable(jobs, { wide: flags.output === "wide", now: this.now() }));
  }
}
