/** `rtl dead show`: all that is kept of work that nobody could do. */
import { Args } from "@oclif/core";
import type { Table } from "../../../src/index.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { BusCommand } from "../../bus-command.ts";
import { flowing } from "../../command.ts";
import { deadJson, deadText } from "../../render/dead.ts";

export default class DeadShow extends BusCommand {
  static override summary = "print all that is kept of work that nobody could do";
  static override description = flowing(`
Which stage and chunk it was, each attempt with its node and how it ended, what it was to read, and the
job's document. With --json also the job's input, as a table in JSON.
`);
  static override examples = [
    "<%= config.bin %> dead show 0b7e",
    "<%= config.bin %> dead show 0b7e --json | jq .spec > job.json",
  ];
  static override args = { job: Args.string({ description: "the job's id", required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DeadShow);
    const client = await this.client(flags);
    const letter = await client.deadLetter(args.job);
    let input: Table | undefined;
    let isGone = false;
    try {
      input = await client.deadInput(letter);
    } catch (error) {
      if (!(error instanceof RtlError) || error.code !== "RTL_INPUT_LOST") throw error;
      isGone = true;
    }
    if (flags.json) this.dataJson(await deadJson(letter, input));
    else this.data(deadText(letter, isGone, this.now()));
    if (isGone) this.note(`the job's input is gone; to retry it, give one with --input`);
  }
}
