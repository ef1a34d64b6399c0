/**
 * The names of things that cross a process boundary. Ids of work are derived, never drawn, so that
 * a message that arrives twice is recognised by its shape and a replay gives the same ids.
 */
import { RtlError } from "./errors.ts";

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type JobId = Branded<string, "JobId">;
export type NodeId = Branded<string, "NodeId">;
export type RelayId = Branded<string, "RelayId">;
/** Position of a stage in a plan. */
export type StageIndex = Branded<number, "StageIndex">;
/** Position of a chunk in its stage's input. */
export type ChunkIndex = Branded<number, "ChunkIndex">;
/** Milliseconds since the epoch, or a span of them. Only a Clock makes a point in time. */
export type Millis = Branded<number, "Millis">;
/** Nodes with the same pool offer the same tasks; work is dealt to a pool. */
export type Pool = Branded<string, "Pool">;

/** One stage applied to one chunk, for the n-th time: what a tasknode is given. */
export interface Work {
  readonly job: JobId;
  readonly stage: StageIndex;
  readonly chunk: ChunkIndex;
  /** Counts from 1. */
  readonly attempt: number;
}

/** A token that may stand in a NATS subject: no dots, blanks or wildcards. */
export const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** The text, if it may stand in a subject; RTL_MESSAGE_INVALID saying what it was to be. */
export function checkedToken(text: string, what: string): string {
  if (TOKEN.test(text)) return text;
  throw new RtlError("RTL_MESSAGE_INVALID", `"${text.slice(0, 80)}" is no name for a ${what}`, {
    fix: "use 1 to 64 letters, digits, _ or -",
  });
}

export const workId = (work: Work): string =>
  `${work.job}/${work.stage}/${work.chunk}/${work.attempt}`;
