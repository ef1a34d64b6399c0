/** `rtl task run`: one task on one table, in this process. */
import { Args, Flags } from "@oclif/core";
import { flowing, RtlCommand } from "../../command.ts";
import { dataRootFlag, inputFlag, outputFlags, tasksFlag } from "../../flags.ts";
import { readJsonArgument, readTable } from "../../input.ts";
import { planOutput } from "../../output.ts";

export default class TaskRun extends RtlCommand {
  static override summary = "run one task here, without a bus";
  static override description = flowing(`
Reads a table, runs one task of the local library on it, and prints the table that it returns. The
standard form of both is JSON: {rows, columns: {name: {dtype, values}}}. Without --input the task gets
the table that a job starts from. Lines that the task logs go to the standard error.
`);
  static override examples = [
    '<%= config.bin %> task run openArray --params \'{"path": ".", "filename": "a"}\'',
    "<%= config.bin %> task run add --params @add.json --input table.json",
  ];
  static override args = { name: Args.string({ description: "the task's name", required: true }) };
  static override flags = {
    params: Flags.string({ description: "its parameters", default: "{}", helpValue: "JSON|@FILE" }),
    ...inputFlag,
    ...outputFlags,
    ...dataRootFlag,
    ...tasksFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TaskRun);
    const output = planOutput({
      ...flags,
      format: flags.format ?? (flags.out ? undefined : "json"),
    });
    const [params, { runTask }, { localLibrary }] = await Promise.all([
      readJsonArgument(flags.params, "--params"),
      import("../../run-task.ts"),
      import("../../local-library.ts"),
    ]);
    const input = flags.input === undefined ? undefined : await readTable(flags.input);
    const library = await localLibrary(flags.tasks ?? [], (text) => this.note(text));
    const { table, lines, ms } = await runTask({
      library,
      task: args.name,
      params,
      input,
      dataRoots: flags["data-root"] ?? [process.cwd()],
    });
    for (const line of lines) this.note(line);
    if (flags.verbose) this.note(`${args.name}: ${ms.toFixed(2)} ms`);
    await output.write(table);
  }
}
