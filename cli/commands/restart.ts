/** `rtl restart`: stop, then start. */
import { flowing } from "../command.ts";
import Start from "./start.ts";

export default class Restart extends Start {
  static override summary = "stop the services on this machine, then start them";
  static override description = flowing(`
Takes the flags of rtl start: what ran before is not remembered.
`);
  static override examples = ["<%= config.bin %> restart --nodes 2"];

  override async run(): Promise<void> {
    const { stopLocal } = await import("../../src/local/local.ts");
    // The flags are checked first: a misspelt one must not stop anything.
    await this.parse(Restart);
    await stopLocal();
    await super.run();
  }
}
