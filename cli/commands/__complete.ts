/** `rtl __complete`: names that a running system knows, for the completion of a shell. */
import { Args } from "@oclif/core";
import { BusCommand } from "../bus-command.ts";

/** A system that does not answer leaves the prompt to its user; a small machine takes its time. */
const PATIENCE_MS = 10_000;

export default class Complete extends BusCommand {
  static override summary = "print the names that complete an argument, one a line";
  static override examples = ["<%= config.bin %> __complete jobs"];
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
