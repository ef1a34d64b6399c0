/** `rtl task describe`: a task with its parameters and an example. */
import { Args } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { nearest } from "../../../src/protocol/nearest.ts";
import { taskText } from "../../render/tasks.ts";
import { TaskCommand } from "../../task-command.ts";

export default class TaskDescribe extends TaskCommand {
  static override summary = "explain a task: its parameters, with an example";
  static override examples = ["<%= config.bin %> task describe filterRows"];
  static override args = { name: Args.string({ description: "the task's name", required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TaskDescribe);
    const tasks = await this.descriptions(flags);
    const wanted = plainName(args.name);
    const task = tasks.find(({ name, aliases }) =>
      [name, ...aliases].some((known) => plainName(known) === wanted),
    );
    if (task === undefined) {
      const near = nearest(
        args.name,
        tasks.map(({ name }) => name),
      );
      const fix = near === undefined ? "rtl task ls" : `did you mean: rtl task describe ${near}`;
      // Not RTL_TASK_UNKNOWN: that is a fault of a job, this a thing that does not exist.
      throw new RtlError("RTL_FILE_MISSING", `there is no task "${args.name}"`, { fix });
    }
    if (flags.json) this.dataJson(task);
    else this.data(taskText(task));
  }
}

/** Documents write `open_array` and `task_open_array` as well as `openArray`. */
const plainName = (name: string): string =>
  name
    .replace(/^task_/, "")
    .replaceAll("_", "")
    .toLowerCase();
