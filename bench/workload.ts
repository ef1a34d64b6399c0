/**
 * What a workload is: a name, sizes, and a run that measures itself and its baseline in turns and
 * checks every result. A wrong result is an error, never a figure.
 */
import type { Figure } from "./figure.ts";
import type { Bench } from "./system.ts";

/** `tiny` only shows that it works; its figures mean nothing. */
export const scales = ["full", "quick", "tiny"] as const;
export type Scale = (typeof scales)[number];

export interface Workload {
  /** As it is named on the command line. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** What its figures do not say, as a sentence. */
  readonly unsaid: string;
  run(bench: Bench, scale: Scale): Promise<readonly Figure[]>;
}

interface WorkloadParts<Sizes> {
  readonly name: string;
  readonly summary: string;
  readonly unsaid: string;
  readonly sizes: Readonly<Record<Scale, Sizes>>;
  readonly run: (bench: Bench, sizes: Sizes) => Promise<readonly Figure[]>;
}

export const defineWorkload = <Sizes>(parts: WorkloadParts<Sizes>): Workload => ({
  name: parts.name,
  summary: parts.summary,
  unsaid: parts.unsaid,
  run: (bench, scale) => parts.run(bench, parts.sizes[scale]),
});
