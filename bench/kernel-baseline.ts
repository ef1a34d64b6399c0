/** What kernels are measured beside: numpy in a process of its own, or plain loops where it is absent. */
import type { TableSums } from "./column-sums.ts";
import type { Kernel } from "./kernel-list.ts";

export interface BaselineRun {
  readonly rows: number;
  /** Whether the kernel's tuned form is wanted; only numpy has one. */
  readonly tuned: boolean;
  readonly repetitions: number;
  /** Whether the sums of the result are wanted. */
  readonly sums: boolean;
}

export interface BaselineDone {
  readonly ms: readonly number[];
  /** None unless they were wanted. */
  readonly sums: TableSums;
}

export interface Baseline {
  /** Whether it is numpy; only then there is an aim. */
  readonly isNumpy: boolean;
  /** What it is and does, for the figure. */
  against(kernel: Kernel, tuned: boolean): string;
  /** How many of the rows of a CSV file it reads. */
  readonly csvRowsMax: number;
  run(kernel: Kernel, run: BaselineRun): Promise<BaselineDone>;
  end(): Promise<void>;
}
