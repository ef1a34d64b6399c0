/** `rtl node describe`: one tasknode, with the tasks that it offers. */
import { Args } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { nearest } from "../../../src/protocol/nearest.ts";
import { BusCommand } from "../../bus-command.ts";
import { nodeJson, nodeText } from "../../render/nodes.ts";

export default class NodeDescribe extends BusCommand {
  static override summary = "explain a tasknode: its slots, labels and tasks";
  static override examples = ["<%= config.bin %> node describe pi-07"];
  static override args = { name: Args.string({ description: "the node's name", required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NodeDescribe);
    const client = await this.client(flags);
    const [{ nodes }, offered] = await Promise.all([client.nodes(), client.tasks()]);
    const node = nodes.find((one) => one.node === args.name);
    if (node === undefined) {
      const names = nodes.map((one) => one.node);
      const near = nearest(args.name, names);
      const fix = near === undefined ? "rtl node ls" : `did you mean: rtl node describe ${near}`;
      throw new RtlError("RTL_FILE_MISSING", `no node is named "${args.name}"`, { fix });
    }
    const tasks = offered
      .filter((task) => task.nodes.includes(node.node))
      .map(({ name }) => name)
      .sort();
    if (flags.json) this.dataJson({ ...nodeJson(node), tasks });
    else this.data(nodeText(node, tasks, this.now()));
  }
}
