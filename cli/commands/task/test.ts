/** `rtl task test`: golden cases, in this process. */
import { Args } from "@oclif/core";
import { RtlError } from "../../../src/protocol/errors.ts";
import type { GoldenFailure } from "../../../src/task/golden.ts";
import { flowing, RtlCommand } from "../../command.ts";
import { tasksFlag } from "../../flags.ts";
import { assertReadable } from "../../input.ts";

export default class TaskTest extends RtlCommand {
  static override summary = "run golden cases: tables that tasks must turn into others";
  static override description = flowing(`
A file is a list of cases {task, name, params, input, expect}; expect is a table as JSON, or "error".
Paths in a case are relative to its file. Prints what failed and how many passed; ends with 1 when
one failed.
`);
  static override examples = ["<%= config.bin %> task test test/vectors/add.json my-cases.json"];
  static override strict = false;
  static override args = {
    file: Args.string({ description: "files of golden cases", required: true }),
  };
  static override flags = { ...tasksFlag };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(TaskTest);
    const [{ runGoldenFiles }, { localLibrary }] = await Promise.all([
      import("../../../src/task/golden.ts"),
      import("../../local-library.ts"),
    ]);
    const library = await localLibrary(flags.tasks ?? [], (text) => this.note(text));
    const failed: GoldenFailure[] = [];
    let passed = 0;
    for (const file of argv.map(String)) {
      assertReadable(file);
      const result = await runGoldenFiles([file], library).catch((cause: unknown) => {
        throw cause instanceof SyntaxError ? notJson(file, cause) : cause;
      });
      if (result.skipped.length > 0) this.note(`${file}: its cases are of no task; left out`);
      passed += result.passed;
      failed.push(...result.failed.map((failure) => ({ ...failure, file })));
    }
    if (flags.json) this.dataJson({ passed, failed });
    else {
      for (const { file, name, why } of failed) this.data(`${file}: ${name}: ${why}`);
      this.data(`${passed} passed, ${failed.length} failed`);
    }
    if (failed.length > 0) process.exitCode = 1;
  }
}

const notJson = (file: string, cause: SyntaxError): RtlError =>
  new RtlError("RTL_FILE_INVALID", `${file} is not JSON: ${cause.message}`, { cause });
