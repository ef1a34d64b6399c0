/** `rtl cache put`: stores a value. */
import { Args } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { duration } from "../../flags.ts";
import { readDocument } from "../../input.ts";

export default class CachePut extends BusCommand {
  static override summary = "store a stage under an id, for clients that submit by it";
  static override description = flowing(`
The file is YAML or JSON and is stored as JSON. With --ttl the value is gone after that time, on every
version of the NATS server; without it, it is kept as long as its part of the cache keeps things.
`);
  static override examples = [
    "<%= config.bin %> cache put stage-7 stage.yaml --ttl 1h",
    '$ echo \'{"tasks": ["null"]}\' | <%= config.bin %> cache put stage-7 -',
  ];
  static override args = {
    key: Args.string({ description: "the key", required: true }),
    file: Args.string({ description: "the value; - for standard input", required: true }),
  };
  static override flags = { ttl: duration({ description: "how long it is good" }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CachePut);
    if (flags.ttl === 0) {
      throw new RtlError("RTL_USAGE_INVALID", "--ttl 0 would store what is void at once", {
        fix: "leave it out, or give a longer time",
      });
    }
    const { text, file } = await readDocument(args.file);
    const { readDocumentValue } = await import("../../../src/protocol/document-text.ts");
    const { jobInvalid } = await import("../../../src/protocol/problems.ts");
    const { value, problems } = readDocumentValue(text, { file });
    if (problems.length > 0) throw jobInvalid(problems, file);
    const client = await this.client(flags);
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    await client.values("schemas").put(args.key, bytes, flags.ttl);
    if (flags.json) this.dataJson({ key: args.key, bytes: bytes.length });
    else this.data(args.key);
  }
}
