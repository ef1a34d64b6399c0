/**
 * Every bound of the system in one place, in bytes, milliseconds or counts. The relations between
 * them are asserted at the end, so that a change which breaks one fails at start-up.
 */
import assert from "node:assert";

const KIB = 1024;
const MIB = 1024 * KIB;

export const limits = {
  /** The server's max_payload that nats.conf sets. Nothing on the bus is larger. */
  payloadBytesMax: 1 * MIB,
  /** Largest text of a job document. Above it nothing is parsed at all. */
  documentBytesMax: 4 * MIB,
  /** Largest job document on the wire; the rest of a payload is room for its input table. */
  specBytesMax: 512 * KIB,
  /** Tables up to this size travel inside the control message; larger ones stay where they are. */
  inlineBytesMax: 64 * KIB,
  /** States of folds up to this size travel inside the control message. */
  inlineStateBytesMax: 4 * KIB,
  /** What measuring a source may leave for its chunks, such as a list of files. */
  detailBytesMax: 512 * KIB,
  /** Bytes of a block asked for in one request. */
  frameBytesMax: 512 * KIB,
  /** Requests for one block under way at once: this bounds what is in flight. */
  framesInFlightMax: 4,
  /** Results up to this size are kept in the cache; larger ones stay with the nodes. */
  cachedResultBytesMax: 768 * KIB,
  /** Points of one plot; a page shows no more. */
  plotPointsMax: 10_000,
  /** An answer that a task fetches. */
  fetchBytesMax: 256 * MIB,
  /** An answer that is kept for the next task that asks. */
  keptAnswerBytesMax: 16 * MIB,
  stagesMax: 1_000,
  tasksPerStageMax: 1_000,
  chunksMax: 10_000_000,
  /** Nesting of a document or message. A deeper one is hostile. */
  depthMax: 64,
  attemptsMax: 100,
  jobsPerRelayMax: 10_000,
  /** Nodes that a relay knows; beats of more are ignored until one of them falls silent. */
  nodesMax: 10_000,
  /** Text of all different task descriptions that a relay keeps, in characters. */
  offeredCharsMax: 32 * MIB,
  relaysMax: 1_000,
  labelsMax: 64,
  /** Names, hosts, labels and the like. */
  nameCharsMax: 256,
  /** Jobs that a node remembers as cancelled, so that late orders of theirs do not run. */
  cancelledJobsMax: 100_000,
  /** Longest grace that a cancellation may ask for, and longest run limit, in milliseconds. */
  spanMsMax: 365 * 24 * 3_600_000,
  /** Characters of the documents that a relay keeps for the next submit of the same text. */
  keptDocumentCharsMax: 16 * MIB,
  /** A failure as an answer; a longer one is told in short. */
  failureBytesMax: 256 * KIB,
  /** Its message, where it is told in short. */
  failureTextCharsMax: 4 * KIB,
  /** Messages refused in one second that are logged one by one; the rest is counted. */
  refusalsLoggedMax: 20,
  /** What a node remembers of its answers, for a relay that takes a job over. */
  keptAnswersBytesMax: 64 * MIB,
  /** Inputs of durable jobs up to this size outlive the relay that took them in. */
  keptInputBytesMax: 64 * MIB,
  /** Less memory for tables at rest would have every table go through the disk. */
  blockMemoryBytesMin: 16 * MIB,
  /** Memory of tables that are gone, which a node keeps for those to come. */
  reusedBytesMax: 256 * MIB,
  /** Shared memory that a node has let go of, and that has not been given back to the system yet. */
  garbageBytesMax: 64 * MIB,
  /** Tables that a process has fetched and keeps for their next reader. */
  fetchedBytesMax: 256 * MIB,
  /** Jobs of which a node remembers that another relay has taken them over. */
  termsMax: 10_000,
  slotsPerNodeMax: 1_024,
  /** Processes started by the tasks of a thread that are remembered where the system shows no marks. */
  startedProcessesMax: 1_000,
  /** Pieces of work in one message. */
  batchMax: 64,
  /** A result up to this size is kept in its job's record, which is then its end in one write. */
  recordResultBytesMax: 4 * KIB,
  /** Documents of which a client remembers whether there is a lane for them. */
  lanesMax: 100,
  /** Log lines of one task call that are kept; the rest is counted. */
  logLinesMax: 200,
  logLineBytesMax: 2 * KIB,
  /** Log lines of all calls in one answer or one report of a job, in characters. */
  logCharsMax: 64 * KIB,
  /** One record of a text file. A larger one is a quote that is never closed. */
  recordBytesMax: 64 * MIB,
  /** What one compressed file may hold. More is taken for an attack rather than for data. */
  inflatedBytesMax: 1024 * MIB,
  /** Messages that wait in a process for a lost connection; the oldest make room for new ones. */
  outboxMessagesMax: 10_000,
  outboxBytesMax: 16 * MIB,
  /** Progress events per second and job. */
  progressPerSecondMax: 10,
} as const;

/** Defaults of the four clocks and what belongs to them, in milliseconds. */
export const clocks = {
  /** A piece of work whose node is silent this long is given to another. */
  leaseMs: 3_000,
  /** A shorter lease could not be renewed three times before it is over. */
  leaseMsMin: 300,
  /** Nodes beat three times a lease. */
  beatMs: 1_000,
  /** A cancelled task has this long to heed the signal before its thread is ended. */
  graceMs: 2_000,
  /** Between asking a process that a task has left behind to end, and killing it. */
  processEndMs: 100,
  /** A process that is killed and not gone after this long is given up: the system holds it. */
  processGoneMs: 5_000,
  /** No run limit by default: a long task is not a fault. */
  runMs: 0,
  retryBaseMs: 200,
  retryMaxMs: 30_000,
  attempts: 3,
  /** A job that no node can serve fails after this long. */
  queueWaitMs: 10_000,
  /** Work that nodes can do waits for a free slot for as long as it takes. */
  waitMs: 0,
  /** A relay that is silent this long is gone, and its jobs are another's. */
  relayLeaseMs: 1_000,
  relayBeatMs: 250,
  /** A relay that takes a job over waits this long for nodes to say what they have of it. */
  recallMs: 500,
  /** How long the result of a settled job is kept. */
  resultKeptMs: 24 * 3_600_000,
  /**
   * A connection that is silent is asked this often whether it lives, and given up when three such
   * times pass without an answer. An answer queues behind data: on a link of 2 MB a second, as much
   * as a node with four threads may have under way takes four seconds, and must not look like a cut.
   */
  pingMs: 5_000,
  /** Mean pause between two attempts to connect anew, at first and at most. */
  reconnectMsMin: 200,
  reconnectMsMax: 1_000,
  /** Patience of a client with one answer, and with all tries to get it. */
  answerMs: 5_000,
  patienceMs: 30_000,
  /** Relays that were there are waited for this long when none listens: one may just be restarted. */
  relayAwayMs: 10_000,
  /** A job of which a client has heard nothing for this long is asked after; then ever more rarely. */
  silenceMs: 5_000,
  silenceMsMax: 60_000,
  /** A lane is open for this long, and one that was refused is asked for again after as long. */
  laneMs: 1_000,
  /** Patience with a slot's answer to what came over a lane; then a relay gets it. */
  laneAnswerMs: 3_000,
  /** Patience with one answer of the store, and with a store that elects or restarts. */
  storeAnswerMs: 5_000,
  storePatienceMs: 20_000,
} as const;

assert(limits.inlineBytesMax * 4 <= limits.payloadBytesMax);
assert(limits.frameBytesMax < limits.payloadBytesMax);
assert(limits.batchMax * limits.inlineStateBytesMax * 2 <= limits.payloadBytesMax);
assert(limits.detailBytesMax + 4 * limits.inlineBytesMax <= limits.payloadBytesMax);
assert(limits.cachedResultBytesMax < limits.payloadBytesMax);
assert(limits.specBytesMax + 4 * limits.inlineBytesMax <= limits.payloadBytesMax);
assert(4 * limits.logCharsMax + limits.cachedResultBytesMax <= limits.payloadBytesMax);
assert(limits.failureBytesMax < limits.payloadBytesMax);
assert(clocks.beatMs * 3 <= clocks.leaseMs);
assert(clocks.relayBeatMs * 3 <= clocks.relayLeaseMs);
assert(clocks.answerMs * 3 <= clocks.patienceMs);
// A relay that waits for its store must have spoken before its client gives it up.
assert(clocks.storePatienceMs + clocks.answerMs <= clocks.patienceMs);
