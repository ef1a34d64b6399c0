/** `rtl task ls`: the tasks of the local library, or of the running nodes. */
import { Flags } from "@oclif/core";
import { flowing } from "../../command.ts";
import { taskTable } from "../../render/tasks.ts";
import { TaskCommand } from "../../task-command.ts";

export default class TaskLs extends TaskCommand {
  static override summary = "list the tasks that jobs are made of";
  static override description = flowing(`
Without a server it is the library of this machine: RTL_TASKS, or the package's own tasks. With
--remote it is what the running nodes offer.
`);
  static override examples = ["<%= config.bin %> task ls", "<%= config.bin %> task ls --remote"];
  static override flags = {
    output: Flags.option({ char: "o", description: "names alone", options: ["name"] as const })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(TaskLs);
    const tasks = await this.descriptions(flags);
    if (flags.json) this.dataJson(tasks);
    else if (flags.output === "name") for (const { name } of tasks) this.data(name);
    else if (tasks.length === 0) this.note("no node offers a task; start one: rtl start");
    else this.data(taskTable(tasks));
  }
}
