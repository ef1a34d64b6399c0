/** `rtl job ls`: the durable jobs, newest first. */
import { setTimeout as pause } from "node:timers/promises";
import { Flags, type Interfaces } from "@oclif/core";
import type { Rtl } from "../../../src/index.ts";
import type { JobSummary } from "../../../src/protocol/messages.ts";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { duration } from "../../flags.ts";
import { INTERRUPTED, onInterrupt } from "../../interrupt.ts";
import { jobJson, jobTable } from "../../render/jobs.ts";

const states = ["queued", "running", "cancelling", "completed", "failed", "cancelled"] as const;
/** As many as a relay lists at once. */
const JOBS_MAX = 1_000;
const WATCH_MS = 500;

type Given = Interfaces.InferredFlags<typeof JobLs.flags> & {
  readonly json: boolean;
};

export default class JobLs extends BusCommand {
  static override summary = "list jobs, newest first";
  static override description = flowing(`
With --watch the command stays: a job follows in a line of its own when it is new or in another state, and with
--json each is a line from the beginning. Where the bus knows its members, --mine is what this one submitted,
else what was submitted from this machine.
`);
  static override examples = [
    "<%= config.bin %> job ls --state running",
    "<%= config.bin %> job ls --mine --watch",
    "<%= config.bin %> job ls -o name | xargs <%= config.bin %> job cancel",
  ];
  static override flags = {
    state: Flags.option({ description: "only jobs in this state", options: states })(),
    label: Flags.string({
      description: "only jobs with this label; may be repeated",
      multiple: true,
      helpValue: "K=V",
    }),
    mine: Flags.boolean({ description: "only my own jobs" }),
    since: duration({ description: "only jobs that were submitted within this time" }),
    limit: Flags.integer({ description: "at most so many", default: 100, min: 1, max: JOBS_MAX }),
    watch: Flags.boolean({ char: "w", description: "stay, and say what changes" }),
    output: Flags.option({
      char: "o",
      description: "more columns, or ids alone",
      options: ["wide", "name"] as const,
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(JobLs);
    const client = await this.client(flags);
    const jobs = await this.#jobs(client, flags);
    if (flags.watch) return this.#watch(client, jobs, flags);
    if (flags.json) this.dataJson(jobs.map(jobJson));
    else if (jobs.length > 0 || flags.output === "name") this.#show(jobs, flags);
    else this.note("there are no jobs; run one: rtl run FILE");
  }

  async #jobs(client: Rtl, flags: Given): Promise<readonly JobSummary[]> {
    const { state, limit } = flags;
    const { isOwnOf, withLabels } = await import("../../job-filter.ts");
    // Labels, ages and owners are looked at here, so that as many as can be are asked for.
    const isNarrower = flags.label !== undefined || flags.since !== undefined || flags.mine;
    const asked = {
      limit: isNarrower ? JOBS_MAX : limit,
      ...(state !== undefined && { state }),
    };
    const after = flags.since === undefined ? 0 : Date.now() - flags.since;
    return withLabels(await client.jobs(asked), flags.label)
      .filter(flags.mine ? isOwnOf(client) : () => true)
      .filter(({ submittedAt }) => submittedAt >= after)
      .slice(0, limit);
  }

  /** Until Ctrl-C, as lines: what is piped into another program has no screen to be drawn on. */
  async #watch(client: Rtl, first: readonly JobSummary[], flags: Given): Promise<void> {
    const stop = onInterrupt([() => process.exit(INTERRUPTED)]);
    const said = new Map<string, JobSummary["state"]>();
    for (let jobs = first; ; jobs = await this.#jobs(client, flags)) {
      const news = jobs.filter(({ id, state }) => said.get(id) !== state);
      if (flags.json) for (const job of [...news].reverse()) this.dataJsonLine(jobJson(job));
      else if (news.length > 0) this.#show(said.size === 0 ? news : [...news].reverse(), flags);
      // What is listed no more is not remembered either.
      said.clear();
      for (const { id, state } of jobs) said.set(id, state);
      await pause(WATCH_MS);
      if (!process.stdout.writable) break;
    }
    stop();
  }

  #show(jobs: readonly JobSummary[], { output }: Pick<Given, "output">): void {
    if (output === "name") for (const { id } of jobs) this.data(id);
    else this.data(jobTable(jobs, { wide: output === "wide", now: this.now() }));
  }
}
