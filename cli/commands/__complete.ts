/** `rtl __complete`: names that a running system knows, for the completion of a shell. */
import { Args } from "@oclif/core";
import { BusCommand } from "../bus-command.ts";

/** Who waits at a prompt waits no longer. */
const PATIENCE_MS = 2_000;

export default class Complete extends BusCommand {
  static override hidden = true;
  static override args = {
    what: Args.string({ options: ["jobs", "nodes", "tasks"], required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Complete);
    const late = setTimeout(() => process.exit(), PATIENCE_MS);
    late.unref();
    const client = await this.client(flags);
    const names = {
      jobs: async () => (await client.jobs()).map(({ id }) => id),
      nodes: async () => (await client.nodes()).nodes.map(({ node }) => node),
      tasks: async () => (await client.tasks()).map(({ name }) => name),
    };
    for (const name of await names[args.what as keyof typeof names]()) this.data(name);
  }

  /** Nothing to complete is no error. */
  protected override async catch(): Promise<void> {
    process.exitCode = 0;
  }
}
