/**
 * Shows a job's events to whoever watches, on the standard error. On a terminal one line replaces
 * itself; elsewhere it would fill a log, so that it is written at most once a second.
 */
import type { JobWireEvent } from "../src/protocol/messages.ts";
import { eventLines } from "./render/event.ts";
import { newJobView, progressLine, viewAfter } from "./render/progress.ts";
import { columnsOf, replaceLine } from "./terminal.ts";

const LINE_EVERY_MS = 1_000;

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Stands before each line, where several jobs are watched at once. */
  readonly prefix?: string;
}

export interface Progress {
  event(event: JobWireEvent): void;
  /** A line between the events. */
  note(text: string): void;
  /** Clears the line that replaces itself. To be called before anything else is written. */
  end(): void;
}

export function createProgress({ quiet, verbose, prefix = "" }: ProgressOptions): Progress {
  const { stderr } = process;
  // Two lines cannot replace themselves at once.
  const live = Boolean(stderr.isTTY) && prefix === "";
  const begin = Date.now();
  let view = newJobView;
  let shownAt = begin;
  const draw = () => {
    const line = progressLine(view, Date.now() - begin, columnsOf(stderr));
    stderr.write(replaceLine(line));
  };
  const clock = live && !quiet ? setInterval(draw, LINE_EVERY_MS).unref() : undefined;
  const note = (text: string) => {
    stderr.write(`${live ? replaceLine("") : ""}${prefix}${text}\n`);
  };
  return {
    event(event) {
      view = viewAfter(view, event);
      if (quiet) return;
      for (const line of eventLines(event, verbose)) note(line);
      if (event.type === "job.done") return;
      if (live) draw();
      else if (event.type === "job.progress" && Date.now() - shownAt >= LINE_EVERY_MS) {
        shownAt = Date.now();
        note(progressLine(view, shownAt - begin));
      }
    },
    note,
    end() {
      clearInterval(clock);
      if (live && !quiet) stderr.write(replaceLine(""));
    },
  };
}
