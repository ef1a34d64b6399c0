/**
 * What the commands share that speak to a running system: the server's address, the client's life,
 * and how a job is read from the command line and handed in.
 */
import type { JobHandle, JobSpec, Rtl, SubmitOptions } from "../src/index.ts";
import { RtlError } from "../src/protocol/errors.ts";
import type { JobDone } from "../src/protocol/messages.ts";
import { type BusFlags, connectClient } from "./client.ts";
import { RtlCommand } from "./command.ts";
import { busFlags } from "./flags.ts";
import { readDocument, readTable } from "./input.ts";
import type { ChangeFlags } from "./job-changes.ts";
import { outcomeError } from "./outcome.ts";

const CLOSE_MS_MAX = 2_000;

/** A job as the user gave it, checked as far as that is possible without the bus. */
export interface GivenJob {
  readonly spec: JobSpec;
  /** What is handed in: the text as it was read, or the job that the flags made of it. */
  readonly document: string | JobSpec;
  readonly file: string;
  readonly bus: BusFlags;
  readonly id: string | undefined;
  readonly input: unknown;
}

interface JobFlags extends ChangeFlags {
  readonly input?: string | undefined;
  readonly id?: string | undefined;
}

export abstract class BusCommand extends RtlCommand {
  static override baseFlags = { ...busFlags, ...RtlCommand.baseFlags };

  #client: Rtl | undefined;

  protected async client(flags: BusFlags): Promise<Rtl> {
    this.#client ??= await connectClient(flags);
    return this.#client;
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await super.finally(error);
    if (this.#client === undefined) return;
    // A bus that has gone silent must not keep a command that is done.
    const silence = setTimeout(() => process.exit(), CLOSE_MS_MAX);
    await this.close();
    clearTimeout(silence);
  }

  /** Leaves the bus; nothing is asked of it after that. */
  protected async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close().catch(() => undefined);
  }

  /** Reads and checks a document and its input table; faults are found before anything is sent. */
  protected async readJob(file: string, flags: BusFlags & JobFlags): Promise<GivenJob> {
    if (file === "-" && flags.input === "-") {
      throw new RtlError("RTL_USAGE_INVALID", "job and --input cannot both be standard input", {
        fix: "put one of them into a file",
      });
    }
    this.source = await readDocument(file);
    const { parseDocument } = await import("../src/protocol/document.ts");
    const { changed } = await import("./job-changes.ts");
    const written = parseDocument(this.source.text, { file: this.source.file });
    const spec = changed(written, flags);
    const input = flags.input === undefined ? undefined : await readTable(flags.input);
    const document = spec === written ? this.source.text : spec;
    return { spec, document, file: this.source.file, id: flags.id, bus: flags, input };
  }

  protected async submit(
    { document, file, bus, id, input }: GivenJob,
    profile?: SubmitOptions["profile"],
  ): Promise<JobHandle> {
    const client = await this.client(bus);
    return client.submit(document, {
      file,
      ...(id && { id }),
      ...(input !== undefined && { input }),
      ...(profile && { profile }),
      // By custom a process is told of its trace in this variable.
      ...(process.env["TRACEPARENT"] && { traceparent: process.env["TRACEPARENT"] }),
    });
  }

  /** The time that ages are counted from; undefined off a terminal, where dates are written out. */
  protected now(): number | undefined {
    return process.stdout.isTTY ? Date.now() : undefined;
  }

  /** Sets the exit code of a settled job and says why it did not complete. */
  protected async endWith(done: JobDone, exit: number | undefined): Promise<void> {
    const error = outcomeError(done);
    // Under --json the event has said it.
    if (error && !this.given("--json")) await this.fail(error);
    const code = exit ?? error?.exitCode ?? 0;
    process.exitCode = Math.max(Number(process.exitCode ?? 0), code);
  }
}
