/**
 * The one table of error codes. Inside a process errors are thrown as RtlError; between processes
 * they travel as a Failure. README shows this table, and a test holds both equal.
 */
interface ErrorKind {
  /** What happened, in a sentence for the README. */
  readonly summary: string;
  /** Whose fault: user errors are never retried, task errors if the task says so, system errors always. */
  readonly kind: "user" | "task" | "system";
  /** Whether trying the same thing again may help. */
  readonly retryable: boolean;
  /** Exit code of the CLI. */
  readonly exitCode: number;
}

export const errorKinds = {
  RTL_JOB_INVALID: user("the job document has faults; each is listed with its place", 65),
  RTL_DOCUMENT_TOO_LARGE: user("the job document is above its size limit", 65),
  RTL_JOB_CONFLICT: user("another document was already accepted under this job id", 65),
  RTL_JOB_UNKNOWN: user("no job has this id", 66),
  RTL_VALUE_UNKNOWN: user("the cache holds nothing under this key", 66),
  RTL_TASK_UNKNOWN: user("no running tasknode offers this task", 65),
  RTL_FILE_MISSING: user("a file does not exist", 66),
  RTL_FILE_INVALID: user("a file's content is not what its format or the job says", 65),
  RTL_FILE_REFUSED: user("a path leads out of the folders that tasks may touch", 77),
  RTL_FETCH_REFUSED: user("a task asked for an address outside of the allowed origins", 77),
  RTL_FETCH_FAILED: {
    summary: "an address did not answer with what a task asked for",
    kind: "task",
    retryable: false,
    exitCode: 1,
  },
  RTL_OUTPUT_REFUSED: user("the output cannot be written", 73),
  RTL_TABLE_INVALID: user("a table, or what was given as one, cannot be read", 65),
  RTL_COLUMN_UNKNOWN: user("a task names a column that its table does not have", 65),
  RTL_PARAMS_INVALID: user("a task's parameters are wrong", 65),
  RTL_MESSAGE_INVALID: user("a message could not be decoded or does not fit its schema", 65),
  RTL_MESSAGE_TOO_LARGE: user("a message is above the size limit of the bus", 65),
  RTL_USAGE_INVALID: user("a flag, argument or combination of them is wrong", 2),
  RTL_CONFIG_INVALID: user("an environment variable or setting is wrong", 78),
  RTL_INPUT_LOST: user("the job's input is no longer held by whoever submitted it", 66),
  RTL_RESULT_GONE: user("the job's result is no longer held by any node", 66),
  RTL_TASK_FAILED: {
    summary: "a task threw an error",
    kind: "task",
    retryable: false,
    exitCode: 1,
  },
  RTL_TASK_TIMEOUT: {
    summary: "a task ran longer than its run limit and was ended",
    kind: "task",
    retryable: false,
    exitCode: 1,
  },
  RTL_JOB_CANCELLED: {
    summary: "the job was cancelled",
    kind: "user",
    retryable: false,
    exitCode: 3,
  },
  RTL_DEADLINE_PASSED: {
    summary: "the job did not settle before its deadline",
    kind: "user",
    retryable: false,
    exitCode: 1,
  },
  RTL_WAIT_TIMEOUT: {
    summary: "the time to wait is over; the job runs on",
    kind: "user",
    retryable: true,
    exitCode: 124,
  },
  RTL_QUEUE_TIMEOUT: {
    summary: "work waited longer for a free slot than the job allows",
    kind: "user",
    retryable: true,
    exitCode: 75,
  },
  RTL_WORKER_ENDED: system("a task ended the worker that it ran in", 1),
  RTL_WORK_POISON: {
    summary: "a piece of work ended its workers on different nodes; it is kept as a dead letter",
    kind: "system",
    retryable: false,
    exitCode: 1,
  },
  RTL_WORK_LOST: system("a piece of work was lost with its node too often", 1),
  RTL_BLOCK_LOST: system("a table at rest is gone with the node that held it", 1),
  RTL_LIMIT_EXCEEDED: system("a limit of the system was reached; try again later", 75),
  RTL_STORE_SILENT: system("the NATS server's store does not answer for now", 75),
  RTL_BUS_UNREACHABLE: system("no NATS server answers", 69),
  RTL_BUS_REFUSED: user("the NATS server refuses the credentials, or their absence", 77),
  RTL_BUS_UNFIT: system("the NATS server lacks something that rtl needs, such as JetStream", 69),
  RTL_RIGHTS_MISSING: user("this user may not do that", 77),
  RTL_NO_RELAY: system("no relay is running", 69),
  RTL_NO_TASKNODE: system("no tasknode that offers the job's tasks is running", 69),
  RTL_NOT_RUNNING: system("the local services are not running", 3),
  RTL_INTERNAL: {
    summary: "a fault in rtl itself",
    kind: "system",
    retryable: false,
    exitCode: 70,
  },
} as const satisfies Record<string, ErrorKind>;

function user<Exit extends number>(summary: string, exitCode: Exit) {
  return { summary, kind: "user", retryable: false, exitCode } as const;
}
function system<Exit extends number>(summary: string, exitCode: Exit) {
  return { summary, kind: "system", retryable: true, exitCode } as const;
}

export type ErrorCode = keyof typeof errorKinds;
export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorKinds, text);

/** One fault of a document or of parameters. */
export interface Problem {
  /** Where, as a path into the document: `stages.keep.tasks[0].filterRows.operations[1].method`. */
  readonly path: string;
  readonly message: string;
  /** 1-based place in the text, where the text is known. */
  readonly line?: number;
  readonly column?: number;
  /** What to write instead. */
  readonly fix?: string;
}

/** An error as data: what travels between processes. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Where it happened, as far as known. */
  readonly at?: {
    readonly job?: string;
    readonly stage?: string;
    readonly task?: string;
    readonly chunk?: number;
    readonly node?: string;
    readonly attempt?: number;
  };
  readonly problems?: readonly Problem[];
  /** What the user can do about it. */
  readonly fix?: string;
}

export class RtlError extends Error {
  override readonly name = "RtlError";
  readonly code: ErrorCode;
  readonly at: Failure["at"];
  readonly problems: readonly Problem[];
  readonly fix: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & Omit<Failure, "code" | "message"> = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.at = options.at;
    this.problems = options.problems ?? [];
    this.fix = options.fix;
  }

  get exitCode(): number {
    return errorKinds[this.code].exitCode;
  }

  toFailure(): Failure {
    return {
      code: this.code,
      message: this.message,
      ...(this.at && { at: this.at }),
      ...(this.problems.length > 0 && { problems: this.problems }),
      ...(this.fix !== undefined && { fix: this.fix }),
    };
  }

  static from(failure: Failure): RtlError {
    return new RtlError(failure.code, failure.message, failure);
  }
}

/** Any thrown value as a Failure; what is not an RtlError gets the code given. */
export function toFailure(error: unknown, code: ErrorCode): Failure {
  if (error instanceof RtlError) return error.toFailure();
  const message = error instanceof Error ? error.message : String(error);
  return { code, message: message || "an error without a message" };
}
