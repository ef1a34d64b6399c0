/** A plot on the wire: what a task made for a page to draw. */
import { z } from "zod";
import { TOKEN } from "./ids.ts";

const plotValues = z.array(z.union([z.number(), z.string(), z.null()]));
export const drawSchema = z.object({
  type: z.enum(["circle", "line", "vbar"]),
  x: plotValues,
  y: plotValues,
  /** What each point belongs to, where points have colours. */
  series: plotValues.nullable(),
});
export const plotSchema = z.object({
  v: z.literal(1),
  job: z.string().regex(TOKEN),
  stage: z.string(),
  /** One plot of this name is shown; a later one takes its place. */
  name: z.string().max(200),
  draws: z.array(drawSchema),
  xAxis: z.string(),
  yAxis: z.string(),
  scale: z.enum(["linear", "log"]),
});
