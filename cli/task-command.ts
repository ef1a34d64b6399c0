/** What the commands share that ask which tasks there are: here, or on the running nodes. */
import { Flags } from "@oclif/core";
import type { TaskDescription } from "../src/protocol/messages.ts";
import { BusCommand } from "./bus-command.ts";

/** A task as data, with the nodes that offer it where they were asked. */
export type ListedTask = Pick<
  TaskDescription,
  "name" | "aliases" | "summary" | "description" | "shape" | "params" | "example" | "deterministic"
> & { readonly nodes?: readonly string[] };

export abstract class TaskCommand extends BusCommand {
  static override baseFlags = {
    remote: Flags.boolean({ description: "ask the running nodes", helpGroup: "GLOBAL" }),
    ...BusCommand.baseFlags,
  };

  /** Tasks by name. Naming a server asks it; NATS_URL alone does not, since it is often just set. */
  protected async descriptions(flags: {
    remote: boolean;
    server?: string | undefined;
  }): Promise<readonly ListedTask[]> {
    const remote = flags.remote || this.given("--server") || this.given("-s");
    const tasks = remote ? await (await this.client(flags.server)).tasks() : await this.#local();
    return tasks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #local(): Promise<ListedTask[]> {
    const { localLibrary } = await import("./local-library.ts");
    const library = await localLibrary([], (text) => this.note(text));
    return library.describe().map((task) => ({
      ...task,
      aliases: [...task.aliases],
      params: { ...task.params },
      shape: task.shape as ListedTask["shape"],
    })) as ListedTask[];
  }
}
