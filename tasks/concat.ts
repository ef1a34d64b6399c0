/** Concat: tables with the same or other columns one below the other. */
import { defineTask, unionOf, z } from "rtl/task";

export default defineTask({
  name: "concat",
  aliases: ["union"],
  summary: "put the tables of several stages one below the other, also where their columns differ",
  description: [
    "Takes all needs of its stage, in their order:",
    "  all: { needs: [spring, summer], tasks: [{ concat: {} }] }",
    "Columns go by name, in the order in which they first come. Rows of a table that lacks a column",
    "have no value there. Dtypes are widened to one that holds all values: int32 and int64 to int64,",
    "int64 and float64 to float64 where that changes no value, <U3 and <U9 to <U9. Text and numbers,",
    "or booleans and numbers, have no dtype in common: that fails and names the column.",
  ].join("\n"),
  shape: "gather",
  separateInputs: true,
  params: z.strictObject({}),
  example: {},
  run: (_, __, { inputs }) => unionOf(inputs, "concat"),
});
