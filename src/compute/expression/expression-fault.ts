/**
 * What is wrong with an expression, told with its place: line and column of the expression's own
 * text, and the line itself with a caret under the fault. Nothing here decides what is wrong.
 */
import { type ErrorCode, RtlError } from "../../protocol/errors.ts";

/** Characters of a line that are shown on either side of a fault. */
const SHOWN_BEFORE = 60;
const SHOWN_AFTER = 20;

/** `at 1:7: unknown function "sqr"`, and below it the text and a caret; `at` is a place in it. */
export function expressionFault(
  text: string,
  at: number,
  message: string,
  options: { code?: ErrorCode; fix?: string } = {},
): RtlError {
  const { code = "RTL_PARAMS_INVALID", ...rest } = options;
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = text.indexOf("\n", at);
  const line = text.slice(0, lineStart).split("\n").length;
  const before = [...text.slice(lineStart, at)];
  const after = [...text.slice(at, lineEnd < 0 ? text.length : lineEnd)];
  const start = before.length > SHOWN_BEFORE ? before.slice(-SHOWN_BEFORE) : before;
  const end = after.length > SHOWN_AFTER ? [...after.slice(0, SHOWN_AFTER), "…"] : after;
  const lead = start.length < before.length ? "…" : "";
  const excerpt = `${lead}${plain(start)}${plain(end)}`;
  const caret = `${" ".repeat(lead.length + start.length)}^`;
  const place = `at ${line}:${before.length + 1}`;
  return new RtlError(code, `${place}: ${message}\n  ${excerpt}\n  ${caret}`, rest);
}

/** Tabs and other controls would move the caret away from what it points at. */
const plain = (characters: readonly string[]): string =>
  characters.map((one) => (one < " " ? " " : one)).join("");
