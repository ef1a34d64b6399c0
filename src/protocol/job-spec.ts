/**
 * What a user may ask for. Documents in every form become a JobSpec at the door; nothing behind the
 * door ever sees another form.
 */

/** One task with its parameters, as the document names it. */
export interface TaskCall {
  readonly task: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** How a stage's input is cut into chunks. Absent: the planner chooses. */
export interface SplitSpec {
  readonly rows?: number;
  readonly bytes?: number;
  readonly chunks?: number;
}

export interface StageSpec {
  readonly name: string;
  /** Stages whose results are this stage's input; empty for a root. */
  readonly needs: readonly string[];
  /** In order of execution. */
  readonly tasks: readonly TaskCall[];
  readonly split?: SplitSpec;
  readonly cache?: boolean;
  /** Run limit of one piece of work, in milliseconds. */
  readonly timeoutMs?: number;
  readonly retry?: { readonly attempts: number; readonly backoffMs?: number };
  /** Where it may run: a node by name, or nodes with these labels. */
  readonly where?: { readonly node?: string; readonly labels?: Readonly<Record<string, string>> };
}

export interface JobSpec {
  readonly version: 1;
  readonly name?: string;
  /** In an order in which every stage follows the stages it needs. */
  readonly stages: readonly StageSpec[];
  /** From acceptance to settling, in milliseconds. */
  readonly deadlineMs?: number;
  /** 0 to 9, higher first; 5 when absent. */
  readonly priority?: number;
  readonly labels?: Readonly<Record<string, string>>;
}
