/** End: the last task of a pipeline of version 0.4, after which nothing comes back. */
import { defineTask, makeTable, z } from "rtl/task";

export default defineTask({
  name: "end",
  summary: "end a pipeline without a result: an empty table",
  description: [
    "For pipelines whose tasks do their work on the way, by writing files for example. The result has no",
    "columns and no rows. Takes any parameters and ignores them.",
  ].join("\n"),
  shape: "map",
  params: z.looseObject({}),
  example: {},
  run: () => makeTable([]),
});
