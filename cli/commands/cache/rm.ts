/** `rtl cache rm`: removes values. */
import { Args, Flags } from "@oclif/core";
import type { Rtl } from "../../../src/index.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { BusCommand } from "../../bus-command.ts";
import { bucketFlag } from "../../cache-flags.ts";
import { flowing } from "../../command.ts";
import { duration } from "../../flags.ts";
import { countText } from "../../render/units.ts";

type Values = ReturnType<Rtl["values"]>;

interface Which {
  readonly prefix?: string | undefined;
  readonly "older-than"?: number | undefined;
  readonly yes: boolean;
}

export default class CacheRm extends BusCommand {
  static override summary = "remove values from the cache";
  static override description = flowing(`
Either the keys that are named, or all that --prefix and --older-than fit; before many are removed, a person at
a terminal is asked.
`);
  static override examples = [
    "<%= config.bin %> cache rm stage-7 stage-8",
    "<%= config.bin %> cache rm --bucket answers --older-than 1d -y",
  ];
  static override strict = false;
  static override args = {
    key: Args.string({ description: "the key; several may follow" }),
  };
  static override flags = {
    ...bucketFlag,
    prefix: Flags.string({ description: "every key that begins so" }),
    "older-than": duration({ description: "everything that was stored longer ago than this" }),
    yes: Flags.boolean({ char: "y", description: "ask nothing" }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(CacheRm);
    const keys = argv.map(String);
    demandWhich(keys, flags);
    const values = (await this.client(flags)).values(flags.bucket);
    for (const key of keys.length > 0 ? new Set(keys) : await this.#fitting(values, flags)) {
      try {
        if (!(await values.remove(key))) throw unknown(key);
        if (flags.json) this.dataJsonLine({ key, removed: true });
        else this.data(key);
      } catch (error) {
        await this.fail(error);
      }
    }
  }

  /** Of many a person is asked first. */
  async #fitting(
    values: Values,
    { prefix, "older-than": age, yes }: Which,
  ): Promise<readonly string[]> {
    const before = Date.now() - (age ?? 0);
    const meant = (await values.list(prefix ?? "")).filter(({ storedAt }) => storedAt <= before);
    if (meant.length === 0) this.note("nothing of the kind is there");
    else if (!yes && process.stdin.isTTY && process.stderr.isTTY) {
      const { confirmed } = await import("../../confirm.ts");
      if (!(await confirmed(`remove ${countText(meant.length, "value")}?`))) return [];
    }
    return meant.map(({ key }) => key);
  }
}

function demandWhich(keys: readonly string[], { prefix, "older-than": age }: Which): void {
  const isMany = prefix !== undefined || age !== undefined;
  if (keys.length > 0 !== isMany) return;
  const text = isMany ? "say either keys, or --prefix or --older-than" : "no key was named";
  throw new RtlError("RTL_USAGE_INVALID", text, { fix: "see what there is: rtl cache ls" });
}

const unknown = (key: string): RtlError =>
  new RtlError("RTL_VALUE_UNKNOWN", `the cache holds nothing under ${key}`, {
    fix: "see what there is with: rtl cache ls",
  });
