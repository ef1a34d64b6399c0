/** `rtl node resume`: a node that was drained takes work again. */
import { Args } from "@oclif/core";
import { BusCommand } from "../../bus-command.ts";
import { tellNode } from "../../node-drain-command.ts";

export default class NodeResume extends BusCommand {
  static override summary = "have a tasknode that was drained take work again";
  static override examples = ["<%= config.bin %> node resume pi-07"];
  static override args = { name: Args.string({ description: "the node's name", required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NodeResume);
    const held = await tellNode(await this.client(flags), args.name, false);
    if (flags.json) this.dataJson({ node: args.name, draining: false, held });
    else this.note(`${args.name} takes work`);
  }
}
