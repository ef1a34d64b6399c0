/** `rtl cache get`: one value of the cache, as it is. */
import { Args, Flags } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { BusCommand } from "../../bus-command.ts";
import { bucketFlag } from "../../cache-flags.ts";

export default class CacheGet extends BusCommand {
  static override summary = "print a value of the cache";
  static override description =
    "It is printed as JSON, in whichever form it is stored; --raw prints its bytes.";
  static override examples = [
    "<%= config.bin %> cache get stage-7",
    "<%= config.bin %> cache get stage-7 --json",
  ];
  static override args = { key: Args.string({ description: "the key", required: true }) };
  static override flags = {
    ...bucketFlag,
    raw: Flags.boolean({ description: "the bytes as they are stored" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CacheGet);
    const client = await this.client(flags);
    const value = await client.values(flags.bucket).get(args.key);
    if (value === undefined) {
      throw new RtlError("RTL_VALUE_UNKNOWN", `the cache holds nothing under ${args.key}`, {
        fix: `see what there is with: rtl cache ls --bucket ${flags.bucket}`,
      });
    }
    if (flags.raw) {
      process.stdout.write(value);
      return;
    }
    const { unpack } = await import("../../../src/protocol/codec.ts");
    this.dataJson(unpack(value));
  }
}
