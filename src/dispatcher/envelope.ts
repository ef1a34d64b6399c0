/**
 * The envelope of the raspi-rtl systems that rtl succeeds: an id, how many stages are left, and a
 * table. `Meta`, `Pipeline` and `Tools` complete what a version 0.4 client imports. An envelope knows
 * nothing of the bus; a Dispatcher sends it.
 */
import { RtlError } from "../protocol/errors.ts";
import { TOKEN } from "../protocol/ids.ts";
import { valueAt } from "../table/column.ts";
import { tableFromContents } from "../table/contents.ts";
import { encodeTable } from "../table/ipc.ts";
import { defaultTable, type Table } from "../table/table.ts";

/** What version 0.4 sends beside its data. */
export interface MetaData {
  /** Size of the contents in bytes. */
  readonly size: number;
  /** Rows. */
  readonly length: number;
  /** Tasks left. */
  readonly lifespan: number;
  readonly times: Readonly<Record<string, number>>;
  readonly stage: string;
}

export interface PipelineData {
  readonly tasks: readonly string[];
  readonly completed: readonly string[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/**
 * The stage that a pipeline asks for. task_multiply of version 0.4 multiplied each row by itself; what
 * version 3 calls multiply has operations, which version 0.4 does not know.
 */
export function stageOf({ tasks, kwargs }: PipelineData): {
  readonly name: string;
  readonly tasks: readonly Readonly<Record<string, object>>[];
} {
  const call = (task: string): Record<string, object> =>
    /^(task_)?multiply$/.test(task) && !("operations" in kwargs)
      ? { multiplyRows: { ...kwargs, by: "itself" } }
      : { [task]: kwargs };
  return { name: "pipeline", tasks: tasks.map(call) };
}

export class Meta {
  size = 0;
  length = 0;
  lifespan = 0;
  times: Record<string, number> = {};
  stage = "";

  extract(): MetaData {
    const { size, length, lifespan, times, stage } = this;
    return { size, length, lifespan, times, stage };
  }
}

export class Pipeline {
  tasks: string[] = [];
  completed: string[] = [];
  /** Parameters that every task of the pipeline gets. */
  kwargs: Record<string, unknown> = {};

  extract(): PipelineData {
    const { tasks, completed, kwargs } = this;
    return { tasks: [...tasks], completed: [...completed], kwargs: { ...kwargs } };
  }
}

export const Tools = {
  /** A new id for an envelope. */
  createId: (): string => crypto.randomUUID(),
  create_id: (): string => crypto.randomUUID(),
};

export class Envelope {
  #id: string = Tools.createId();
  #lifespan = 0;
  #pipeline: PipelineData | undefined;
  #meta: MetaData | undefined;
  #contents: Table = defaultTable();

  /** Version 3: the number of stages to run. Version 0.4: header, meta, pipeline and data. */
  pack(lifespan: number): this;
  pack(header: string, meta: MetaData, pipeline: PipelineData, data: unknown): this;
  pack(first: number | string, meta?: MetaData, pipeline?: PipelineData, data?: unknown): this {
    if (typeof first === "number") {
      if (!Number.isInteger(first) || first < 0) throw wrong(`a lifespan of ${first}`, "use 1");
      this.#lifespan = first;
      return this;
    }
    if (!TOKEN.test(first)) throw wrong(`the header "${first}"`, "use Tools.createId()");
    if (!Array.isArray(pipeline?.tasks)) throw wrong("a pipeline without tasks", "set its tasks");
    this.#id = first;
    this.#meta = meta;
    this.#pipeline = pipeline;
    this.#lifespan = pipeline.tasks.length;
    if (data !== undefined) this.setContents(data);
    return this;
  }

  /**
   * The table to work on: a Table, an Arrow table, typed arrays by column name, records, a JSON
   * table, or rows as arrays. RTL_TABLE_INVALID for anything else.
   */
  setContents(contents: unknown): this {
    this.#contents = tableFromContents(isRows(contents) ? columnsOf(contents) : contents);
    return this;
  }

  getContents(): Table {
    return this.#contents;
  }

  getId(): string {
    return this.#id;
  }

  /** The table, after the work on it is done. */
  result(): Table {
    return this.#contents;
  }

  /** Rows as version 0.4 knows them: the columns' values in order. */
  getData(): (number | bigint | string | boolean | null)[][] {
    const columns = this.#contents.columns.map((column) => [...valuesOf(column)]);
    return Array.from({ length: this.length }, (_, row) =>
      columns.map((values) => values[row] ?? null),
    );
  }

  getHeader(): string {
    return this.#id;
  }

  getMeta(): MetaData {
    const { times = {}, stage = "" } = this.#meta ?? {};
    return { size: this.size, length: this.length, lifespan: this.#lifespan, times, stage };
  }

  getPipeline(): PipelineData | undefined {
    return this.#pipeline;
  }

  /** Stages, or for version 0.4 tasks, that are left to run. */
  get lifespan(): number {
    return this.#lifespan;
  }

  /** Rows. */
  get length(): number {
    return this.#contents.rows;
  }

  /** Bytes that the contents take on the wire. */
  get size(): number {
    return encodeTable(this.#contents).length;
  }

  /** What a dispatcher does with the answer: the table goes in, and nothing is left to run. */
  finish(table: Table): this {
    this.#contents = table;
    this.#lifespan = 0;
    const { tasks, completed, kwargs } = this.#pipeline ?? {};
    if (tasks && completed && kwargs) {
      this.#pipeline = { tasks: [], completed: [...completed, ...tasks], kwargs };
    }
    return this;
  }
}

type Cell = number | bigint | string | boolean | null;

function isRows(contents: unknown): contents is readonly (readonly Cell[])[] {
  return Array.isArray(contents) && contents.length > 0 && contents.every(Array.isArray);
}

/** Rows of equal length as columns named 0, 1, 2, … */
function columnsOf(rows: readonly (readonly Cell[])[]): Record<string, Cell[]> {
  const width = rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd >= 0) {
    throw new RtlError(
      "RTL_TABLE_INVALID",
      `row ${odd} has ${rows[odd]?.length} values, row 0 has ${width}`,
      { fix: "give every row the same number of values" },
    );
  }
  return Object.fromEntries(
    Array.from({ length: width }, (_, column) => [
      String(column),
      rows.map((row) => row[column] ?? null),
    ]),
  );
}

function* valuesOf(column: Table["columns"][number]): Generator<Cell> {
  for (let row = 0; row < column.length; row++) yield valueAt(column, row);
}

const wrong = (what: string, fix: string): RtlError =>
  new RtlError("RTL_USAGE_INVALID", `an envelope cannot be packed with ${what}`, { fix });
