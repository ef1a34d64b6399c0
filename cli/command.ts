/**
 * What all commands share: the global flags, where text goes, and how an error becomes a message
 * with an exit code. Data goes to the standard output and everything else to the standard error, so
 * that a pipe never carries a word meant for a person. Libraries are loaded inside run(), never here.
 */
import { Command, Flags, type Interfaces } from "@oclif/core";
import { failureJson, type Report, reportOf } from "./failure.ts";
import { renderFailure } from "./render/failure.ts";
import { paintFor } from "./terminal.ts";

/** The text that a command was given, kept to show the lines in which its problems are. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

export abstract class RtlCommand extends Command {
  // oclif's help aligns a group by its first flag: it should have a letter.
  static override baseFlags = {
    quiet: Flags.boolean({
      char: "q",
      description: "no progress and no hints",
      helpGroup: "GLOBAL",
      exclusive: ["verbose"],
    }),
    verbose: Flags.boolean({ description: "more detail", helpGroup: "GLOBAL" }),
    json: Flags.boolean({ description: "print JSON", helpGroup: "GLOBAL" }),
  };

  /** Set as soon as it is known; an error then shows its lines. */
  protected source: SourceText | undefined;

  protected override async init(): Promise<void> {
    await super.init();
    // Whoever reads us has seen enough: there is nobody left to tell anything.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit();
    });
  }

  /** A line of data. */
  protected data(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** A value as JSON: laid out for a reader, in one line for a program. */
  protected dataJson(value: unknown): void {
    this.data(JSON.stringify(value, jsonValue, process.stdout.isTTY ? 2 : undefined));
  }

  /** A value as one line of JSON among several. */
  protected dataJsonLine(value: unknown): void {
    this.data(JSON.stringify(value, jsonValue));
  }

  /** A line for the person who watches, not part of the data. */
  protected note(text: string): void {
    if (!this.given("--quiet") && !this.given("-q")) process.stderr.write(`${text}\n`);
  }

  /** Whether a flag stands on the command line, known before and even when parsing fails. */
  protected given(flag: string): boolean {
    const end = this.argv.indexOf("--");
    const before = end < 0 ? this.argv : this.argv.slice(0, end);
    return before.some((word) => word === flag || word.startsWith(`${flag}=`));
  }

  /** Notes how a command ends that goes on after a failure; the worst one counts. */
  protected async fail(error: unknown): Promise<void> {
    const report = reportOf(error, `rtl ${(this.id ?? "").replaceAll(":", " ")}`);
    process.exitCode = Math.max(Number(process.exitCode ?? 0), report.exit);
    if (report.failure === undefined) return;
    if (this.given("--json")) this.dataJson(failureJson(report));
    else process.stderr.write(`${await this.describe(report.failure)}\n`);
    if (
      report.failure.code === "RTL_INTERNAL" &&
      this.given("--verbose") &&
      error instanceof Error
    ) {
      process.stderr.write(`${error.stack ?? ""}\n`);
    }
  }

  protected override async catch(error: Interfaces.CommandError): Promise<void> {
    await this.fail(error);
  }

  private async describe(failure: NonNullable<Report["failure"]>): Promise<string> {
    const paint = paintFor(process.stderr);
    const problems = failure.problems ?? [];
    if (this.source === undefined || problems.length === 0) return renderFailure(failure, paint);
    const [{ formatProblems }, { placeProblems }] = await Promise.all([
      import("../src/protocol/problems.ts"),
      import("../src/protocol/place-problems.ts"),
    ]);
    const { text, file } = this.source;
    // A relay knows the document, but not its lines.
    const placed = placeProblems(problems, text);
    return renderFailure(failure, paint, formatProblems(placed, text, file));
  }
}

/** Text that is broken for the reader of the source, for a page that breaks it anew. */
export const flowing = (text: string): string => text.trim().replaceAll(/(?<!\n)\n(?!\n)/g, " ");

const jsonValue = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;
