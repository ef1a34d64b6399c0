/** `rtl node drain`: a node takes no more work. */
import { setTimeout as pause } from "node:timers/promises";
import { Args, Flags } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { duration } from "../../flags.ts";
import { tellNode } from "../../node-drain-command.ts";

const LOOK_MS = 200;

export default class NodeDrain extends BusCommand {
  static override summary = "have a tasknode take no more work, and finish what it has";
  static override description = flowing(`
What runs there is finished; what waits there goes to other nodes. It takes work again when it is told to
(rtl node resume), or when its process starts anew.
`);
  static override examples = [
    "<%= config.bin %> node drain pi-07",
    "<%= config.bin %> node drain pi-07 --wait --timeout 5m && ssh pi-07 sudo reboot",
  ];
  static override args = { name: Args.string({ description: "the node's name", required: true }) };
  static override flags = {
    wait: Flags.boolean({ description: "until nothing runs there any more" }),
    timeout: duration({ description: "wait for so long at most, then exit with 124" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NodeDrain);
    const client = await this.client(flags);
    const began = performance.now();
    let held = await tellNode(client, args.name, true);
    if (flags.wait && held > 0) this.note(`${held} orders still run there`);
    while (flags.wait && held > 0) {
      if (flags.timeout !== undefined && performance.now() - began >= flags.timeout) {
        const text = `${held} orders still run on ${args.name} after ${flags.timeout} ms`;
        throw new RtlError("RTL_WAIT_TIMEOUT", text, {
          fix: "it takes no more work; wait on with the same command",
        });
      }
      await pause(LOOK_MS);
      held = await client.drainNode(args.name);
    }
    if (flags.json) this.dataJson({ node: args.name, draining: true, held });
    else this.note(`${args.name} takes no more work; ${held} orders run there`);
  }
}
