/** `rtl cache stats`: how full the store is. */
import { BusCommand } from "../../bus-command.ts";
import { statsTable } from "../../render/values.ts";

export default class CacheStats extends BusCommand {
  static override summary = "print how full the parts of the store are";
  static override examples = [
    "<%= config.bin %> cache stats",
    "<%= config.bin %> cache stats --json",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheStats);
    const stats = await (await this.client(flags)).storeStats();
    if (flags.json) this.dataJson(stats);
    else if (stats.length === 0) this.note("the store is empty");
    else this.data(statsTable(stats));
  }
}
