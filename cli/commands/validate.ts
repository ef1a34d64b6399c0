/** `rtl validate`: checks job documents without a bus. */
import { Args, Flags } from "@oclif/core";
import type { JobSpec } from "../../src/protocol/job-spec.ts";
import type { TaskLibrary } from "../../src/task/library.ts";
import { flowing, RtlCommand } from "../command.ts";
import { readDocument } from "../input.ts";
import { countText } from "../render/units.ts";

export default class Validate extends RtlCommand {
  static override summary = "check job documents";
  static override description = flowing(`
Lists every fault with its line and column. Tasks are looked up in the local library; one that is not
there may still be offered by a running node, so that it is only a fault with --strict.
`);
  static override examples = ["<%= config.bin %> validate jobs/*.yaml"];
  static override strict = false;
  static override args = {
    file: Args.string({ description: "job documents; - for standard input", required: true }),
  };
  static override flags = {
    strict: Flags.boolean({ description: "a task that the local library lacks is a fault" }),
  };

  #library: TaskLibrary | undefined;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Validate);
    for (const file of argv.map(String)) {
      try {
        const spec = await this.#check(file, flags.strict);
        const stages = spec.stages.length;
        if (flags.json) this.dataJsonLine({ file, valid: true, stages });
        else this.note(`${file} is valid: ${countText(stages, "stage")}`);
      } catch (error) {
        await this.fail(error);
      }
    }
  }

  async #check(file: string, strict: boolean): Promise<JobSpec> {
    this.source = undefined;
    this.source = await readDocument(file);
    const [{ parseDocument }, { checkCalls }, { localLibrary }] = await Promise.all([
      import("../../src/protocol/document.ts"),
      import("../check-calls.ts"),
      import("../local-library.ts"),
    ]);
    const spec = parseDocument(this.source.text, { file: this.source.file });
    this.#library ??= await localLibrary([], (text) => this.note(text));
    for (const name of checkCalls(spec, this.#library, this.source, strict)) {
      const near = this.#library.suggest(name);
      const then = near === undefined ? "a running node must offer it" : `did you mean ${near}?`;
      this.note(`${file}: task ${name} is not in the local library; ${then}`);
    }
    return spec;
  }
}
