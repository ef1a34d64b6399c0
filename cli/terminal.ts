/**
 * What is known of the terminal at the other end of a stream: whether it is one, how wide it is, and
 * which styles it takes. The only file that writes escape sequences.
 */
import type { WriteStream } from "node:tty";

/** Wraps a text in a style, or leaves it as it is where styles are not wanted. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

const style =
  (on: boolean, open: number, close: number) =>
  (text: string): string =>
    on ? `\u001b[${open}m${text}\u001b[${close}m` : text;

/** Styles for a stream: none unless it is a terminal with colours and NO_COLOR is unset. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const on = Boolean(stream.isTTY) && (stream as WriteStream).hasColors();
  return {
    bold: style(on, 1, 22),
    dim: style(on, 2, 22),
    red: style(on, 31, 39),
    green: style(on, 32, 39),
    yellow: style(on, 33, 39),
  };
}

/** Columns of a terminal; some say 0, which means that they do not know. */
export const columnsOf = (stream: NodeJS.WriteStream): number => stream.columns || 80;

/** A screen of its own, without a cursor, and back to what was there before. */
export const enterScreen = "\u001b[?1049h\u001b[?25l";
export const leaveScreen = "\u001b[?25h\u001b[?1049l";

/** Draws a page over the last one from the top left, and clears what is left of that. */
export const redraw = (lines: readonly string[]): string =>
  `\u001b[H${lines.map((line) => `${line}\u001b[K`).join("\r\n")}\u001b[J`;

/** Replaces the line that the cursor is on. */
export const replaceLine = (text: string): string => `\r\u001b[2K${text}`;
