/** What a program may say when it connects, and when it hands in a job. */
import type { Log } from "../host/log.ts";
import type { NatsCredentials } from "../host/nats-credentials.ts";
import type { StageReport } from "../protocol/messages.ts";
import type { Span } from "../protocol/profile-message.ts";

export interface ConnectOptions {
  /**
   * Default: NATS_URL, else what `rtl cluster join` left, else what `rtl start` started here, else the local
   * port 4222.
   */
  readonly servers?: string | readonly string[];
  /** A context of the `nats` command, instead of servers and credentials; default: NATS_CONTEXT. */
  readonly context?: string;
  /** Who submits: fairness is between submitters. A token; default: host and a random part. */
  readonly name?: string;
  readonly log?: Log;
  /** Default: NATS_CREDS, NATS_USER and NATS_PASSWORD, or NATS_TOKEN. */
  readonly credentials?: NatsCredentials;
  /**
   * False: a relay owns every ephemeral job, also the short ones that may otherwise be handed to free
   * slots at once. Default: true.
   */
  readonly lanes?: boolean;
  /** How long a question, a submit among them, is put again until a relay answers; default 30 s. */
  readonly patienceMs?: number;
}

export interface SubmitOptions {
  /** The same id and document is the same job, however often it is submitted. */
  readonly id?: string;
  /**
   * The job's input: a Table, an Arrow table, typed arrays by name, records, or a JSON table. A large one
   * is not copied: its arrays must not change before a durable job is accepted, or an ephemeral one has
   * settled.
   */
  readonly input?: unknown;
  /** Ephemeral jobs are faster, leave no record, and end with their client. */
  readonly mode?: "durable" | "ephemeral";
  /** File name of the document, for its error messages. */
  readonly file?: string;
  /** The job on whose behalf this one is: it is cancelled together with that one. */
  readonly origin?: string;
  /** Called with where the job's time went, before it settles; an ephemeral job then takes no lane. */
  readonly profile?: (spans: readonly Span[], dropped: number) => void;
  /**
   * The trace that it belongs to, as the W3C's `traceparent`: relays and nodes carry it on, and tell their
   * spans to an OpenTelemetry collector where their environment names one. An ephemeral job then takes no lane.
   */
  readonly traceparent?: string;
  /** Queue group of dispatchers among whom one gets the settled job. */
  readonly group?: string;
}

/** What a stage did, and when it was complete. */
export interface TimedReport {
  readonly time: string;
  readonly report: StageReport;
}

export type { BucketStats, ValueInfo } from "../cache/values.ts";
