/**
 * Any thrown value as what is reported to the user: a failure with its exit code. Every error of the
 * program passes through here, so that none is shown in the words of a library.
 */
import { Errors } from "@oclif/core";
import { errorKinds, type Failure, RtlError } from "../src/protocol/errors.ts";
import { nearest } from "../src/protocol/nearest.ts";

export interface Report {
  /** Absent when a command only wants to end with an exit code. */
  readonly failure?: Failure;
  readonly exit: number;
}

/** What oclif's parser attaches to its errors; its types do not say so. */
interface ParserFault {
  readonly flags?: readonly string[];
  readonly parse?: { readonly input?: { readonly flags?: Readonly<Record<string, unknown>> } };
}

/**
 * The failure and exit code of a thrown value.
 * `command` is the command as the user types it, for the hint to its help.
 */
export function reportOf(error: unknown, command: string): Report {
  if (error instanceof RtlError) {
    const failure = error.toFailure();
    return { failure: { ...failure, message: plain(failure.message) }, exit: error.exitCode };
  }
  if (error instanceof Errors.ExitError) return { exit: error.oclif.exit ?? 0 };
  if (error instanceof Errors.CLIError) {
    const failure = usageFailure(error, command);
    return { failure, exit: errorKinds[failure.code].exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  const failure = {
    code: "RTL_INTERNAL",
    message: `a fault in rtl itself: ${message || "an error without a message"}`,
    fix: "run it again with --verbose and report what it prints",
  } as const;
  return { failure, exit: errorKinds.RTL_INTERNAL.exitCode };
}

function usageFailure(error: InstanceType<typeof Errors.CLIError>, command: string): Failure {
  const message = plain(error.message)
    // oclif's advice on flags with several values follows after an empty line.
    .replace(/\n\n.*$/s, "")
    .replace(
      /^missing \d+ required args?:\s+(\S+)\s+/,
      (_, name: string) => `the argument ${name.toUpperCase()} is missing: `,
    );
  const help = `${command} --help`;
  const { flags, parse } = error as ParserFault;
  const unknown = flags?.[0];
  if (unknown === undefined) {
    return { code: "RTL_USAGE_INVALID", message, fix: help };
  }
  const known = Object.keys(parse?.input?.flags ?? {});
  const near = nearest(unknown.replace(/^-+/, ""), known);
  const fix = near === undefined ? help : `did you mean --${near}? (${help})`;
  return { code: "RTL_USAGE_INVALID", message: `there is no flag ${unknown}`, fix };
}

/** A message without what oclif's parser puts around it; it begins in lower case. */
function plain(message: string): string {
  const text = message
    .replace(/\n?See more help with --help$/, "")
    .replace(/^Parsing (--\S+)\s+/, "$1: ")
    .replace(/^The following errors? occurred:\s+/, "")
    .replace(/:\n/g, ": ")
    .trim();
  return /^[A-Z][a-z]/.test(text) ? text.slice(0, 1).toLowerCase() + text.slice(1) : text;
}

/** The form of a failure under --json. */
export const failureJson = ({ failure, exit }: Report) => ({ error: { ...failure, exit } });
