/** What the bench and its kernel threads say to one another. Data only. */
import type { Cut } from "../src/flow/chunk.ts";
import type { SourceSize } from "../src/task/define-task.ts";
import type { CallPart } from "../src/task/run-calls.ts";
import type { TableSums } from "./column-sums.ts";
import type { SharedColumn } from "./kernel-data.ts";

export interface KernelThreadStart {
  readonly taskFolders: readonly string[];
  readonly dataRoots: readonly string[];
  /** One number that all threads share: the chunk that is given out next. */
  readonly counter: Int32Array;
}

/** A task with its parameters. */
export interface KernelCall {
  readonly task: string;
  readonly params: unknown;
}

/** One part of a call, of all the chunks that a thread gets hold of. */
export interface KernelOrder {
  readonly call: KernelCall;
  /** `extent` asks a source how much there is to read. */
  readonly part: CallPart["part"] | "extent";
  /** Where chunks come from: rows of the thread's table, or units of what a source reads. */
  readonly from: "rows" | "units";
  readonly units: number;
  readonly cut: Cut;
  /** Packed, in chunk order: all states for `merge`, the merged one for `apply`, or a detail. */
  readonly states: readonly Uint8Array[];
  /** Encoded, in chunk order: what `combine` joins. */
  readonly blocks: readonly Uint8Array[];
  /** Whether the tables stay in the thread, to be looked at until it is told to let go of them. */
  readonly holds: boolean;
}

export interface ChunkDone {
  readonly chunk: number;
  readonly rows: number;
  readonly state?: Uint8Array;
  readonly block?: Uint8Array;
}

export type ToKernelThread =
  | { readonly kind: "load"; readonly columns: readonly SharedColumn[] }
  | { readonly kind: "order"; readonly order: KernelOrder }
  /** Asks for sums of columns; each chunk with the row of the whole that it begins at. */
  | { readonly kind: "sums"; readonly columns: readonly string[]; readonly places: Places }
  /** Lets go of the results; `collects` says whether of their memory too, at once. */
  | { readonly kind: "release"; readonly collects: boolean };
export type Places = readonly (readonly [chunk: number, firstRow: number])[];

export type FromKernelThread =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly chunks: readonly ChunkDone[]; readonly extent?: SourceSize }
  | { readonly kind: "sums"; readonly chunks: readonly (readonly [number, TableSums])[] }
  | { readonly kind: "failed"; readonly message: string };
