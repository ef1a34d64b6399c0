/** A plot as a task makes it: columns against columns, for a page to draw. It draws nothing. */

/** A value on an axis, or the series that a point belongs to; null is no point. */
export type PlotValue = number | string | null;

export const drawTypes = ["circle", "line", "vbar"] as const;
export const plotScales = ["linear", "log"] as const;

export interface Draw {
  readonly type: (typeof drawTypes)[number];
  /** As long as each other. */
  readonly x: readonly PlotValue[];
  readonly y: readonly PlotValue[];
  readonly series: readonly PlotValue[] | null;
}

/** A plot of a name that is known already replaces the one before it. */
export interface Plot {
  readonly name: string;
  readonly draws: readonly Draw[];
  readonly xAxis: string;
  readonly yAxis: string;
  readonly scale: (typeof plotScales)[number];
}
