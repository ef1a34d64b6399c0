/** What tasks said, line by line, with where it was said. */
import type { StageReport } from "../../src/protocol/messages.ts";

export interface LogLine {
  readonly time: string;
  readonly stage: string;
  readonly task: string;
  readonly line: string;
}

export const logLines = ({ stage, tasks }: StageReport, time: string): readonly LogLine[] =>
  tasks.flatMap(({ task, lines }) => lines.map((line) => ({ time, stage, task, line })));
