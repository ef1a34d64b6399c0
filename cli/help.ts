/**
 * Help that teaches: the bare `rtl` says what it is, what to type first, and where the rest is. The
 * pages of single commands are made by oclif from the commands themselves.
 */
import { type Command, Help, type Interfaces } from "@oclif/core";
import { exitCodesText } from "./render/exit-codes.ts";
import { paintFor } from "./terminal.ts";
import { reportUnknownCommand } from "./unknown-command.ts";

export default class RtlHelp extends Help {
  constructor(config: Interfaces.Config, options: Partial<Interfaces.HelpOptions> = {}) {
    super(config, { flagSortOrder: "none", docopts: false, ...options });
  }

  override async showHelp(argv: string[]): Promise<void> {
    const words = argv.filter((word) => !word.startsWith("-") && word !== "help");
    const [subject] = words;
    if (subject !== undefined && !this.knows(words)) {
      reportUnknownCommand(words, this.config, argv.includes("--json"));
    } else await super.showHelp(argv);
  }

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    if (command.id === "exit-codes") this.log(exitCodesText());
    else await super.showCommandHelp(command);
  }

  protected override async showRootHelp(): Promise<void> {
    const { bold, dim } = paintFor(process.stdout);
    const commands = this.sortedCommands.filter(({ id }) => !id.includes(":") && id !== "help");
    const topics = this.sortedTopics.filter(({ name }) => !name.includes(":"));
    this.log(
      [
        "rtl runs jobs: tasks in stages over a table, on the nodes that NATS connects.",
        "",
        bold("FIRST STEPS"),
        `  $ rtl start --data-root examples/data  ${dim("start the services on this machine")}`,
        `  $ rtl run examples/demo.yaml           ${dim("run a job and print its result")}`,
        `  $ rtl task ls                          ${dim("see what a job can be made of")}`,
        "",
        this.formatCommands(commands),
        "",
        this.formatTopics(topics),
        "",
        bold("MORE"),
        `  $ rtl COMMAND --help                   ${dim("flags and examples of a command")}`,
        `  $ rtl help exit-codes                  ${dim("what the exit codes mean")}`,
        `  $ rtl stop                             ${dim("stop what was started")}`,
      ].join("\n"),
    );
  }

  /** A command, with or without words that may be its arguments, or a whole topic. */
  private knows(words: readonly string[]): boolean {
    const commands = words.map((_, at) =>
      this.config.findCommand(words.slice(0, at + 1).join(":")),
    );
    return commands.some(Boolean) || this.config.findTopic(words.join(":")) !== undefined;
  }
}
