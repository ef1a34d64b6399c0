/** What is said of words that are no command: the command that was probably meant. */
import type { Interfaces } from "@oclif/core";
import { RtlError } from "../src/protocol/errors.ts";
import { nearest } from "../src/protocol/nearest.ts";
import { failureJson, reportOf } from "./failure.ts";
import { renderFailure } from "./render/failure.ts";
import { paintFor } from "./terminal.ts";

/** Reports words such as `job submti`, and sets the exit code. `json` as the line asked for it. */
export function reportUnknownCommand(
  words: readonly string[],
  config: Interfaces.Config,
  json: boolean,
): void {
  const report = reportOf(unknownCommand(words, config), "rtl");
  process.exitCode = report.exit;
  if (json) process.stdout.write(`${JSON.stringify(failureJson(report))}\n`);
  else if (report.failure) {
    process.stderr.write(`${renderFailure(report.failure, paintFor(process.stderr))}\n`);
  }
}

function unknownCommand(words: readonly string[], config: Interfaces.Config): RtlError {
  const command = words.findLastIndex((_, at) => config.findCommand(id(words, at + 1)));
  if (command >= 0) {
    const known = words.slice(0, command + 1).join(" ");
    const message = `rtl ${known} takes no "${words.slice(command + 1).join(" ")}"`;
    return new RtlError("RTL_USAGE_INVALID", message, { fix: `rtl ${known} --help` });
  }
  // Further words of the line may be arguments, so that only as many words count as commands have.
  const known = [...new Set([...config.commandIDs, ...config.topics.map(({ name }) => name)])];
  const near = nearest(id(words, 2), known) ?? nearest(id(words, 1), known);
  const topic = config.findTopic(id(words, 1));
  const help = topic ? `rtl ${topic.name} --help` : "rtl --help";
  const fix = near === undefined ? help : `did you mean: rtl ${near.replaceAll(":", " ")}`;
  const what = words[0]?.startsWith("-") ? `flag ${words[0]}` : `command "rtl ${words.join(" ")}"`;
  return new RtlError("RTL_USAGE_INVALID", `there is no ${what}`, { fix });
}

const id = (words: readonly string[], count: number): string => words.slice(0, count).join(":");
