/** The manual page rtl(1), in the language of man, from the commands themselves. */
import type { KnownCommand, KnownFlag } from "../known-commands.ts";
import { exitCodes } from "./exit-codes.ts";

/** A text that man takes as it is: no line of it is a request, and dashes stay dashes. */
const said = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^([.'])/gm, "\\&$1");

export function manPage(
  version: string,
  commands: readonly KnownCommand[],
  topics: Readonly<Record<string, string>>,
): string {
  const groups = Object.entries(topics).map(
    ([name, description]) => `.TP\n.B ${said(name)}\n${said(description)}`,
  );
  return `${[
    `.TH RTL 1 "" "rtl ${version}" "User Commands"`,
    ".SH NAME",
    "rtl \\- a message\\-bus dataflow runtime on NATS",
    ".SH SYNOPSIS",
    ".B rtl",
    "COMMAND [ARGUMENTS] [FLAGS]",
    ".SH DESCRIPTION",
    said("rtl runs jobs: tasks in stages over a table, on the nodes that NATS connects."),
    ".SH GROUPS OF COMMANDS",
    ...groups,
    ".SH COMMANDS",
    ...commands.map(command),
    ".SH EXIT STATUS",
    ...exitCodes().map(({ exit, meaning }) => `.TP\n.B ${exit}\n${said(meaning)}`),
    ".SH FILES",
    ".TP\n.I /etc/rtl/rtl.env\nSettings of the services of this machine, and where its commands find the bus.",
    ".TP\n.I ~/.config/rtl/rtl.env\nThe same for the commands of one user.",
  ].join("\n")}\n`;
}

function command({
  words,
  summary,
  description,
  args,
  flags,
  examples,
  isOpen,
}: KnownCommand): string {
  const places = args.map(({ name, required }) => {
    const word = name.toUpperCase();
    return required ? word : `[${word}]`;
  });
  const line = [
    `.SS "rtl ${said(words)}${places.map((place) => ` ${place}`).join("")}${isOpen ? " ..." : ""}"`,
  ];
  const about = description === "" ? summary : `${summary}. ${description}`;
  return [
    ...line,
    said(`${about.charAt(0).toUpperCase()}${about.slice(1)}`),
    ...args.map(
      ({ name, description: meaning = "" }) => `.TP\n.I ${name.toUpperCase()}\n${said(meaning)}`,
    ),
    ...flags.map(flag),
    ...examples.map((text) => `.PP\n.EX\n${said(text.replace(/^\$ /, ""))}\n.EE`),
  ].join("\n");
}

function flag({ name, char, description = "", type, helpValue, options }: KnownFlag): string {
  const value = type === "boolean" ? "" : ` ${options?.join("|") ?? helpValue ?? "VALUE"}`;
  const short = char === undefined ? "" : `-${char}, `;
  return `.TP\n.B ${said(`${short}--${name}`)}${said(value)}\n${said(description)}`;
}
