/** `rtl cache rm`: removes values. */
import { Args } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { BusCommand } from "../../bus-command.ts";
import { bucketFlag } from "../../cache-flags.ts";

export default class CacheRm extends BusCommand {
  static override summary = "remove values from the cache";
  static override examples = [
    "<%= config.bin %> cache rm stage-7 stage-8",
    "<%= config.bin %> cache ls --bucket answers --older-than 1d -o name | xargs <%= config.bin %> cache rm --bucket answers",
  ];
  static override strict = false;
  static override args = {
    key: Args.string({ description: "the key; several may follow", required: true }),
  };
  static override flags = { ...bucketFlag };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(CacheRm);
    const values = (await this.client(flags)).values(flags.bucket);
    for (const key of new Set(argv.map(String))) {
      try {
        if (!(await values.remove(key))) throw unknown(key);
        if (flags.json) this.dataJsonLine({ key, removed: true });
        else this.data(key);
      } catch (error) {
        await this.fail(error);
      }
    }
  }
}

const unknown = (key: string): RtlError =>
  new RtlError("RTL_VALUE_UNKNOWN", `the cache holds nothing under ${key}`, {
    fix: "see what there is with: rtl cache ls",
  });
