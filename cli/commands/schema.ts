/** `rtl schema`: the JSON Schema of job documents, for editors. */
import { flowing, RtlCommand } from "../command.ts";

export default class Schema extends RtlCommand {
  static override summary = "print the JSON Schema of job documents";
  static override description = flowing(`
For editors: put "# yaml-language-server: $schema=job.schema.json" at the top of a job document and
keep the schema beside it.
`);
  static override examples = ["<%= config.bin %> schema > job.schema.json"];

  async run(): Promise<void> {
    await this.parse(Schema);
    const { jobSpecJsonSchema } = await import("../../src/protocol/job-spec.ts");
    this.data(JSON.stringify(jobSpecJsonSchema(), null, 2));
  }
}
