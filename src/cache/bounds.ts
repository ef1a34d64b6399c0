/**
 * How much room the parts of the store want, and for how long they keep what is in them. Every one is
 * bounded: without a bound the server takes three quarters of the free disk. Nothing is opened here.
 */
const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

export const buckets = {
  schemas: { name: "RTL_SCHEMAS", ttlMs: 24 * HOUR_MS, bytesMax: 16 * MIB },
  jobs: { name: "RTL_JOBS", ttlMs: 7 * 24 * HOUR_MS, bytesMax: 256 * MIB },
  results: { name: "RTL_RESULTS", ttlMs: 24 * HOUR_MS, bytesMax: 512 * MIB },
  /** What is older than this is gone, whatever the lifetime that a task gave it. */
  answers: { name: "RTL_ANSWERS", ttlMs: 7 * 24 * HOUR_MS, bytesMax: 128 * MIB },
  /** Inputs of jobs that have not settled. */
  inputs: { name: "RTL_INPUTS", ttlMs: 7 * 24 * HOUR_MS, bytesMax: 512 * MIB },
  dead: { name: "RTL_DEAD", ttlMs: 30 * 24 * HOUR_MS, bytesMax: 64 * MIB },
} as const;

export type BucketName = keyof typeof buckets;

export const eventStream = {
  name: "RTL_EVENTS",
  subject: "rtl.v1.job.*.event",
  ageMs: HOUR_MS,
  bytesMax: 64 * MIB,
} as const;

/** The newest cancel of each job: as long as job records, so that no record outlives its mark. */
export const cancelStream = {
  name: "RTL_CANCELS",
  subject: "rtl.v1.job.*.cancel",
  ageMs: 7 * 24 * HOUR_MS,
  bytesMax: 16 * MIB,
  onDisk: true,
  perSubjectMax: 1,
} as const;

/** All that lies on the server's disk. */
export const diskBytesOfAll: number = [...Object.values(buckets), cancelStream].reduce(
  (sum, { bytesMax }) => sum + bytesMax,
  0,
);
