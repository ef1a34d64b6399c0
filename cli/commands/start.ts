/** `rtl start`: the services of this machine, in the background or in front. */
import { Flags } from "@oclif/core";
import { flowing, RtlCommand } from "../command.ts";
import { busFlags, dataRootFlag, tasksFlag } from "../flags.ts";
import { HUNG_UP, INTERRUPTED, onInterrupt, onSignal, TERMINATED } from "../interrupt.ts";
import { publicUrl, servicesTable } from "../render/local.ts";

export default class Start extends RtlCommand {
  static override summary = "start the services on this machine";
  static override description = flowing(`
Starts a relay and tasknodes, and a NATS server of their own unless --server or NATS_URL names one; with
--role only those that are said, so that a system is spread over machines.
They run on in the background until rtl stop; with --foreground they run until Ctrl-C. What is running
already is never started twice.
`);
  static override examples = [
    "<%= config.bin %> start",
    "<%= config.bin %> start --nodes 2 --threads 4 --data-root /srv/data --tasks ./tasks",
    "<%= config.bin %> start --role tasknode --server nats://hub.local:4222",
  ];
  static override baseFlags = { server: busFlags.server, ...RtlCommand.baseFlags };
  static override flags = {
    role: Flags.option({
      description: "only this; may be repeated; default: all",
      options: ["nats", "relay", "tasknode"] as const,
      multiple: true,
      multipleNonGreedy: true,
    })(),
    nodes: Flags.integer({ description: "number of tasknodes", default: 1, min: 1, max: 1_000 }),
    threads: Flags.integer({
      description: "pieces of work that a tasknode runs at once; default: one per core",
      min: 1,
      max: 1_024,
    }),
    ...dataRootFlag,
    ...tasksFlag,
    foreground: Flags.boolean({ description: "stay, and show the services' logs" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Start);
    const { startLocal } = await import("../../src/local/local.ts");
    const { loadConfig } = await import("../../src/host/config.ts");
    const { natsGiven, natsServers, taskFolders } = loadConfig();
    const natsUrl = flags.server ?? (natsGiven ? natsServers.join(",") : undefined);
    if (!flags.foreground) this.note("starting…");
    const local = await startLocal({
      nodes: flags.nodes,
      foreground: flags.foreground,
      ...(flags.role && {
        roles: flags.role.map((role) => (role === "nats" ? "nats-server" : role)),
      }),
      ...(flags.threads !== undefined && { threads: flags.threads }),
      ...(flags["data-root"] && { dataRoots: flags["data-root"] }),
      ...(flags.tasks && { tasks: [...taskFolders, ...flags.tasks] }),
      ...(natsUrl !== undefined && { natsUrl }),
    });
    const { services, stateDir } = local;
    if (flags.json) this.dataJson({ natsUrl: local.natsUrl, stateDir, services });
    else if (!flags.quiet) this.data(servicesTable(services, Date.now()));
    this.note(`the bus is at ${publicUrl(local.natsUrl)}`);
    if (!flags.foreground) this.note("run a job: rtl run FILE; stop all: rtl stop");
    else process.exitCode = await this.#stay(local);
  }

  /** Until a signal or the services' own end; the exit code says which. */
  async #stay(local: { ended: Promise<number>; stop(): Promise<void> }): Promise<number> {
    this.note("Ctrl-C stops the services");
    let exit: number | undefined;
    const drain = (code: number) => () => {
      exit = code;
      this.note("stopping; running work is finished first, Ctrl-C again leaves at once");
      local.stop().catch(async (error: unknown) => await this.fail(error));
    };
    const stops = [
      onInterrupt([drain(INTERRUPTED), () => process.exit(INTERRUPTED)]),
      onSignal("SIGTERM", drain(TERMINATED)),
      onSignal("SIGHUP", drain(HUNG_UP)),
    ];
    const ended = await local.ended;
    for (const stop of stops) stop();
    return exit ?? ended;
  }
}
