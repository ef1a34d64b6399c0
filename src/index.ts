/** Public door "rtl": what a program that hands in jobs holds. */
export { type ErrorCode, type Failure, type Problem, RtlError } from "./protocol/errors.ts";
export type { JobSpec, StageSpec } from "./protocol/job-spec.ts";
export type { JobDone, JobSummary, JobWireEvent, StageReport } from "./protocol/messages.ts";
