/** `rtl cache ls`: the keys of a part of the cache. */
import { Flags } from "@oclif/core";
import { BusCommand } from "../../bus-command.ts";
import { bucketFlag } from "../../cache-flags.ts";
import { duration } from "../../flags.ts";
import { valueJson, valueTable } from "../../render/values.ts";

export default class CacheLs extends BusCommand {
  static override summary = "list what the cache holds, by key";
  static override examples = [
    "<%= config.bin %> cache ls --prefix stage-",
    "<%= config.bin %> cache ls --bucket results --older-than 1h --json",
  ];
  static override flags = {
    ...bucketFlag,
    prefix: Flags.string({ description: "only keys that begin so", default: "" }),
    "older-than": duration({ description: "only what was stored longer ago than this" }),
    output: Flags.option({
      char: "o",
      description: "keys alone",
      options: ["name"] as const,
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheLs);
    const client = await this.client(flags);
    const all = await client.values(flags.bucket).list(flags.prefix);
    const before = Date.now() - (flags["older-than"] ?? 0);
    const values = all.filter(({ storedAt }) => storedAt <= before);
    if (flags.json) this.dataJson(values.map(valueJson));
    else if (flags.output === "name") for (const { key } of values) this.data(key);
    else if (values.length === 0) this.note("nothing is there");
    else this.data(valueTable(values, this.now()));
  }
}
