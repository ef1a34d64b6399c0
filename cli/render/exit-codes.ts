/** The table of exit codes, made from the table of errors so that it cannot differ from it. */
import { type ErrorCode, errorKinds } from "../../src/protocol/errors.ts";
import { textTable } from "./text-table.ts";

export interface ExitCode {
  readonly exit: number;
  readonly meaning: string;
  /** Errors that end with this code. */
  readonly codes: readonly ErrorCode[];
}

const meanings: Readonly<Record<number, string>> = {
  0: "success",
  1: "the job failed, or a check did",
  2: "the command line is wrong",
  3: "the job was cancelled, or the local services are not running",
  4: "the state of the local services cannot be told",
  65: "a document, table or other input is wrong",
  66: "no such file, job, task or result",
  69: "no NATS server, relay or tasknode answers",
  70: "a fault in rtl itself",
  73: "the output cannot be written",
  75: "a limit was reached, or the job still runs: try again later",
  77: "refused",
  78: "a setting is wrong",
  124: "the time to wait is over; the job runs on",
  129: "the terminal is gone; the job runs on",
  130: "interrupted with Ctrl-C",
  143: "ended by SIGTERM",
};

/** All exit codes in order, with the errors that lead to them. */
export function exitCodes(): readonly ExitCode[] {
  const codes = Object.keys(errorKinds) as ErrorCode[];
  return Object.entries(meanings).map(([exit, meaning]) => ({
    exit: Number(exit),
    meaning,
    codes: codes.filter((code) => errorKinds[code].exitCode === Number(exit)),
  }));
}

/** The table as text. */
export function exitCodesText(): string {
  const rows = exitCodes().flatMap(({ exit, meaning, codes }) => [
    [String(exit), meaning],
    ...codes.map((code) => ["", `  ${code}: ${errorKinds[code].summary}`]),
  ]);
  return textTable(["EXIT", "MEANING"], rows);
}
