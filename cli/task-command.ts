/** What the commands share that ask which tasks there are: here, or on the running nodes. */
import { Flags } from "@oclif/core";
import type { ShapeRule } from "../src/task/shape.ts";
import { BusCommand } from "./bus-command.ts";

/** A task as data, with the nodes that offer it where they were asked. */
export interface ListedTask {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description?: string | undefined;
  readonly shape: ShapeRule;
  /** JSON Schema. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly example?: unknown;
  readonly deterministic: boolean;
  readonly nodes?: readonly string[];
}

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
    const tasks = remote ? await (await this.client(flags)).tasks() : await this.#local();
    return tasks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #local(): Promise<readonly ListedTask[]> {
    const { localLibrary } = await import("./local-library.ts");
    return (await localLibrary([], (text) => this.note(text))).describe();
  }
}
