/**
 * The log of a process: constant messages, all variables as fields, so that the story of a job is
 * one search for its id. Lines go to stderr, because stdout belongs to data. It never ends a
 * process.
 */
import { destination, type Logger, pino, stdSerializers } from "pino";
import type { Config } from "./config.ts";
import { journalLine, prettyLine } from "./log-line.ts";

/** What a line may be bound to; children add to what their parent has. */
export interface LogBindings {
  readonly service?: string;
  readonly relay?: string;
  readonly node?: string;
  readonly job?: string;
  readonly stage?: string | number;
  readonly chunk?: number;
  readonly attempt?: number;
}

export interface Log
  extends Pick<Logger, "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "isLevelEnabled"> {
  child(bindings: LogBindings): Log;
}

/** Where lines go: one call per line, with its line end. */
export interface LogSink {
  write(line: string): void;
}

export type LogSettings = Pick<Config, "logLevel" | "logFormat">;

/**
 * The log of this process. JSON by default; for people on a terminal; with a priority and without a
 * time under systemd, whose journal has its own. `sink` replaces stderr.
 */
export function createLog(settings: LogSettings, bindings: LogBindings = {}, sink?: LogSink): Log {
  // Written at once: the last line before a crash is the one that is needed.
  const out = sink ?? destination({ dest: 2, sync: true });
  const options = {
    level: settings.logLevel,
    base: { ...bindings },
    messageKey: "message",
    serializers: { error: stdSerializers.err, err: stdSerializers.err },
    errorKey: "error",
    timestamp: () => `,"time":${Date.now()}`,
  };
  const format = chooseFormat(settings.logFormat, process.env, process.stderr.isTTY === true);
  if (format === "json") return pino(options, out);
  const colour = format === "pretty" && process.stderr.isTTY === true && !process.env["NO_COLOR"];
  const render = format === "journal" ? journalLine : (line: string) => prettyLine(line, colour);
  return pino(options, { write: (line: string) => void out.write(render(line)) });
}

/** The form of lines for these surroundings. */
export function chooseFormat(
  asked: LogSettings["logFormat"],
  environment: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): "json" | "pretty" | "journal" {
  if (asked !== "auto") return asked;
  if (environment["JOURNAL_STREAM"]) return "journal";
  return terminal ? "pretty" : "json";
}
