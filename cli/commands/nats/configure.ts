/** `rtl nats configure`: the configuration of a NATS server that is fit for rtl. */
import { Flags } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import { flowing, RtlCommand } from "../../command.ts";

export default class NatsConfigure extends RtlCommand {
  static override summary = "print a configuration for nats-server, with JetStream as rtl needs it";
  static override description = flowing(`
For a server that is run by hand, in a container or by a unit of its own: rtl start and rtl service install
bring theirs. It takes anybody who reaches it; for a server that other machines reach, rtl cluster init makes
one with certificates and credentials.
`);
  static override examples = [
    "<%= config.bin %> nats configure > nats.conf && nats-server -c nats.conf",
    "<%= config.bin %> nats configure --store /var/lib/nats --max-file 20GB --out /etc/nats-server.conf",
  ];
  static override flags = {
    listen: Flags.string({
      description: "where it listens",
      default: "127.0.0.1:4222",
      helpValue: "HOST:PORT",
    }),
    store: Flags.string({
      description: "folder for JetStream; default: what -sd says to the server",
      helpValue: "DIR",
    }),
    "max-memory": Flags.string({
      description: "most that JetStream keeps in memory; default 128MB",
      helpValue: "SIZE",
    }),
    "max-file": Flags.string({
      description: "most that JetStream keeps on disk; default 2GB",
      helpValue: "SIZE",
    }),
    out: Flags.string({ char: "o", description: "write it there", helpValue: "FILE" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(NatsConfigure);
    const { readFileSync, writeFileSync } = await import("node:fs");
    const { natsConfText } = await import("../../../src/host/nats-conf.ts");
    const { ownNatsConf } = await import("../../../src/host/nats-server.ts");
    const text = natsConfText(readFileSync(ownNatsConf, "utf8"), {
      listen: flags.listen,
      store: flags.store,
      maxMemory: flags["max-memory"],
      maxFile: flags["max-file"],
    });
    if (!/^(127\.|localhost:|\[::1\])/.test(flags.listen)) {
      this.note(
        "whoever reaches this address may use the server: rtl cluster init makes a safe one",
      );
    }
    const { out } = flags;
    if (out === undefined || out === "-") {
      if (flags.json) this.dataJson({ text });
      else this.data(text.trimEnd());
      return;
    }
    try {
      writeFileSync(out, text);
    } catch (cause) {
      const { message } = cause as Error;
      throw new RtlError("RTL_OUTPUT_REFUSED", `${out} cannot be written: ${message}`, { cause });
    }
    if (flags.json) this.dataJson({ file: out });
    else this.data(out);
  }
}
