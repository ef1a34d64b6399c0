/** Job records in short, for tests of what is kept of jobs. */
import type { JobRecord } from "../../src/protocol/records.ts";

/** The record of a running job, with what the test wants different. */
export const recordOf = (id: string, changes: Partial<JobRecord> = {}): JobRecord => ({
  v: 1,
  id,
  state: "running",
  client: "client-1",
  relay: "relay-1",
  submittedAt: 1_000,
  digest: "digest",
  spec: { version: 1, stages: [] },
  encoding: "msgpack",
  life: "",
  takeovers: 0,
  ...changes,
});
