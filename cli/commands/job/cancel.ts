/** `rtl job cancel`: asks jobs to end. */
import { Args, Flags } from "@oclif/core";
import type { Rtl } from "../../../src/index.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import type { JobSummary } from "../../../src/protocol/messages.ts";
import { BusCommand } from "../../bus-command.ts";
import { requester } from "../../client.ts";
import { flowing } from "../../command.ts";
import { duration } from "../../flags.ts";
import { cancelledJson, cancelledText } from "../../render/cancelled.ts";
import { countText } from "../../render/units.ts";

export default class JobCancel extends BusCommand {
  static override summary = "ask jobs to end, and end them";
  static override description = flowing(`
Running tasks are told to stop; what has not stopped after the grace period is ended.
A job that is already over stays what it is, and that is no error. Where no relay runs the cancel is
kept, and the job ends when one does; --wait does not wait for that.
`);
  static override examples = [
    "<%= config.bin %> job cancel 0b7e --reason 'wrong input'",
    "<%= config.bin %> job cancel 0b7e --force --wait",
    "<%= config.bin %> job cancel --label site=lab -y",
  ];
  static override strict = false;
  static override args = {
    id: Args.string({ description: "the job's id; several may follow" }),
  };
  static override flags = {
    all: Flags.boolean({ description: "every job that is not over" }),
    label: Flags.string({
      description: "every job with this label that is not over; may be repeated",
      multiple: true,
      helpValue: "K=V",
    }),
    yes: Flags.boolean({ char: "y", description: "ask nothing" }),
    reason: Flags.string({ description: "why, for the record" }),
    grace: duration({ description: "time for running tasks to stop by themselves; default 2s" }),
    force: Flags.boolean({ description: "no grace", exclusive: ["grace"] }),
    wait: Flags.boolean({ description: "stay until the job has settled" }),
  };

  /** The jobs that are meant; of many a person is asked first. */
  async #meant(
    client: Rtl,
    ids: readonly string[],
    { all, label, yes }: { all: boolean; label?: string[] | undefined; yes: boolean },
  ): Promise<Iterable<string>> {
    const isMany = all || label !== undefined;
    demandWhich(ids, isMany);
    if (!isMany) return new Set(ids);
    const { withLabels } = await import("../../job-filter.ts");
    const open = (await client.jobs({ limit: 1_000 })).filter((job) => job.settledAt === undefined);
    const meant = withLabels(open, label).map(({ id }) => id);
    if (meant.length === 0) this.note("no such job runs");
    else if (!yes && process.stdin.isTTY && process.stderr.isTTY) {
      const { confirmed } = await import("../../confirm.ts");
      if (!(await confirmed(`cancel ${countText(meant.length, "job")}?`))) return [];
    }
    return meant;
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(JobCancel);
    const graceMs = flags.force ? 0 : flags.grace;
    const client = await this.client(flags);
    // One after the other, so that what is printed has the order of what was asked.
    for (const id of await this.#meant(client, argv.map(String), flags)) {
      try {
        const handle = client.job(id);
        const summary = await handle.cancel({
          by: requester(),
          ...(flags.reason !== undefined && { reason: flags.reason }),
          ...(graceMs !== undefined && { graceMs }),
        });
        const { waitsForRelay = false } = summary;
        const note = waitsForRelay ? noRelay(id) : noteOn(summary);
        if (note !== undefined) this.note(note);
        const wait = flags.wait && !waitsForRelay && summary.settledAt === undefined;
        const { state, cancelled } = wait ? await handle.done() : summary;
        const how = {
          ...(cancelled && cancelledJson(cancelled)),
          ...(waitsForRelay && { waitsForRelay }),
        };
        if (flags.json) this.dataJsonLine({ id, state, ...how });
        else this.data(id);
      } catch (error) {
        await this.fail(error);
      }
    }
  }
}

function demandWhich(ids: readonly string[], isMany: boolean): void {
  if (ids.length > 0 !== isMany) return;
  const text = isMany ? "say either ids, or --all or --label" : "no job was named";
  throw new RtlError("RTL_USAGE_INVALID", text, {
    fix: "rtl job cancel ID, or rtl job cancel --all",
  });
}

const noRelay = (id: string): string =>
  `no relay answers: the cancel is kept, and job ${id} ends when one does; start one: rtl start`;

/** What the user should know besides that the job was asked to end. */
function noteOn({ id, state, settledAt, cancelled }: JobSummary): string | undefined {
  if (cancelled !== undefined && settledAt !== undefined)
    return `job ${id} was ${cancelledText(cancelled)}`;
  if (state !== "completed" && state !== "failed") return undefined;
  const when = settledAt === undefined ? "" : ` at ${new Date(settledAt).toISOString()}`;
  return `job ${id} had ended before: it ${state}${when}`;
}
