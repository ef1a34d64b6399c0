/** Public door "rtl": what a program that hands in jobs holds. */
export {
  type ConnectOptions,
  clientPrefix,
  connect,
  type Rtl,
  type SubmitOptions,
} from "./dispatcher/connect.ts";
export type { RetryOptions } from "./dispatcher/dead-jobs.ts";
export { type ClientOptions, Dispatcher, SchemaCache as Cache } from "./dispatcher/dispatcher.ts";
export {
  Envelope,
  Meta,
  type MetaData,
  Pipeline,
  type PipelineData,
  Tools,
} from "./dispatcher/envelope.ts";
export { type BusWish, type FoundBus, findBus } from "./dispatcher/find-bus.ts";
export type { CancelOptions, JobHandle, WaitOptions } from "./dispatcher/job-handle.ts";
export type { BucketStats, ValueInfo } from "./dispatcher/options.ts";
export { type Execution, Transform, type TransformOptions } from "./dispatcher/transform.ts";
export {
  type ErrorCode,
  errorKinds,
  type Failure,
  type Problem,
  RtlError,
} from "./protocol/errors.ts";
export type { JobSpec, StageSpec, TaskCall } from "./protocol/job-spec.ts";
export type {
  JobDone,
  JobStateName,
  JobSummary,
  JobWireEvent,
  NodeBeat,
  RelayBeat,
  StageReport,
  TaskDescription,
} from "./protocol/messages.ts";
export type { ListedNode, NodeListReply } from "./protocol/node-messages.ts";
export type { DeadLetter } from "./protocol/records.ts";
export type { Column } from "./table/column.ts";
export { tableFromContents } from "./table/contents.ts";
export { type JsonTable, tableFromJson, tableToJson } from "./table/json.ts";
export { tableToText } from "./table/print.ts";
export type { Table } from "./table/table.ts";
