/** Work that nobody could do: a line for each, or one in full. */
import type { DeadLetter, Table } from "../../src/index.ts";
import { textTable } from "./text-table.ts";
import { timeText } from "./units.ts";

/** A line per letter; `now` absent: points of time are written out. */
export function deadTable(letters: readonly DeadLetter[], now: number | undefined): string {
  return textTable(
    ["JOB", "DIED", "STAGE", "CHUNK", "REASON", "LAST MESSAGE"],
    letters.map((letter) => [
      letter.job,
      timeText(letter.at, now),
      letter.stage,
      chunkText(letter),
      letter.reason,
      lastMessage(letter),
    ]),
  );
}

/** One letter, all of it but the bytes of its input. */
export function deadText(letter: DeadLetter, isGone: boolean, now: number | undefined): string {
  const { job, name = "", client, at, reason, stage, range, failure, calls, attempts } = letter;
  const rows = range === undefined ? "" : `${range.start} to ${range.end}`;
  const facts: readonly (readonly [string, string])[] = [
    ["job", job],
    ["name", name],
    ["died", timeText(at, now)],
    ["reason", reasons[reason]],
    ["stage", stage],
    ["chunk", chunkText(letter)],
    ["range", rows],
    ["failure", `${failure.code}: ${failure.message}`],
    ["input", inputText(letter, isGone)],
    ["client", client],
  ];
  return [
    textTable(
      [],
      facts.filter(([, value]) => value !== ""),
    ),
    "",
    "Attempts",
    indented(
      textTable(
        ["N", "NODE", "ENDED", "CODE", "MESSAGE"],
        attempts.map((one) => [
          String(one.attempt),
          one.node ?? "unknown",
          timeText(one.at, now),
          one.code,
          one.message,
        ]),
      ),
    ),
    "",
    "Calls",
    ...calls.map(({ task, params }) => `  ${task} ${JSON.stringify(params)}`),
    "",
    "It was to read",
    ...(letter.inputs.length > 0 ? letter.inputs.map(sourceLine) : ["  nothing, or it was gone"]),
    "",
    "Document",
    indented(JSON.stringify(letter.spec, undefined, 2)),
  ].join("\n");
}

/** What `ls --json` prints of a letter: what it is about, and no more than that. */
export const deadLineJson = (letter: DeadLetter) => ({
  job: letter.job,
  ...(letter.name !== undefined && { name: letter.name }),
  at: dateText(letter.at),
  stage: letter.stage,
  chunk: letter.chunk,
  reason: letter.reason,
  attempts: letter.attempts.length,
  message: lastMessage(letter),
});

/** All of a letter, its input as a table in JSON: absent where there was none, null where it is gone. */
export async function deadJson(letter: DeadLetter, input: Table | undefined) {
  const { tableToJson } = await import("../../src/table/json.ts");
  const { input: had, inputKept: _kept, at, attempts, ...rest } = letter;
  return {
    ...rest,
    at: dateText(at),
    attempts: attempts.map((one) => ({ ...one, at: dateText(one.at) })),
    ...(had !== undefined && { input: input === undefined ? null : tableToJson(input) }),
  };
}

const reasons = {
  poison: "poison: it ended its workers on different nodes",
  exhausted: "exhausted: it had no attempt left",
} as const;

const dateText = (time: number): string => new Date(time).toISOString();

/** Work of chunk -1 measures its source. */
const chunkText = ({ chunk }: DeadLetter): string => (chunk < 0 ? "measuring" : String(chunk));

const lastMessage = ({ attempts, failure }: DeadLetter): string =>
  attempts.at(-1)?.message ?? failure.message;

function inputText({ input }: DeadLetter, isGone: boolean): string {
  if (input === undefined) return "";
  const bytes = "bytes" in input ? `, ${input.bytes} bytes` : "";
  return `a table of ${input.rows} rows${bytes}${isGone ? "; it is gone" : ""}`;
}

function sourceLine({ rows, bytes, block, holder }: DeadLetter["inputs"][number]): string {
  const size = bytes === undefined ? "" : `, ${bytes} bytes`;
  const place = block === undefined ? "in the order itself" : `block ${block} of ${holder}`;
  return `  ${rows} rows${size}, ${place}`;
}

const indented = (text: string): string => text.replaceAll(/^/gm, "  ");
