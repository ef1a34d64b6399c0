/** Flags that several commands have, so that each is named and explained once. */
import { Flags } from "@oclif/core";
import { durationMs } from "../src/protocol/duration.ts";
import { RtlError } from "../src/protocol/errors.ts";
import { formats } from "./formats.ts";

/** A span of time with its unit, in milliseconds. */
export const duration = Flags.custom<number>({
  helpValue: "DURATION",
  parse: async (text) => {
    const ms = durationMs(text);
    if (ms !== undefined) return ms;
    const fix = "write it with its unit: 500ms, 30s, 5m, 1h";
    throw new RtlError("RTL_USAGE_INVALID", `"${text}" is not a duration`, { fix });
  },
});

/** The bus to speak to. */
export const busFlags = {
  server: Flags.string({
    char: "s",
    description: "address of the NATS server; default: NATS_URL, a cluster joined, or rtl start",
    helpGroup: "GLOBAL",
    helpValue: "URL",
    exclusive: ["context"],
  }),
  context: Flags.string({
    description: "a context of the nats command instead; default: NATS_CONTEXT",
    helpGroup: "GLOBAL",
    helpValue: "NAME",
  }),
};

export const inputFlag = {
  input: Flags.string({
    char: "i",
    description: "the input table: JSON or Arrow; - for standard input",
    helpValue: "FILE",
  }),
};

/** What is changed in a job document; see job-changes.ts. */
export const changeFlags = {
  set: Flags.string({
    description: "a task's parameter, over the document's; may be repeated",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "STAGE.TASK.PARAM=VALUE",
  }),
  name: Flags.string({ description: "the job's name, over the document's" }),
  label: Flags.string({
    description: "a label, beside the document's; may be repeated",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "K=V",
  }),
  priority: Flags.integer({
    description: "0 to 9, higher first; over the document's",
    min: 0,
    max: 9,
  }),
  deadline: duration({ description: "time from acceptance to settling; over the document's" }),
};

export const outputFlags = {
  out: Flags.string({
    char: "o",
    description: "write the result there, in the form that the ending says; - for standard output",
    helpValue: "FILE",
  }),
  format: Flags.option({
    description: "form of the result; default: a table on a terminal, else one record a line",
    options: formats,
  })(),
};

export const tasksFlag = {
  tasks: Flags.string({
    description: "a folder with a task library, beside the package's own",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "DIR",
  }),
};

export const dataRootFlag = {
  "data-root": Flags.string({
    description: "a folder that tasks may read and write; default: this one",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "DIR",
  }),
};

export const timeoutFlag = {
  timeout: duration({ description: "wait no longer than this; then exit with 124" }),
};
