/** `rtl completion`: a script that completes the words of rtl in a shell. */
import { Args } from "@oclif/core";
import { flowing, RtlCommand } from "../command.ts";
import { completionScript, type Shell, shells } from "../render/completion.ts";

export default class Completion extends RtlCommand {
  static override summary = "print a script that completes commands, flags and ids in your shell";
  static override description = flowing(`
Ids of jobs, names of nodes and of tasks are asked for as you type; everything else stands in the script.
`);
  static override examples = [
    "$ source <(<%= config.bin %> completion bash)",
    "$ <%= config.bin %> completion zsh > ~/.zfunc/_rtl",
    "$ <%= config.bin %> completion fish > ~/.config/fish/completions/rtl.fish",
  ];
  static override args = {
    shell: Args.string({ description: "the shell", options: [...shells], required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const { knownCommands } = await import("../known-commands.ts");
    this.data(completionScript(args.shell as Shell, knownCommands()).trimEnd());
  }
}
