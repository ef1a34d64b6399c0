/** `rtl node ls`: the tasknodes that beat. */
import { Flags } from "@oclif/core";
import { BusCommand } from "../../bus-command.ts";
import { byName, nodeJson, nodeTable, relayNames } from "../../render/nodes.ts";

export default class NodeLs extends BusCommand {
  static override summary = "list the tasknodes, with their slots and what of them is busy";
  static override examples = [
    "<%= config.bin %> node ls",
    "<%= config.bin %> node ls -o wide",
    "<%= config.bin %> node ls --json",
  ];
  static override flags = {
    output: Flags.option({
      char: "o",
      description: "more columns, or names alone",
      options: ["wide", "name"] as const,
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(NodeLs);
    const { nodes, relays } = await (await this.client(flags)).nodes();
    if (flags.json) this.dataJson(byName(nodes).map(nodeJson));
    else if (flags.output === "name") for (const { node } of byName(nodes)) this.data(node);
    else if (nodes.length === 0) this.note("no tasknode runs; start one: rtl start");
    else this.data(nodeTable(nodes, { wide: flags.output === "wide", now: this.now() }));
    if (!flags.json) this.note(`relays: ${relayNames(relays)}`);
  }
}
