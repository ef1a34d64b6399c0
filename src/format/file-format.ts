/** What a file format offers to whoever opens files: looking at a file once, then reading any part of it. */
import type { Table } from "../table/table.ts";
import type { TaskFiles, UnitRange } from "../task/context.ts";

/** What was found out about one file before anything of it is read: plain data, as it travels to every node. */
export interface FileExtent {
  /** `rows` and `bytes` can be cut anywhere; `whole` is read in one piece. */
  readonly unit: "rows" | "bytes" | "whole";
  /** Rows, or bytes of the file. */
  readonly units: number;
  /** The smallest part worth a chunk. */
  readonly unitsMin: number;
  /** Size when it was looked at: a file that has changed since is refused. */
  readonly bytes: number;
  /** What the format needs to know again at each read. */
  readonly detail?: unknown;
}

export interface FileFormat<Options = unknown> {
  readonly name: string;
  /** Endings that mean this format, with their dot. */
  readonly endings: readonly string[];
  inspect(path: string, files: TaskFiles, options: Options): FileExtent | Promise<FileExtent>;
  /** Units [start, end) of the file, or all of it. */
  read(
    path: string,
    files: TaskFiles,
    options: Options,
    extent: FileExtent,
    range: UnitRange | undefined,
  ): Table | Promise<Table>;
}
