/** The parameter by which the tasks on histograms are told their bins. */
import { z } from "zod";
import { BINS_MAX } from "../compute/statistics/bins.ts";
import { binEstimators, isRising } from "../compute/statistics/histogram-edges.ts";

/** A number of bins, at least `edgesMin` rising edges, or the name of an estimator. */
export const binsParam = (edgesMin: number) =>
  z
    .union(
      [
        z.int().min(1).max(BINS_MAX),
        z.array(z.number()).min(edgesMin).refine(isRising),
        z.enum(binEstimators),
      ],
      {
        error:
          "give a whole number from 1 on, a list of edges that do not fall " +
          `(at least ${edgesMin}), or one of ${binEstimators.join(" ")}`,
      },
    )
    .describe("number of bins of equal width, their edges as a list, or one of numpy's estimators");
