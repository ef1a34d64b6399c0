/** Hands on its table as it is: for measuring, and as the shortest example of a task. */
import { defineTask, z } from "rtl/task";

export default defineTask({
  name: "null",
  summary: "hand on the table unchanged",
  description: "Takes any parameters and ignores them.",
  shape: "map",
  params: z.looseObject({}),
  example: {},
  run: (table) => table,
});
